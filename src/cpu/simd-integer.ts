/**
 * Packed integer arithmetic, comparison and shifts, on 8 bytes (MMX) or 16 (XMM). Source: SDM vol. 1, 9.4, 11.4.2, 12.6; vol. 2 by mnemonic.
 */

import { type Operation, staged, type VectorUnit } from './simd-unit.ts';
import { VECTOR_RESULT } from './state.ts';

type View = 'u8' | 'i8' | 'u16' | 'i16' | 'u32' | 'i32';
type Binary = (a: number, b: number) => number;

const SHIFT: Readonly<Record<View, number>> = { u8: 0, i8: 0, u16: 1, i16: 1, u32: 2, i32: 2 };

/** Each element of the destination becomes `op` of itself and the source's; the view cuts the result to its width. */
function each(view: View, op: Binary): Operation {
  const shift = SHIFT[view];
  return (u, to, from) => {
    const elements = u[view];
    const first = to >> shift;
    const other = from >> shift;
    const count = u.bytes >> shift;
    for (let i = 0; i < count; i++) elements[first + i] = op(elements[first + i]!, elements[other + i]!);
  };
}

/** The same with the source's elements alone. */
const map = (view: View, op: (b: number) => number): Operation => each(view, (_, b) => op(b));

const clamp = (low: number, high: number) => (value: number) => (value < low ? low : value > high ? high : value);
const toI8 = clamp(-0x80, 0x7f);
const toU8 = clamp(0, 0xff);
const toI16 = clamp(-0x8000, 0x7fff);
const toU16 = clamp(0, 0xffff);

/** Words of 32 bits, the quickest way to do what has no elements. */
function bitwise(op: Binary): Operation {
  return (u, to, from) => {
    const { i32 } = u;
    for (let i = 0; i < u.bytes; i += 4) i32[(to + i) >> 2] = op(i32[(to + i) >> 2]!, i32[(from + i) >> 2]!);
  };
}

function quads(op: (a: bigint, b: bigint) => bigint): Operation {
  return (u, to, from) => {
    for (let i = 0; i < u.bytes; i += 8) u.u64[(to + i) >> 3] = op(u.u64[(to + i) >> 3]!, u.u64[(from + i) >> 3]!);
  };
}

/** Two vectors of wide elements become one of narrow ones, destination first. */
function pack(wide: 'i16' | 'i32', narrow: 'i8' | 'u8' | 'i16', saturate: (value: number) => number): Operation {
  const shift = SHIFT[wide];
  return staged((u, to, from, result) => {
    const count = u.bytes >> shift;
    const at = result >> SHIFT[narrow];
    for (let i = 0; i < count; i++) {
      u[narrow][at + i] = saturate(u[wide][(to >> shift) + i]!);
      u[narrow][at + count + i] = saturate(u[wide][(from >> shift) + i]!);
    }
  });
}

/** Neighbours are combined: the destination's give the low half of the result, the source's the high. */
function horizontal(view: 'i16' | 'i32', op: Binary): Operation {
  const shift = SHIFT[view];
  return staged((u, to, from, result) => {
    const half = u.bytes >> (shift + 1);
    for (let i = 0; i < half; i++) {
      const a = (to >> shift) + 2 * i;
      const b = (from >> shift) + 2 * i;
      u[view][(result >> shift) + i] = op(u[view][a]!, u[view][a + 1]!);
      u[view][(result >> shift) + half + i] = op(u[view][b]!, u[view][b + 1]!);
    }
  });
}

/** Sums of products of neighbouring elements. */
function pairProducts(
  a: 'i16' | 'u8',
  b: 'i16' | 'i8',
  sum: 'i32' | 'i16',
  saturate: (value: number) => number,
): Operation {
  const shift = SHIFT[a];
  return (u, to, from) => {
    const count = u.bytes >> (shift + 1);
    for (let i = 0; i < count; i++) {
      const x = (to >> shift) + 2 * i;
      const y = (from >> shift) + 2 * i;
      const total = u[a][x]! * u[b][y]! + u[a][x + 1]! * u[b][y + 1]!;
      u[sum][(to >> SHIFT[sum]) + i] = saturate(total);
    }
  };
}

