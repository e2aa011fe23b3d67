/**
 * The tiny kernel by its own test programs: those without a C library, built beforehand, must find nothing wrong; those with one are built here,
 * run on this machine's Linux too, and must print the same there. Where no 32-bit program can be built or run, the latter are left out.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { real86, withCli } from '../cli/cli.ts';
import { share } from '../setup/share.ts';
import { canCompile, compile, runsHere } from './guest.ts';

withCli();

const LONG = { timeout: 300_000 };
const sources = 'guests/kernel/test/glibc';

describe('programs without a C library', () => {
  // An argument, because memory.c asks for more than root may do natively when it has none.
  it.each([
    ['fork', ['x'], 8],
    ['memory', ['x'], 46],
    ['files', ['x'], 38],
    ['start', ['x'], 22],
    ['fuzz', share(['7', '1', '30'], ['7', '14', '200']), 2],
  ])('%s %j: %i checks', LONG, async (name, args, checks) => {
    const { code, stdout } = await real86(['run', `guests/kernel/test/bin/${name}`, '--', ...args]);
    expect(stdout).not.toContain('not ok');
    expect(stdout.match(/^ok /gm)).toHaveLength(checks);
    expect(code).toBe(0);
  });
});

it('explains the death of a process that is not the first', LONG, async () => {
  const { code, stderr } = await real86(['run', 'guests/kernel/test/bin/fork']);
  expect(stderr).toMatch(
    /^SIGSEGV {2}pid \d+ fork .*<main\+0x[0-9a-f]+>.*\n {2}write of 4 bytes to 0x00000000 by .*\n/,
  );
  expect(stderr).toMatch(/ {2}A null pointer\.\n(.*\n)* {2}exit 139\n$/);
  expect(code).toBe(0);
});

const failuresIn = (tap: string): readonly string[] => tap.split('\n').filter(line => line.startsWith('not ok'));

/** What it prints on this machine's Linux; a busy one may make it late for its own alarms, and finds time another time. */
function here(program: string, attempts = 3): string {
  const { stdout, error } = spawnSync(program, { encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'] });
  if (error) throw error;
  return failuresIn(stdout).length === 0 || attempts === 1 ? stdout : here(program, attempts - 1);
}

describe.skipIf(!canCompile())('programs with glibc, as on the host (needs gcc -m32 -static)', () => {
  const names = readdirSync(sources).filter(name => name.endsWith('.c'));
  it.for(names.slice(0, share(2, names.length)).map(name => name.slice(0, -2)))('%s', LONG, async (name, { skip }) => {
    const program = compile(`${sources}/${name}.c`, '-lpthread', '-lm');
    const { code, stdout } = await real86(['run', '--max-insns', '2e9', program]);
    expect(failuresIn(stdout)).toEqual([]);
    expect(code).toBe(0);
    if (!runsHere()) skip('not compared: this host executes no 32-bit programs');
    const native = here(program);
    // Under a sandbox the host may not do what Linux does: then it is no measure for ours, and we say so.
    const unlike = failuresIn(native);
    if (unlike.length > 0) skip(`this host does not pass: ${unlike.join(', ')}`);
    expect(stdout).toBe(native);
  });
});
