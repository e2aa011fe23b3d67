/** Source lines and frames, as gcc writes them in each version of DWARF; and files that are damaged at random, which give less, never an error. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProgramImage } from '../../src/inspect/program-image.ts';
import { parseElf32 } from '../../src/loaders/elf32.ts';
import { parsePlace, resolvePlace } from '../../src/session/place.ts';
import { Random } from '../cpu/rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'real86-'));
const source = join(folder, 'prog.c');
writeFileSync(
  source,
  `int twice(int n) {
  return n + n;
}

int main(int argc, char **argv) {
  int sum = twice(argc);
  return sum;
}
void _start(void) { main(0, 0); for (;;); }
`,
);

function compile(flags: readonly string[]): Uint8Array | undefined {
  const program = join(folder, `prog${flags.join('')}`);
  // In the folder, so that the name is relative to it.
  const { status } = spawnSync(
    'gcc',
    ['-m32', '-static', '-nostdlib', '-fno-pie', '-no-pie', '-O0', ...flags, 'prog.c', '-o', program],
    { cwd: folder },
  );
  return status === 0 ? readFileSync(program) : undefined;
}

const hasGcc = compile(['-g']) !== undefined;

describe.skipIf(!hasGcc)('gcc (needs gcc -m32)', () => {
  it.each([
    ['-gdwarf-2', '-gstrict-dwarf'],
    ['-gdwarf-3'],
    ['-gdwarf-4'],
    ['-gdwarf-5'],
    ['-g1'],
    ['-gdwarf-5', '-gdwarf64'],
  ])('%s %s', (...flags) => {
    const image = new ProgramImage(parseElf32(compile(flags.filter(Boolean))!), 0);
    const main = image.symbols.functionAddress('main')!;
    const twice = image.symbols.functionAddress('twice')!;
    expect(image.lines.at(twice)).toEqual({ file: 'prog.c', folder, line: 1 });
    expect(image.lines.at(main)!.line).toBe(5);
    expect(image.lines.at(0x1000)).toBeUndefined();
    expect(resolvePlace(parsePlace('prog.c:5')!, image)).toEqual([main]);
    // Line 4 is empty: what comes after it counts.
    expect(resolvePlace(parsePlace('prog.c:4')!, image)).toEqual([main]);
    expect(resolvePlace(parsePlace('other.c:4')!, image)).toBe('has no source file other.c');
    expect(resolvePlace(parsePlace('prog.c:99')!, image)).toMatch(/no code at or after line 99/);
    expect(resolvePlace(parsePlace('main+0x2')!, image)).toEqual([main + 2]);
  });

  it('frames, with and without frame pointers', () => {
    for (const flags of [
      ['-fomit-frame-pointer'],
      ['-fno-omit-frame-pointer'],
      ['-fno-asynchronous-unwind-tables', '-g'],
    ]) {
      const image = new ProgramImage(parseElf32(compile(flags)!), 0);
      const twice = image.symbols.functionAddress('twice')!;
      // At its first instruction the return address is on top.
      const found = image.frames.caller(twice, [0, 0, 0, 3, 0x1000, 5, 6, 7, twice], at =>
        at === 0x1000 ? 0x1234 : undefined,
      );
      expect(found).toEqual([undefined, undefined, undefined, 3, 0x1004, 5, 6, 7, 0x1234]);
    }
  });

  it('without line numbers', () => {
    const image = new ProgramImage(parseElf32(compile(['-s'])!), 0);
    expect(resolvePlace(parsePlace('prog.c:5')!, image)).toMatch(/no line numbers/);
    expect(resolvePlace(parsePlace('main')!, image)).toMatch(/stripped/);
  });
});

it.each([
  ['main', { kind: 'symbol', name: 'main', offset: 0 }],
  ['main+0x12', { kind: 'symbol', name: 'main', offset: 18 }],
  ['a/b.c:7', { kind: 'line', file: 'a/b.c', line: 7 }],
  ['0x08049000', { kind: 'address', address: 0x8049000 }],
  ['700_000', { kind: 'instruction', number: 700000 }],
  ['1,000', { kind: 'instruction', number: 1000 }],
  ['2e6', { kind: 'instruction', number: 2e6 }],
  ['0', undefined],
  ['?', undefined],
  ['0x123456789', undefined],
  ['', undefined],
] as const)('a place: %s', (text, expected) => {
  expect(parsePlace(text)).toEqual(expected);
});

it('damaged debug information gives less, not an error', { timeout: 120_000 }, () => {
  const whole = readFileSync('guests/programs/bin/alloc');
  const elf = parseElf32(whole);
  const debug = elf.sections.filter(({ name }) => name.startsWith('.debug'));
  const random = new Random(7);
  let known = 0;
  for (let round = 0; round < 60; round++) {
    const bytes = Uint8Array.from(whole);
    for (let i = 1 + random.below(40); i > 0; i--) {
      const { offset, size } = random.pick(debug);
      bytes[offset + random.below(size)] = random.below(4) === 0 ? 0xff : random.below(256);
    }
    const image = new ProgramImage(parseElf32(bytes), 0);
    for (const { address } of image.symbols.all) {
      const line = image.lines.at(address);
      if (line) known++;
      image.frames.caller(address, [1, 2, 3, 4, 5, 6, 7, 8, address], at => at);
    }
  }
  expect(known).toBeGreaterThan(1000);
});
