/**
 * What real86 itself says: fault reports, notes of the machine, reports for machines. To stderr, or all of it to `--log FILE`; in colour only where a
 * person looks at it.
 */
import { appendFileSync, closeSync, openSync, writeFileSync } from 'node:fs';
import { createColors } from 'picocolors';
import type { Palette } from '../inspect/fault-report.ts';
import { cannotWrite } from './files.ts';
import type { Output } from './output.ts';

export interface VoiceOptions {
  readonly output: Output;
  /** File that takes everything we say, `-` or undefined for stderr. */
  readonly log: string | undefined;
  readonly color: boolean | undefined;
  /** Files that reports will go to: found out at once when that cannot be. */
  readonly reports: readonly string[];
}

export class Voice {
  readonly palette: Palette;
  private readonly output: Output;
  private readonly file: string | undefined;
  /** Notes of the machine are wanted: a log was asked for. */
  readonly verbose: boolean;

  constructor({ output, log, color, reports }: VoiceOptions) {
    this.output = output;
    this.verbose = log !== undefined;
    this.file = log === '-' ? undefined : log;
    if (this.file !== undefined) guarded(this.file, () => writeFileSync(this.file!, ''));
    for (const path of reports) if (path !== '-') guarded(path, () => closeSync(openSync(path, 'a')));
    const colors = createColors(this.file === undefined && (color ?? wantsColor()));
    this.palette = { strong: colors.bold, mark: colors.red, faint: colors.dim };
  }

  /** Lines to people. */
  say(text: string): void {
    if (this.file === undefined) this.output.text('stderr', `${text}\n`);
    else appendFileSync(this.file, `${text}\n`);
  }

  /** A note of the machine, such as a port that nothing answers: only when a log was asked for. */
  note(message: string): void {
    if (this.verbose) this.say(`real86: ${message}`);
  }

  /** Bytes of a log the guest keeps. */
  raw(byte: number): void {
    if (this.file === undefined) this.output.put('stderr', byte);
    else appendFileSync(this.file, Uint8Array.of(byte));
  }

  /** Writes a document; `-` is stdout. Throws UserError when the file cannot be written. */
  write(text: string, to: string): void {
    if (to === '-') this.output.text('stdout', text);
    else guarded(to, () => writeFileSync(to, text));
  }

  /** Writes a report; `-` is stderr. Throws UserError when the file cannot be written. */
  report(report: object, to: string): void {
    const text = `${JSON.stringify(report, (_key, value: unknown) => (value === undefined ? null : value), 2)}\n`;
    if (to === '-') this.output.text('stderr', text);
    else guarded(to, () => writeFileSync(to, text));
  }
}

/** NO_COLOR by its convention (no-color.org), FORCE_COLOR by custom, else whether a person looks. */
function wantsColor(): boolean {
  if (process.env.NO_COLOR) return false;
  if (process.env.FORCE_COLOR) return true;
  return process.stderr.isTTY === true && process.env.TERM !== 'dumb';
}

function guarded(path: string, write: () => void): void {
  try {
    write();
  } catch (error) {
    throw cannotWrite(path, error);
  }
}
