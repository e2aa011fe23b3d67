import { expect, it } from 'vitest';
import { buildElf } from '../loaders/elf-builder.ts';
import { file, real86, withCli } from './cli.ts';

withCli();

/** A file's name in a command, or its content to be written first. */
type Word = string | (() => string);

const bytes = (name: string, content: Uint8Array | string) => () => file(name, content);
const elf = (name: string, spec: Parameters<typeof buildElf>[0] = {}, length?: number) =>
  bytes(name, buildElf(spec).slice(0, length));
const PLAIN = 'test/bios/boot.img';

const rows: [command: Word[], code: number, says: RegExp][] = [
  [[], 125, /a command is needed/],
  [['frobnicate'], 125, /unknown command frobnicate/],
  [['bot', PLAIN], 125, /did you mean boot\?/],
  [['run'], 125, /run needs a file/],
  [['run', 'no-such-program'], 127, /no-such-program: no such file/],
  [['run', 'helo'], 127, /did you mean hello\?/],
  [['run', './hello'], 127, /no such file/],
  [['run', '.'], 126, /is a directory/],
  [['run', '/dev/zero'], 126, /device/],
  [['run', bytes('empty', '')], 126, /empty/],
  [['run', bytes('text', 'hello')], 126, /not an ELF/],
  [['run', elf('truncated', {}, 300)], 126, /truncated/],
  [['run', elf('header', {}, 20)], 126, /truncated/],
  [['run', elf('wide', { klass: 2, machine: 62 })], 126, /64-bit/],
  [['run', elf('dynamic', { segments: [{ address: 0x08049000 }, { address: 0, type: 3 }] })], 126, /link with -static/],
  [
    [
      'run',
      elf('hostile', {
        segments: [{ address: 0x08049000, offset: 0xfffff000, fileSize: 0xfffff000, memorySize: 0xffffffff }],
      }),
    ],
    126,
    /./,
  ],
  [['run', elf('high', { segments: [{ address: 0xc0000000 }], entry: 0xc0000000 })], 126, /kernel's space/],
  [['run', '--sede', '3', 'hello'], 125, /unknown flag --sede \(did you mean --seed\?\)/],
  [['run', '-x', 'hello'], 125, /unknown flag -x/],
  [['run', '--seed', 'x', 'hello'], 125, /--seed x: expected/],
  [['run', '--seed', '-1', 'hello'], 125, /--seed|unknown flag/],
  [['run', '-m', '0', 'hello'], 125, /-m 0: memory can be 1M to 2047M/],
  [['run', '-m', '99999', 'hello'], 125, /-m 99999: memory/],
  [['run', '-m', '1M', 'hello'], 125, /needs 2M/],
  [['run', '--cpu', '8086', 'hello'], 125, /--cpu 8086: expected one of i386, i486/],
  [['run', '--cpu', 'pentium', 'hello'], 125, /needs a pentium-pro or later/],
  [['run', '-m', '3000K', 'hello'], 125, /units of 64K/],
  [['run', '-m', 'lots', 'hello'], 125, /-m lots/],
  [['run', '--max-insns', '0', 'hello'], 125, /--max-insns 0/],
  [['run', '--max-insns', '1.5', 'hello'], 125, /--max-insns 1.5/],
  [['run', '--wall', 'soon', 'hello'], 125, /--wall soon/],
  [['run', '--env', 'NAME', 'hello'], 125, /NAME=VALUE/],
  [['run', 'hello', 'extra'], 125, /put -- before/],
  [['run', '--report', '/nonexistent/r.json', 'hello'], 125, /cannot be written: no such folder/],
  [['run', '--log', '/nonexistent/log', 'hello'], 125, /cannot be written: no such folder/],
  [['run', '--real', 'no-such'], 127, /no such file/],
  [['run', '--real', bytes('real-empty', '')], 126, /empty/],
  [['run', '--real', elf('real-elf')], 126, /leave out --real/],
  [['run', '--real', bytes('big.com', new Uint8Array(70000))], 126, /too long/],
  [['run', '--real', '--seed', '1', 'x'], 125, /no meaning with --real/],
  [['boot', 'no-such.img'], 127, /no such file/],
  [['boot', '/'], 126, /is a directory/],
  [['boot', bytes('empty.img', '')], 126, /empty/],
  [['boot', bytes('odd.img', new Uint8Array(1000))], 126, /1000 bytes is not a whole number of 512-byte sectors/],
  [['boot', bytes('blank.img', new Uint8Array(1024))], 126, /no boot signature/],
  [['boot', elf('program')], 126, /no Multiboot header/],
  [['boot', '-m', '99999', PLAIN], 125, /-m 99999/],
  [['boot', '--display', 'gui', PLAIN], 125, /--display gui: expected one of text, none/],
  [['boot', '--exit-map', '0x31', PLAIN], 125, /VALUE=CODE/],
  [['boot', '--append', 'x', PLAIN], 125, /Multiboot kernels/],
  [['boot', '--drive', bytes('odd-drive', new Uint8Array(700)), PLAIN], 126, /odd-drive: 700 bytes/],
  [['boot', PLAIN, 'extra'], 125, /unexpected argument extra/],
  [['boot', PLAIN, '--', 'extra'], 125, /boot takes none/],
];

it.each(rows)('%j: exit %i', async (command, code, says) => {
  const result = await real86(command.map(word => (typeof word === 'string' ? word : word())));
  const lines = result.stderr.trimEnd().split('\n');
  expect(result).toMatchObject({ code, stdout: '' });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^real86: /);
  expect(lines[0]).toMatch(says);
});

/** One of each exit code. */
it.each(rows.filter(([, code], i) => rows.findIndex(row => row[1] === code) === i))(
  '%j as a process of its own: exit %i',
  async (command, code, says) => {
    const words = command.map(word => (typeof word === 'string' ? word : word()));
    const stderr = expect.stringMatching(says);
    expect(await real86(words, { input: '' })).toMatchObject({ code, signal: null, stdout: '', stderr });
  },
);
