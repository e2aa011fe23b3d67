/**
 * The 80-bit extended format. Source: SDM vol. 1, 4.2 and table 8-3.
 *
 *   top   bit 15 sign, bits 14-0 exponent, biased by 3FFFh
 *   high  significand bits 63-32; bit 63 is the integer bit, which is stored
 *   low   significand bits 31-0
 *
 * `high` and `low` are signed 32-bit integers, so that they stay small integers in JavaScript.
 *
 * Encodings beside the IEEE ones: a *pseudo-denormal* (exponent 0, integer bit set) has the value of exponent 1. *Unsupported* are unnormals,
 * pseudo-infinities and pseudo-NaNs (exponent not 0, integer bit clear), which the 387 and later refuse as invalid.
 */
export interface Extended {
  readonly top: number;
  readonly high: number;
  readonly low: number;
}

export const BIAS = 0x3fff;
export const MAX_EXPONENT = 0x7fff;
/** Integer bit, as a signed word. */
export const INTEGER_BIT = 0x80000000 | 0;
const QUIET_BIT = 0x40000000;

export function make(top: number, high: number, low: number): Extended {
  return { top, high, low };
}

/** The invalid operation's masked answer, "real indefinite". */
export const Indefinite = make(0xffff, 0xc0000000 | 0, 0);
export const One = make(BIAS, INTEGER_BIT, 0);

export const zero = (sign: number): Extended => make(sign << 15, 0, 0);
export const infinity = (sign: number): Extended => make((sign << 15) | MAX_EXPONENT, INTEGER_BIT, 0);

export const signOf = (a: Extended): number => a.top >> 15;
export const exponentOf = (a: Extended): number => a.top & MAX_EXPONENT;

export function isZero(a: Extended): boolean {
  return (a.high | a.low | (a.top & MAX_EXPONENT)) === 0;
}

export function isUnsupported(a: Extended): boolean {
  return a.high >= 0 && (a.top & MAX_EXPONENT) !== 0;
}

export function isInfinity(a: Extended): boolean {
  return (a.top & MAX_EXPONENT) === MAX_EXPONENT && a.high === INTEGER_BIT && a.low === 0;
}

export function isNotANumber(a: Extended): boolean {
  return (a.top & MAX_EXPONENT) === MAX_EXPONENT && a.high < 0 && ((a.high & 0x7fffffff) | a.low) !== 0;
}

export function isSignalling(a: Extended): boolean {
  return isNotANumber(a) && (a.high & QUIET_BIT) === 0;
}

/** Denormal or pseudo-denormal: what raises DE. */
export function isDenormal(a: Extended): boolean {
  return (a.top & MAX_EXPONENT) === 0 && (a.high | a.low) !== 0;
}

export function quiet(a: Extended): Extended {
  return make(a.top, a.high | QUIET_BIT, a.low);
}

export function negate(a: Extended): Extended {
  return make(a.top ^ 0x8000, a.high, a.low);
}

/** -1, 0 or 1: 64-bit unsigned comparison. */
export function compareSignificands(aHigh: number, aLow: number, bHigh: number, bLow: number): number {
  if (aHigh !== bHigh) return aHigh >>> 0 < bHigh >>> 0 ? -1 : 1;
  if (aLow !== bLow) return aLow >>> 0 < bLow >>> 0 ? -1 : 1;
  return 0;
}

/** Leading zeros of a 64-bit significand; 64 of zero. */
export function leadingZeros(high: number, low: number): number {
  return high !== 0 ? Math.clz32(high) : 32 + Math.clz32(low);
}

/** A finite value other than zero with its integer bit set: exponent may be 0 or less then. */
export interface Normalized {
  readonly exponent: number;
  readonly high: number;
  readonly low: number;
}

export function normalize(a: Extended): Normalized {
  const exponent = a.top & MAX_EXPONENT;
  if (a.high < 0) return { exponent: exponent === 0 ? 1 : exponent, high: a.high, low: a.low };
  const shift = leadingZeros(a.high, a.low);
  if (shift >= 32) return { exponent: 1 - shift, high: a.low << (shift - 32), low: 0 };
  return { exponent: 1 - shift, high: (a.high << shift) | (a.low >>> (32 - shift)), low: a.low << shift };
}

/** The significand as a bigint, for operations too rare to deserve better. */
export function significandOf(a: { readonly high: number; readonly low: number }): bigint {
  return (BigInt(a.high >>> 0) << 32n) | BigInt(a.low >>> 0);
}
