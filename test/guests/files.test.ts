/** Calls on files, row by row, as the host's Linux answers them; and the file system they leave behind, as e2fsck sees it. */
import { describe, expect, it } from 'vitest';
import { canCompile, checkRoot, compile, runGuest, runHere } from './guest.ts';

describe.skipIf(!canCompile())('as on Linux (needs gcc -m32 -static)', () => {
  it.each([
    ['names', '/root/d'],
    ['names', '/tmp/d'],
    ['contents', '/root/d'],
    ['contents', '/tmp/d'],
    ['descriptors', '/root/d'],
    ['descriptors', '/tmp/d'],
    ['events', '/tmp/d'],
    ['sockets', '/root/d'],
    ['sockets', '/tmp/d'],
  ])('%s in %s', (name, directory) => {
    const program = compile(`test/guests/files/${name}.c`);
    const guest = runGuest(program, { argv: [name, directory] });
    expect(guest.stdout.split('\n')).toEqual(runHere(program, 'd').split('\n'));
    expect(guest.status).toBe(0);
    expect(checkRoot(guest) ?? '').toBe('');
  });
});
