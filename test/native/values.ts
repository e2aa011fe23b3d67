/** Operand values weighted to where arithmetic changes its mind: zero, signs, carries out of each width, decimal digits. */
import type { Random } from '../cpu/rig.ts';
import { PATTERN_BYTES } from './layout.ts';

const EDGES = [0, 1, 2, -1, -2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000];

/** 32 bits, unsigned; the low bytes and words are edges of their own widths as well. */
export function edgeValue(random: Random): number {
  switch (random.below(8)) {
    case 0:
    case 1:
      return random.pick(EDGES) >>> 0;
    case 2:
      return (1 << random.below(32)) >>> 0;
    case 3:
      return ((1 << random.below(32)) - 1 + random.below(3)) >>> 0;
    case 4:
      return random.below(64);
    case 5:
      return (
        ((random.pick([0, 0x9999, 0xffff0000, random.word()]) & 0xffff0000) + random.pick(EDGES.slice(0, 12))) >>> 0
      );
    case 6:
      // Bytes of decimal digits, some of them just past 9.
      return [0, 4, 8, 12, 16, 20, 24, 28].reduce((all, at) => (all | (random.below(12) << at)) >>> 0, 0);
    default:
      return random.word();
  }
}

export function littleEndian(value: number, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);
}

/** What the read-only and data pages hold in a batch: edges, at every alignment. */
export function pattern(random: Random): Uint8Array {
  const bytes = new Uint8Array(PATTERN_BYTES);
  for (let at = 0; at < bytes.length; at += 1 + random.below(4)) {
    for (const [i, byte] of littleEndian(edgeValue(random), 4).entries()) bytes[at + i] = byte;
  }
  return bytes;
}
