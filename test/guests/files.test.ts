/** Calls on files, row by row, as the host's Linux answers them; and the file system they leave behind, as e2fsck sees it. */
import { describe, expect, it } from 'vitest';
import { some } from '../setup/share.ts';
import { checkRoot, compile, runGuest, runHere, runsHere } from './guest.ts';

describe.skipIf(!runsHere())('as on Linux (needs gcc -m32 -static, and a host that executes that)', () => {
  const rows = ['names', 'contents', 'descriptors', 'sockets'].flatMap(name => [
    [name, '/root/d'] as const,
    [name, '/tmp/d'] as const,
  ]);
  it.each(some([['events', '/tmp/d'] as const, ...rows], 4))('%s in %s', (name, directory) => {
    const program = compile(`test/guests/files/${name}.c`);
    const guest = runGuest(program, { argv: [name, directory] });
    expect(guest.stdout.split('\n')).toEqual(runHere(program, 'd').split('\n'));
    expect(guest.status).toBe(0);
    expect(checkRoot(guest) ?? '').toBe('');
  });
});
