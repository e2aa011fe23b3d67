/** The host's processor as the judge: builds runner.c and sends cases through it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Case, decodeOutcome, encodeCase, type Outcome } from './case.ts';
import { CaseLayout, CODE, DATA_BYTES, PATTERN_BYTES } from './layout.ts';
import { localSegments, userDescriptor } from './local-segments.ts';

const MOST_OUTPUT = 1 << 28;

export interface Host {
  /** Runs `cases` over `pattern`, the first contents of the read-only and data pages; as many outcomes as cases, in order. */
  run(cases: readonly Case[], pattern: Uint8Array): Outcome[];
  /** Removes the built program. */
  close(): void;
}

/** Builds the runner with its data pages at `data`, or says why this machine cannot. */
export function openHost(data: number): Host | { readonly reason: string } {
  if (process.platform !== 'linux' || process.arch !== 'x64') return { reason: 'the host is not Linux on x86-64' };
  const folder = mkdtempSync(join(tmpdir(), 'real86-native-'));
  const close = () => rmSync(folder, { recursive: true, force: true });
  const program = join(folder, 'runner');
  const source = fileURLToPath(new URL('runner.c', import.meta.url));
  const defines = Object.entries({ CODE, DATA: data, DATA_BYTES }).map(([name, value]) => `-D${name}=${value}u`);
  // High enough that what cases stray into is unmapped.
  const place = '-Wl,-Ttext-segment=0x70000000';
  const options = ['-m32', '-static', '-O2', '-fno-stack-protector', '-fcf-protection=none', place, ...defines];
  const compiler = spawnSync('gcc', [...options, '-o', program, source], { encoding: 'utf8' });
  if (compiler.status !== 0) {
    close();
    return { reason: `gcc -m32 -static does not work here: ${firstLine(compiler.stderr || String(compiler.error))}` };
  }
  const table = localSegments(data).flatMap(userDescriptor).map(String);
  const probe = spawnSync(program, table, { input: '', encoding: 'utf8' });
  if (probe.status !== 0) {
    close();
    return { reason: `the runner cannot start: ${firstLine(probe.stderr || `${probe.error ?? probe.signal}`)}` };
  }
  const run = (cases: readonly Case[], pattern: Uint8Array): Outcome[] => {
    const { status, signal, stdout } = spawnSync(program, table, {
      input: batch(cases, pattern),
      maxBuffer: MOST_OUTPUT,
    });
    if (status !== 0) throw new Error(`the runner ended by ${signal ?? `status ${status}`}`);
    return outcomesOf(stdout, cases.length);
  };
  return { run, close };
}

const firstLine = (text: string): string => text.trim().split('\n')[0]!;

function batch(cases: readonly Case[], pattern: Uint8Array): Uint8Array {
  const header = 4 + PATTERN_BYTES;
  const bytes = new Uint8Array(header + cases.length * CaseLayout.bytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, cases.length, true);
  bytes.set(pattern, 4);
  for (const [i, one] of cases.entries()) encodeCase(view, header + i * CaseLayout.bytes, one);
  return bytes;
}

function outcomesOf(bytes: Uint8Array, count: number): Outcome[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const outcomes: Outcome[] = [];
  for (let at = 0; at < bytes.length; ) {
    const { outcome, end } = decodeOutcome(view, at);
    outcomes.push(outcome);
    at = end;
  }
  if (outcomes.length !== count) throw new Error(`the runner gave ${outcomes.length} outcomes for ${count} cases`);
  return outcomes;
}

/** The lowest address this host lets a process map. */
export function lowestMapping(): number {
  return Number(readFileSync('/proc/sys/vm/mmap_min_addr', 'utf8'));
}
