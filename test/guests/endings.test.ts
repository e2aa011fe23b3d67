/** Files that others still wait for, send to or watch are closed in any order: the kernel lives, and keeps nothing of them. */
import { describe, expect, it } from 'vitest';
import { share } from '../setup/share.ts';
import { canCompile, compile, runGuest } from './guest.ts';

describe.skipIf(!canCompile())('sockets, sets and timers that end at random (needs gcc -m32 -static)', () => {
  it('leave the kernel and its memory whole', { timeout: 300_000 }, () => {
    const program = compile('test/guests/files/endings.c');
    const { stdout, log, status } = runGuest(program, { argv: ['endings', share('4', '60')], maxInsns: 2e10 });
    expect(log).not.toContain('panic');
    expect([stdout, status]).toEqual(['1\n', 0]);
  });
});
