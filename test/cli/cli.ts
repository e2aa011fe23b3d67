/**
 * Runs the command as built for this run of the tests (test/setup/build.ts). What needs a process of its own - input, signals, an environment - has one; all
 * else is done, one after the other, by a process that stays (resident.mjs), as starting one takes longer than most commands.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, inject } from 'vitest';

export interface Result {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Sent to stdin, which is then closed. */
  readonly input?: string;
  readonly env?: Record<string, string>;
  /** Signal to send once stdout has this text. */
  readonly signalAt?: readonly [text: string, signal: NodeJS.Signals];
  /** Close our end of stdout once it has this text. */
  readonly closeAt?: string;
}

let scratch = '';
let resident: ChildProcess;
let last: Promise<unknown> = Promise.resolve();

/** Gives the tests of a file a folder to write to, and the command. */
export function withCli(): void {
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'real86-'));
    const nothing = openSync(devNull, 'r');
    resident = fork('test/cli/resident.mjs', [join(inject('built'), 'main.js')], {
      env: { ...process.env, NO_COLOR: '1' },
      stdio: [nothing, 'inherit', 'inherit', 'ipc'],
    });
    closeSync(nothing);
  });
  afterAll(() => {
    resident.kill();
    rmSync(scratch, { recursive: true, force: true });
  });
}

/** A file in the scratch folder; its path. */
export function file(name: string, content: Uint8Array | string = ''): string {
  const path = join(scratch, name);
  writeFileSync(path, content);
  return path;
}

export function real86(args: readonly string[], options?: RunOptions): Promise<Result> {
  if (options) return alone(args, options);
  const result = last.then(() => byResident(args));
  last = result.catch(() => {});
  return result;
}

function byResident(args: readonly string[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`real86 ${args.join(' ')}: the process ended`));
    resident.once('exit', ended);
    resident.once('message', result => {
      resident.off('exit', ended);
      resolve(result as Result);
    });
    resident.send(args, error => error && ended());
  });
}

function alone(args: readonly string[], options: RunOptions): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(inject('built'), 'cli.js'), ...args], {
      env: { ...process.env, NO_COLOR: '1', ...options.env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      if (options.signalAt && stdout.includes(options.signalAt[0])) child.kill(options.signalAt[1]);
      if (options.closeAt && stdout.includes(options.closeAt)) child.stdout.destroy();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    child.stdin.on('error', () => {});
    if (options.input !== undefined || !options.signalAt) child.stdin.end(options.input ?? '');
  });
}
