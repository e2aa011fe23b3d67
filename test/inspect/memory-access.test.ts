import { describe, expect, it } from 'vitest';
import { decode } from '../../src/cpu/decoder.ts';
import { referenceAt, referencesOf } from '../../src/inspect/memory-access.ts';

/** EAX 1000h, ECX 2000h, EDX 3000h, EBX 4000h, ESP 5000h, EBP 6000h, ESI 7000h, EDI 8000h; FS based at 10000h, the others at 0. */
const before = {
  registers: [0x1000, 0x2000, 0x3000, 0x4000, 0x5000, 0x6000, 0x7000, 0x8000],
  segments: [0, 0, 0, 0, 0x10000, 0].map(base => ({ selector: 0, base })),
};

function decoded(hex: string, big = true) {
  const bytes = hex.split(' ').map(byte => Number.parseInt(byte, 16));
  const result = decode(i => bytes[i] ?? -1, big);
  if (typeof result === 'string') throw new Error(`${hex}: ${result}`);
  return result;
}

describe('what an instruction touches', () => {
  /** Address, size and the registers it comes from, in the order of the references. */
  const rows: [string, string, [number, number, number[]][]][] = [
    ['mov [eax], imm', 'c7 00 2a 00 00 00', [[0x1000, 4, [0]]]],
    ['mov [eax], 16-bit', '66 c7 00 2a 00', [[0x1000, 2, [0]]]],
    ['movzx from a byte', '0f b6 01', [[0x2000, 1, [1]]]],
    ['base, scaled index, displacement', '8b 44 8b 10', [[0x4000 + 0x8000 + 0x10, 4, [3, 1]]]],
    ['absolute', 'a1 ad 02 00 00', [[0x2ad, 4, []]]],
    ['another segment', '64 8b 00', [[0x11000, 4, [0]]]],
    ['wraps at 4 GiB', '8b 80 00 f0 ff ff', [[0, 4, [0]]]],
    ['push', '50', [[0x4ffc, 4, [4]]]],
    [
      'push of memory: the stack, then the source',
      'ff 30',
      [
        [0x4ffc, 4, [4]],
        [0x1000, 4, [0]],
      ],
    ],
    ['pusha', '60', [[0x4fe0, 32, [4]]]],
    ['call', 'e8 00 00 00 00', [[0x4ffc, 4, [4]]]],
    ['ret', 'c3', [[0x5000, 4, [4]]]],
    ['leave', 'c9', [[0x6000, 4, [5]]]],
    [
      'movs: destination first',
      'f3 a5',
      [
        [0x8000, 4, [7]],
        [0x7000, 4, [6]],
      ],
    ],
    ['stosb', 'aa', [[0x8000, 1, [7]]]],
    [
      'far call: the stack, then the pointer',
      'ff 18',
      [
        [0x4ff8, 8, [4]],
        [0x1000, 6, [0]],
      ],
    ],
    ['quadword', '0f c7 08', [[0x1000, 8, [0]]]],
    ['lea touches nothing', '8d 00', []],
    ['long nop touches nothing', '0f 1f 00', []],
    ['registers only', '89 c8', []],
  ];
  it.each(rows)('%s', (_name, hex, expected) => {
    const found = referencesOf(decoded(hex), before);
    expect(found.map(r => [r.address, r.size, [...r.registers]])).toEqual(expected);
  });

  it('wraps 16-bit addresses at 64 KiB', () => {
    expect(referencesOf(decoded('8b 87 ff ff', false), before)[0]).toMatchObject({ address: 0x3fff, size: 2 });
  });

  it.each([
    [0x1000, 0x1000],
    [0x1003, 0x1000],
    [0x1004, undefined],
    [0x0fff, undefined],
  ])('the reference that covers %i', (linear, address) => {
    expect(referenceAt(decoded('8b 00'), before, linear)?.address).toBe(address);
  });
});
