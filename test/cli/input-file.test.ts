/** A regular file as standard input: the same for the program as on Linux, and left to the next command where the program has read it to. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { compile, runsHere } from '../guests/guest.ts';
import { file, withCli } from './cli.ts';

withCli();

const quoted = (word: string): string => `'${word}'`;

describe.skipIf(!runsHere() || process.platform !== 'linux')(
  'a file as stdin (needs gcc -m32 -static, and a host that executes that)',
  () => {
    const text = 'abcdefghijklmnopqrstuvwxyz\n';

    function shell(...commands: readonly string[]): string {
      const { stdout, stderr } = spawnSync(
        'sh',
        ['-c', `{ ${commands.join('; ')}; } < ${quoted(file('text', text))}`],
        {
          encoding: 'utf8',
        },
      );
      return stdout + stderr;
    }

    it.each([
      ['from its beginning', []],
      ['from where it stands', ['dd bs=1 count=3 2>/dev/null']],
    ])('%s', (_name, before) => {
      const program = compile('test/guests/files/stdin.c');
      const real86 = `${quoted(process.execPath)} ${quoted(join(inject('built'), 'cli.js'))}`;
      const native = shell(...before, quoted(program), 'cat');
      expect(native).toMatch(/jklmnopqrstuvwxyz\n$/);
      expect(shell(...before, `${real86} run ${quoted(program)}`, 'cat')).toBe(native);
    });

    it('is not touched by who does not read it', () => {
      const real86 = `${quoted(process.execPath)} ${quoted(join(inject('built'), 'cli.js'))}`;
      expect(shell(`${real86} run hello`, 'cat')).toBe(`Hello, world\n${text}`);
    });
  },
);
