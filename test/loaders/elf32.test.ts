import { describe, expect, it } from 'vitest';
import { checkProgram, parseElf32 } from '../../src/loaders/elf32.ts';
import { LoadError } from '../../src/loaders/load-error.ts';
import { Symbols } from '../../src/loaders/symbols.ts';
import { buildElf, type ElfSpec } from './elf-builder.ts';

const load = (bytes: Uint8Array) => {
  const elf = parseElf32(bytes);
  checkProgram(elf);
  return elf;
};

/** What load() says of bytes: 'ok' or the message. Any error that is not a LoadError comes out. */
function verdict(bytes: Uint8Array): string {
  try {
    load(bytes);
    return 'ok';
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    expect(error.message).not.toContain('\n');
    return error.message;
  }
}

const text = (s: string) => new TextEncoder().encode(s);
const at = (address: number, more: object = {}) => ({ address, ...more });

describe('files that are refused, and why', () => {
  const bytes: [string, Uint8Array, RegExp][] = [
    ['empty', new Uint8Array(), /empty/],
    ['text', text('hello, world'), /not an ELF/],
    ['script', text('#!/bin/sh\n'), /script/],
    ['Windows program', text('MZ......'), /DOS or Windows/],
    ['magic alone', text('\x7fELF'), /truncated: the ELF header/],
  ];
  it.each(bytes)('%s', (_name, file, says) => expect(verdict(file)).toMatch(says));

  const specs: [string, ElfSpec, RegExp][] = [
    ['64-bit', { klass: 2, machine: 62 }, /64-bit ELF \(x86-64\).*-m32/],
    ['unknown class', { klass: 7 }, /class 7/],
    ['big-endian', { order: 2, machine: 8 }, /big-endian ELF \(MIPS\)/],
    ['ARM', { machine: 40 }, /for ARM/],
    ['unknown machine', { machine: 9999 }, /machine 9999/],
    ['object file', { type: 1 }, /object file/],
    ['dynamic', { segments: [at(0x08049000), at(0, { type: 3 })] }, /link with -static/],
    ['shared library', { type: 3 }, /shared library/],
    ['core dump', { type: 4 }, /core dump/],
    ['no segments', { segments: [] }, /no PT_LOAD/],
    ['entry outside', { entry: 0x1234 }, /entry point 0x1234/],
    ['segment beyond the file', { segments: [at(0x08049000, { fileSize: 0x10000 })] }, /truncated: segment/],
    ['offset overflow', { segments: [at(0x08049000, { offset: 0xfffff000 })] }, /truncated: segment/],
    [
      'more in file than in memory',
      { segments: [at(0x08049000, { fileSize: 32, memorySize: 16 })] },
      /only 16 in memory/,
    ],
    ['4 GiB wrap', { segments: [at(0x08049000, { memorySize: 0xffffffff })] }, /beyond 4 GiB/],
    ['kernel space', { segments: [at(0xc0000000)], entry: 0xc0000000 }, /kernel's space/],
    ['into kernel space', { segments: [at(0x08049000, { memorySize: 0xb8000000 })] }, /kernel's space/],
    ['null page', { segments: [at(0)], entry: 0 }, /page 0/],
    ['overlapping', { segments: [at(0x08049000, { memorySize: 0x3000 }), at(0x0804a000)] }, /overlap/],
    ['not mappable', { segments: [at(0x08049010)], entry: 0x08049010 }, /cannot be mapped/],
  ];
  it.each(specs)('%s', (_name, spec, says) => expect(verdict(buildElf(spec))).toMatch(says));
});

describe('a valid program', () => {
  const elf = buildElf({
    segments: [at(0x08049000), at(0x0804a000, { memorySize: 0x2345, flags: 6 })],
    symbols: [
      { name: '_start', address: 0x08049000, size: 4, kind: 2 },
      { name: 'loop', address: 0x08049008, size: 0, kind: 0 },
      { name: 'table', address: 0x0804a000, size: 64, kind: 1 },
    ],
  });

  it('may be position-independent, and then lie at 0', () => {
    const pie = buildElf({ type: 3, entry: 0, segments: [at(0), at(0, { type: 2, offset: 0x1020, fileSize: 24 })] });
    new Uint32Array(pie.buffer, 0x1020).set([4, 0, 0x6ffffffb, 0x08000001, 0, 0]);
    expect(verdict(pie)).toBe('ok');
    expect(Symbols.of(parseElf32(elf), 0x1000).address('table')).toBe(0x0804b000);
  });

  it('gives its segments', () => {
    expect(load(elf).segments).toMatchObject([
      { address: 0x08049000, fileSize: 16, memorySize: 16, flags: 5 },
      { address: 0x0804a000, fileSize: 16, memorySize: 0x2345, flags: 6 },
    ]);
  });

  it.each([
    [0x08049000, '_start'],
    [0x08049003, '_start+0x3'],
    [0x08049004, undefined],
    [0x08049009, 'loop+0x1'],
    [0x0804a03f, 'table+0x3f'],
    [0x0804a040, undefined],
    [0x08048fff, undefined],
    [0xffffffff, undefined],
  ])('symbol of %i', (address, name) => expect(Symbols.of(load(elf)).format(address)).toBe(name));

  it('finds addresses by name', () => {
    const symbols = Symbols.of(load(elf));
    expect([symbols.address('table'), symbols.address('nothing')]).toEqual([0x0804a000, undefined]);
  });

  it('is refused or loaded at every truncation, never worse', () => {
    const verdicts = new Set<string>();
    for (let length = 0; length < elf.length; length++) {
      const said = verdict(elf.slice(0, length));
      // Up to the end of the segments' bytes something is missing; after that only section headers are.
      if (length < 0x1010) expect(said, `${length} bytes`).not.toBe('ok');
      verdicts.add(said.replace(/\d+/g, 'N'));
    }
    expect(verdicts.size).toBeGreaterThan(3);
  });

  it('survives damage: only LoadError comes out', () => {
    let seed = 12345;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    let loaded = 0;
    for (let round = 0; round < 20000; round++) {
      const damaged = elf.slice();
      for (let i = random(4); i >= 0; i--) {
        const where = random(3) === 0 ? damaged.length - 1 - random(300) : random(52 + 64);
        damaged[where] = random(2) === 0 ? 0xff : random(256);
      }
      if (verdict(damaged) !== 'ok') continue;
      loaded++;
      const symbols = Symbols.of(parseElf32(damaged));
      symbols.nearest(0x08049000);
    }
    expect(loaded).toBeGreaterThan(100);
  });
});
