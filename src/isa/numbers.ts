/** Arithmetic on host numbers: what the pure definitions mean when they are executed at once. Values are signed 32-bit. */
import type { Arithmetic } from './builder.ts';

const bool = (value: boolean): number => (value ? 1 : 0);

export const numbers: Arithmetic<number> = {
  k: value => value | 0,
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: (a, b) => Math.imul(a, b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, count) => a << count,
  shr: (a, count) => (a >>> count) | 0,
  sar: (a, count) => a >> count,
  rotl: (a, count) => (a << count) | (a >>> (32 - count)),
  eq: (a, b) => bool(a === b),
  ne: (a, b) => bool(a !== b),
  ltu: (a, b) => bool(a >>> 0 < b >>> 0),
  lts: (a, b) => bool(a < b),
  remu: (a, b) => ((a >>> 0) % (b >>> 0)) | 0,
  eqz: a => bool(a === 0),
  clz: a => Math.clz32(a),
  ctz: a => (a === 0 ? 32 : 31 - Math.clz32(a & -a)),
  popcnt: a => {
    const pairs = a - ((a >>> 1) & 0x55555555);
    const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
    return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  },
  select: (condition, yes, no) => (condition !== 0 ? yes : no),
  zeroExtend: (a, size) => (size === 1 ? a & 0xff : size === 2 ? a & 0xffff : a),
  signExtend: (a, size) => (size === 1 ? (a << 24) >> 24 : size === 2 ? (a << 16) >> 16 : a),
};