/** Products of the low doublewords of each quadword. */
const multiplyLong = quads((a, b) => (a & 0xffffffffn) * (b & 0xffffffffn));

function sumOfDifferences(u: VectorUnit, to: number, from: number): void {
  for (let i = 0; i < u.bytes; i += 8) {
    let sum = 0;
    for (let k = 0; k < 8; k++) sum += Math.abs(u.u8[to + i + k]! - u.u8[from + i + k]!);
    u.u32[(to + i) >> 2] = sum;
    u.u32[(to + i + 4) >> 2] = 0;
  }
}

type Shift = (value: number, count: number) => number;

/**
 * Shifts every element by one count: the immediate, or the low quadword of the source. `limit`: the least count at which nothing of the
 * element remains; the count is brought down to it.
 */
function shiftElements(view: 'u16' | 'i16' | 'u32' | 'i32', byImmediate: boolean, op: Shift): Operation {
  const shift = SHIFT[view];
  const limit = 8 << shift;
  return (u, to, from) => {
    const count = shiftCount(u, from, byImmediate, limit);
    const first = to >> shift;
    for (let i = (u.bytes >> shift) - 1; i >= 0; i--) u[view][first + i] = op(u[view][first + i]!, count);
  };
}

function shiftCount(u: VectorUnit, from: number, byImmediate: boolean, limit: number): number {
  if (byImmediate) return Math.min(u.immediate, limit);
  return u.u32[(from + 4) >> 2] !== 0 ? limit : Math.min(u.u32[from >> 2]!, limit);
}

function shiftQuads(byImmediate: boolean, op: (value: bigint, count: bigint) => bigint): Operation {
  return (u, to, from) => {
    const count = BigInt(shiftCount(u, from, byImmediate, 64));
    for (let i = 0; i < u.bytes; i += 8) u.u64[(to + i) >> 3] = op(u.u64[(to + i) >> 3]!, count);
  };
}

const left: Shift = (value, count) => (count > 31 ? 0 : value << count);
const right: Shift = (value, count) => (count > 31 ? 0 : value >>> count);
const rightSigned: Shift = (value, count) => value >> Math.min(count, 31);

/** Shifts by operand: `PSLLW Pq,Qq` and `PSLLW Nq,Ib`. */
export const shifts: Readonly<Record<string, (byImmediate: boolean) => Operation>> = {
  PSLLW: by => shiftElements('u16', by, left),
  PSLLD: by => shiftElements('u32', by, left),
  PSLLQ: by => shiftQuads(by, (value, count) => value << count),
  PSRLW: by => shiftElements('u16', by, right),
  PSRLD: by => shiftElements('u32', by, right),
  PSRLQ: by => shiftQuads(by, (value, count) => value >> count),
  PSRAW: by => shiftElements('i16', by, rightSigned),
  PSRAD: by => shiftElements('i32', by, rightSigned),
};

/** Moves the whole register by bytes, zeros coming in. */
function shiftBytes(direction: 1 | -1): Operation {
  return (u, to) => {
    const count = Math.min(u.immediate, 16);
    u.clear(VECTOR_RESULT, 16);
    for (let i = 0; i < 16 - count; i++) {
      if (direction > 0) u.u8[VECTOR_RESULT + i + count] = u.u8[to + i]!;
      else u.u8[VECTOR_RESULT + i] = u.u8[to + i + count]!;
    }
    u.copy(to, VECTOR_RESULT, 16);
  };
}

const wrap: Readonly<Record<'add' | 'sub', Binary>> = { add: (a, b) => a + b, sub: (a, b) => a - b };
const bounded =
  (op: Binary, to: (value: number) => number): Binary =>
  (a, b) =>
    to(op(a, b));
/** FFh for every byte in which two words agree, without looking at them one by one: string functions live on it. */
function equalBytes(a: number, b: number): number {
  const x = a ^ b;
  const zero = ~(((x & 0x7f7f7f7f) + 0x7f7f7f7f) | x | 0x7f7f7f7f);
  return Math.imul(zero >>> 7, 0xff);
}

