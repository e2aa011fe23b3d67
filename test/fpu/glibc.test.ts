/** An unmodified static glibc program that computes, prints and reads doubles: the same output under `real86 run` as on the host. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { real86, withCli } from '../cli/cli.ts';

withCli();

const program = join(mkdtempSync(join(tmpdir(), 'real86-')), 'doubles');
const source = fileURLToPath(new URL('native/doubles.c', import.meta.url));
const compiled = (): boolean =>
  spawnSync('gcc', ['-m32', '-O2', '-static', '-o', program, source, '-lm']).status === 0 &&
  spawnSync(program).status === 0;

it.skipIf(!compiled())('doubles print as on the host (needs gcc -m32)', async () => {
  const native = spawnSync(program, { encoding: 'utf8' });
  const { stdout, code } = await real86(['run', program]);
  expect(stdout).toBe(native.stdout);
  expect(code).toBe(0);
  expect(stdout.split('\n').length).toBe(9);
});
