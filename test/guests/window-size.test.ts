/** SIGWINCH: a terminal that changes its size has the program told, as the same program is natively. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { withCli } from '../cli/cli.ts';
import { canCompile, compile, runsHere } from './guest.ts';

withCli();

const hasPython = spawnSync('python3', ['-c', 'import pty, os; os.waitstatus_to_exitcode']).status === 0;

function inTerminal(...command: readonly string[]): { shown: string; status: number | null } {
  const { stdout, status } = spawnSync('python3', ['test/guests/pseudo_terminal.py', ...command], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { shown: stdout.replace(/^\n/, ''), status };
}

describe.skipIf(!canCompile() || !hasPython)('the size of the window (needs python3 and gcc -m32 -static)', () => {
  const expected = { shown: '24 x 80\n50 x 132\n30 x 90\n', status: 0 };

  it.skipIf(!runsHere())('is told natively (needs a host that executes 32-bit programs)', () => {
    expect(inTerminal(compile('test/guests/files/resize.c'))).toEqual(expected);
  });

  it('is told here', { timeout: 90_000 }, () => {
    const cli = join(inject('built'), 'cli.js');
    expect(inTerminal(process.execPath, cli, 'run', compile('test/guests/files/resize.c'))).toEqual(expected);
  });
});