const truth =
  (test: (a: number, b: number) => boolean): Binary =>
  (a, b) =>
    test(a, b) ? -1 : 0;
const average: Binary = (a, b) => (a + b + 1) >> 1;
const equal = truth((a, b) => a === b);
const greater = truth((a, b) => a > b);
const sign: Binary = (a, b) => (b < 0 ? -a : b === 0 ? 0 : a);
/** The high bits of the product, rounded: bits 30-15 after adding half. */
const multiplyRounded: Binary = (a, b) => (((a * b) >> 14) + 1) >> 1;
const asIs = (value: number): number => value;

export const integers = {
  PADDB: each('u8', wrap.add),
  PADDW: each('u16', wrap.add),
  PADDD: each('i32', wrap.add),
  PADDQ: quads((a, b) => a + b),
  PSUBB: each('u8', wrap.sub),
  PSUBW: each('u16', wrap.sub),
  PSUBD: each('i32', wrap.sub),
  PSUBQ: quads((a, b) => a - b),
  PADDSB: each('i8', bounded(wrap.add, toI8)),
  PADDSW: each('i16', bounded(wrap.add, toI16)),
  PADDUSB: each('u8', bounded(wrap.add, toU8)),
  PADDUSW: each('u16', bounded(wrap.add, toU16)),
  PSUBSB: each('i8', bounded(wrap.sub, toI8)),
  PSUBSW: each('i16', bounded(wrap.sub, toI16)),
  PSUBUSB: each('u8', bounded(wrap.sub, toU8)),
  PSUBUSW: each('u16', bounded(wrap.sub, toU16)),
  PAVGB: each('u8', average),
  PAVGW: each('u16', average),
  PMINUB: each('u8', (a, b) => (b < a ? b : a)),
  PMAXUB: each('u8', (a, b) => (b > a ? b : a)),
  PMINSW: each('i16', (a, b) => (b < a ? b : a)),
  PMAXSW: each('i16', (a, b) => (b > a ? b : a)),
  PCMPEQB: bitwise(equalBytes),
  PCMPEQW: each('u16', equal),
  PCMPEQD: each('i32', equal),
  PCMPGTB: each('i8', greater),
  PCMPGTW: each('i16', greater),
  PCMPGTD: each('i32', greater),
  PMULLW: each('u16', (a, b) => Math.imul(a, b)),
  PMULHW: each('i16', (a, b) => (a * b) >> 16),
  PMULHUW: each('u16', (a, b) => Math.imul(a, b) >>> 16),
  PMULHRSW: each('i16', multiplyRounded),
  PMULUDQ: multiplyLong,
  PMADDWD: pairProducts('i16', 'i16', 'i32', asIs),
  PMADDUBSW: pairProducts('u8', 'i8', 'i16', toI16),
  PSADBW: sumOfDifferences,
  PAND: bitwise((a, b) => a & b),
  PANDN: bitwise((a, b) => ~a & b),
  POR: bitwise((a, b) => a | b),
  PXOR: bitwise((a, b) => a ^ b),
  PACKSSWB: pack('i16', 'i8', toI8),
  PACKUSWB: pack('i16', 'u8', toU8),
  PACKSSDW: pack('i32', 'i16', toI16),
  PHADDW: horizontal('i16', wrap.add),
  PHADDD: horizontal('i32', wrap.add),
  PHADDSW: horizontal('i16', bounded(wrap.add, toI16)),
  PHSUBW: horizontal('i16', wrap.sub),
  PHSUBD: horizontal('i32', wrap.sub),
  PHSUBSW: horizontal('i16', bounded(wrap.sub, toI16)),
  PSIGNB: each('i8', sign),
  PSIGNW: each('i16', sign),
  PSIGND: each('i32', sign),
  PABSB: map('i8', Math.abs),
  PABSW: map('i16', Math.abs),
  PABSD: map('i32', Math.abs),
  PSLLDQ: shiftBytes(1),
  PSRLDQ: shiftBytes(-1),
} satisfies Record<string, Operation>;
