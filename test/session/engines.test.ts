/** Determinism over engines: a whole run - boot, kernel, program - is the same on each, to the last byte of memory and the last instruction. */
import { describe, expect, it } from 'vitest';
import type { EngineName } from '../../src/session/engine-names.ts';
import { isLong, share } from '../setup/share.ts';
import { finish, machineFor } from './machine.ts';

/** `slice`: instructions a run() at a time. */
const run = (name: string, args: readonly string[], engine: EngineName, slice?: number): unknown =>
  finish(machineFor(name, args, engine), slice);

describe('the same run on every engine', () => {
  const programs: readonly [string, readonly string[]][] = [
    ['hello', []],
    ['fault-stack', []],
    ['story', []],
    ['malloc-test', ['20']],
  ];
  it.each(programs.slice(0, share(1, programs.length)))('%s', { timeout: 300_000 }, (name, args) => {
    const expected = run(name, args, 'interp');
    expect(run(name, args, 'jit-eager')).toEqual(expected);
    expect(run(name, args, 'jit', 99_991)).toEqual(expected);
  });

  it.runIf(isLong)('hello, on the printed oracle (npm run test:long)', { timeout: 300_000 }, () => {
    expect(run('hello', [], 'oracle')).toEqual(run('hello', [], 'interp'));
  });
});
