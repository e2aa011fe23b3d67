/** The host's own FPU, by way of native/runner.c: built with gcc -m32 where that is to be had, and run on batches of cases. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Runs a batch of cases and gives their outcomes; undefined where the host cannot. */
export type HostRunner = (cases: Uint8Array) => Uint8Array;

let built: HostRunner | undefined | 'unknown' = 'unknown';

export function hostRunner(): HostRunner | undefined {
  if (built === 'unknown') built = build();
  return built;
}

function build(): HostRunner | undefined {
  const program = join(mkdtempSync(join(tmpdir(), 'real86-')), 'x87-runner');
  const source = fileURLToPath(new URL('native/runner.c', import.meta.url));
  const { status } = spawnSync('gcc', ['-m32', '-O1', '-w', '-o', program, source]);
  if (status !== 0 || spawnSync(program, { input: '' }).status !== 0) return undefined;
  return cases => {
    const { status, stdout } = spawnSync(program, { input: cases, maxBuffer: 1 << 30, timeout: 60_000 });
    if (status !== 0 || stdout.length !== cases.length) throw new Error(`x87 runner ended with ${status}`);
    return stdout;
  };
}
