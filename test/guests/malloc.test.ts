/** Blocks allocated, grown, shrunk and freed at random hold what was put into them, under glibc's malloc and ours, as they do on the host's Linux. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { share } from '../setup/share.ts';
import { compile, runGuest, runHere, runsHere } from './guest.ts';

const SOURCE = 'test/guests/malloc/random.c';
const scratch = mkdtempSync(join(tmpdir(), 'real86-malloc-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Built as guests/programs/build.sh builds programs. */
function withOurLibrary(): string {
  const script = `set -e; . guests/libc/flags.sh; guests/libc/build.sh "$1"
    gcc "\${common[@]}" "\${target[@]}" -c ${SOURCE} -o "$1/random.o"
    gcc "\${link[@]}" "$1/crt0.o" "$1/random.o" "$1/libc.a" -o "$1/random"`;
  execFileSync('bash', ['-c', script, 'bash', scratch], { stdio: 'ignore' });
  return join(scratch, 'random');
}

describe.skipIf(!runsHere())('random allocations (needs gcc -m32 -static, and a host that executes that)', () => {
  it.each([
    ['glibc', () => compile(SOURCE)],
    ['our own library', withOurLibrary],
  ] as const)('%s', { timeout: 300_000 }, (_name, build) => {
    const argv = [share('4000', '1000000'), '7'];
    const program = build();
    const { stdout, status } = runGuest(program, { argv: ['random', ...argv], maxInsns: 2e10 });
    expect(stdout).toMatch(/^\d+ operations, sum [0-9a-f]{8}\n$/);
    // The sum is the allocator's business as little as the host's.
    expect([stdout, status]).toEqual([runHere(compile(SOURCE), ...argv), 0]);
  });
});
