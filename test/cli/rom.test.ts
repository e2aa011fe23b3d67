/** A ROM in place of the BIOS, and its POST port. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../src/isa/assemble.ts';
import { file, real86, withCli } from './cli.ts';
import { violations } from './schema.ts';

withCli();

const KIB = 1024;
const schema = JSON.parse(readFileSync('docs/report.schema.json', 'utf8'));

/** A ROM of `size` bytes whose reset vector jumps to this code, 256 bytes before the end. */
function rom(source: string, size: number): string {
  const bytes = new Uint8Array(size).fill(0xff);
  bytes.set(assemble(source, 16, 0xff00).bytes, size - 256);
  // JMP FAR F000:FF00.
  bytes.set([0xea, 0x00, 0xff, 0x00, 0xf0], size - 16);
  return file(`rom-${size}-${source.length}.bin`, bytes);
}

const PROGRESS = 'mov dx,0x190;mov al,0x11;out dx,al;inc ax;out dx,al;cli;hlt';

describe('boot --bios', () => {
  it.each([4, 64, 128, 256])('runs a ROM of %d KiB and says what it writes to the POST port', async kib => {
    const report = file(`post-${kib}.json`);
    const bios = rom(PROGRESS, kib * KIB);
    const { code, stderr } = await real86(['boot', '--bios', bios, '--post', '0x190', '--report', report]);
    const found = JSON.parse(readFileSync(report, 'utf8'));
    expect(violations(schema, found)).toEqual([]);
    expect([code, found.file, found.insns]).toEqual([122, bios, 8]);
    expect(found.post).toEqual([
      { value: 0x11, insns: 4 },
      { value: 0x12, insns: 6 },
    ]);
    expect(stderr.split('\n').slice(0, 2)).toEqual(['POST 11  insn #4', 'POST 12  insn #6']);
  });

  it('shows the port of the AT as well, and nothing without --post', async () => {
    const bios = rom('mov al,0x42;out 0x80,al;cli;hlt', 64 * KIB);
    expect((await real86(['boot', '--bios', bios, '--post', '0x80'])).stderr).toMatch(/^POST 42 {2}insn #3\n/);
    expect((await real86(['boot', '--bios', bios])).stderr).not.toMatch(/POST/);
  });

  /** A ROM built from https://github.com/barotto/test386.asm, with its POST_PORT of 190h: REAL86_TEST386 names it. */
  const test386 = process.env.REAL86_TEST386;
  it.skipIf(test386 === undefined)('runs test386.asm to its last POST code (REAL86_TEST386 names it)', async () => {
    const { stderr } = await real86(['boot', '--bios', test386!, '--post', '0x190', '--max-insns', '1e9']);
    const codes = [...stderr.matchAll(/^POST (..)/gm)].map(([, code]) => code);
    expect([codes[0], codes.length, codes.at(-1)]).toEqual(['00', 33, 'ff']);
  });

  const refused: [args: (string | (() => string))[], code: number, says: RegExp][] = [
    [['--bios', () => file('odd.rom', new Uint8Array(5000))], 126, /5000 bytes: a ROM is a power of two/],
    [['--bios', () => 'no-such.rom'], 127, /no such file/],
    [['--bios', () => rom(PROGRESS, 64 * KIB), '--post', '0x3f8'], 125, /a device of the machine is at that port/],
    [['--bios', () => rom(PROGRESS, 64 * KIB), '--post', '70000'], 125, /--post 70000: expected a port/],
    [['--bios', () => rom(PROGRESS, 64 * KIB), '--drive', 'x.img'], 125, /--drive/],
    [['--post', '0x190'], 125, /needs a file/],
  ];
  it.each(refused)('refuses %j', async (args, code, says) => {
    const result = await real86(['boot', ...args.map(arg => (typeof arg === 'string' ? arg : arg()))]);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(says);
  });
});
