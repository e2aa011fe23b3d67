/** The line discipline: what is typed, what is echoed, what a program reads. */
import { describe, expect, it } from 'vitest';
import { canCompile, compile, runGuest } from './guest.ts';

const terminal = { stdin: true, stdout: true, stderr: true, rows: 40, columns: 100 };

describe.skipIf(!canCompile())('the terminal (needs gcc -m32 -static)', () => {
  it.each([
    ['a line', 'cooked', 'abc\r', 'abc\r\n[abc\\n]\r\n'],
    ['erases', 'cooked', 'abx\x7fc\r', 'abx\b \bc\r\n[abc\\n]\r\n'],
    ['erases a character of UTF-8', 'cooked', 'aü\x7fb\r', 'aü\b \bb\r\n[ab\\n]\r\n'],
    ['does not erase what is not there', 'cooked', '\x7f\x7fa\r', 'a\r\n[a\\n]\r\n'],
    ['kills the line', 'cooked', 'ab\x15c\r', 'ab\b \b\b \bc\r\n[c\\n]\r\n'],
    ['erases a word', 'cooked', 'ab cd\x17e\r', 'ab cd\b \b\b \be\r\n[ab e\\n]\r\n'],
    ['takes the next as it is', 'cooked', 'a\x16\x03b\r', 'a^\b^Cb\r\n[a\\x03b\\n]\r\n'],
    ['shows control characters', 'cooked', 'a\x01\r', 'a^A\r\n[a\\x01\\n]\r\n'],
    ['ends at ^D', 'cooked', '\x04', '[]\r\n'],
    ['gives what there is at ^D', 'cooked', 'ab\x04', 'ab[ab]\r\n'],
    ['sends SIGINT', 'signal', 'ab\x03', '> ab^Csignal 2\r\n'],
    ['sends SIGQUIT', 'signal', '\x1c', '> ^\\signal 3\r\n'],
    ['raw: bytes as they are, no echo', 'raw', 'a\x03\r\x7f', '> [a\\x03\\x0d\\x7f]'],
    ['raw: a time limit', 'time', '', '> []'],
    ['its size and who it is', 'facts', '', '40 100 1 1 1 /dev/ttyS0\r\n'],
  ])('%s', (_name, what, typed, shown) => {
    const program = compile('test/guests/files/terminal.c');
    const { stdout, status } = runGuest(program, {
      argv: ['terminal', what],
      input: typed,
      typed: true,
      terminal,
      after: what === 'signal' || what === 'raw' ? '> ' : '',
    });
    expect([stdout, status]).toEqual([shown, 0]);
  });

  it('is none where the host has none', () => {
    const program = compile('test/guests/files/terminal.c');
    expect(runGuest(program, { argv: ['terminal', 'none'], input: 'one\ntwo' }).stdout).toBe(
      '0 0 0\n[one\\n]\n[two]\n[]\n',
    );
  });
});
