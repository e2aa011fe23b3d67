/**
 * Rounding: from an exact or sticky result to the format. Source: SDM vol. 1, 4.8.4, 4.9.1.4 to 4.9.1.6, 8.5.4 to 8.5.6.
 *
 * A result comes as sign, exponent (biased, unbounded) and a significand of 96 bits, high:low:extra, normalized (bit 31 of high set); bit 0 of extra is sticky:
 * set when anything below is not zero. Tininess is detected after rounding; masked underflow is reported only when the result is inexact too.
 */
import { type Environment, Flags, Rounding } from './environment.ts';
import { type Extended, INTEGER_BIT, infinity, leadingZeros, MAX_EXPONENT, make, zero } from './extended.ts';

/** Exponent adjustment of unmasked overflow and underflow. */
export const WRAP = 24576;

/** What roundSignificand() found. */
let roundedHigh = 0;
let roundedLow = 0;
let carry = 0;
let inexact = false;
let up = false;

/** Whether a value with `extra` below its last place goes away from zero. */
export function roundsUp(rounding: number, sign: number, odd: number, extra: number): boolean {
  if (extra === 0) return false;
  if (rounding === Rounding.nearest) return extra < 0 && ((extra & 0x7fffffff) | (odd & 1)) !== 0;
  return rounding === (sign ? Rounding.down : Rounding.up);
}

function roundSignificand(
  rounding: number,
  precision: number,
  sign: number,
  high: number,
  low: number,
  extra: number,
): void {
  let rest = extra;
  let last = low;
  roundedHigh = high;
  roundedLow = low;
  if (precision !== 64) {
    if (precision === 53) {
      rest = (low << 21) | (extra !== 0 ? 1 : 0);
      roundedLow = low & ~0x7ff;
      last = low >>> 11;
    } else {
      rest = (high << 24) | (low >>> 8) | (((low & 0xff) | extra) !== 0 ? 1 : 0);
      roundedHigh = high & ~0xff;
      roundedLow = 0;
      last = high >>> 8;
    }
  }
  carry = 0;
  inexact = rest !== 0;
  up = roundsUp(rounding, sign, last, rest);
  if (!up) return;
  if (precision === 24) {
    roundedHigh = (roundedHigh + 0x100) | 0;
    if (roundedHigh >>> 0 < 0x100) carry = 1;
  } else {
    const step = precision === 64 ? 1 : 0x800;
    roundedLow = (roundedLow + step) | 0;
    if (roundedLow >>> 0 < step) {
      roundedHigh = (roundedHigh + 1) | 0;
      if (roundedHigh === 0) carry = 1;
    }
  }
  if (carry) roundedHigh = INTEGER_BIT;
}

/** Rounds to `precision` bits and packs, with overflow and underflow as masked or unmasked. */
export function roundAndPack(
  env: Environment,
  precision: number,
  sign: number,
  exponent: number,
  high: number,
  low: number,
  extra: number,
): Extended {
  roundSignificand(env.rounding, precision, sign, high, low, extra);
  if (exponent <= 0) return packTiny(env, precision, sign, exponent, high, low, extra);
  const at = exponent + carry;
  if (at >= MAX_EXPONENT) return packHuge(env, precision, sign, at);
  if (inexact) env.flags |= Flags.PE;
  env.roundedUp = up;
  return make((sign << 15) | at, roundedHigh, roundedLow);
}

function packHuge(env: Environment, precision: number, sign: number, exponent: number): Extended {
  env.flags |= Flags.OE;
  if ((env.masks & Flags.OE) === 0) {
    if (inexact) env.flags |= Flags.PE;
    env.roundedUp = up;
    const wrapped = exponent - WRAP;
    if (wrapped < MAX_EXPONENT) return make((sign << 15) | wrapped, roundedHigh, roundedLow);
    // Beyond even that: FSCALE alone can do it.
    env.flags |= Flags.PE;
    env.roundedUp = true;
    return infinity(sign);
  }
  env.flags |= Flags.PE;
  env.roundedUp = env.rounding === Rounding.nearest || env.rounding === (sign ? Rounding.down : Rounding.up);
  if (env.roundedUp) return infinity(sign);
  const high = precision === 24 ? ~0xff : -1;
  const low = precision === 24 ? 0 : precision === 53 ? ~0x7ff : -1;
  return make((sign << 15) | (MAX_EXPONENT - 1), high, low);
}

function packTiny(
  env: Environment,
  precision: number,
  sign: number,
  exponent: number,
  high: number,
  low: number,
  extra: number,
): Extended {
  // Rounded as if there were no least exponent, the result may have become the least normal number.
  const tiny = exponent < 0 || carry === 0;
  if (tiny && (env.masks & Flags.UE) === 0) {
    env.flags |= Flags.UE | (inexact ? Flags.PE : 0);
    env.roundedUp = up;
    const wrapped = exponent + carry + WRAP;
    if (wrapped > 0) return make((sign << 15) | wrapped, roundedHigh, roundedLow);
    env.flags |= Flags.PE;
    env.roundedUp = false;
    return zero(sign);
  }
  const shift = 1 - exponent;
  let h = high;
  let l = low;
  let x = extra;
  if (shift >= 96) {
    x = 1;
    h = 0;
    l = 0;
  } else {
    let n = shift;
    for (; n >= 32; n -= 32) {
      x = l | (x !== 0 ? 1 : 0);
      l = h;
      h = 0;
    }
    if (n > 0) {
      const lost = x << (32 - n);
      x = (x >>> n) | (l << (32 - n)) | (lost !== 0 ? 1 : 0);
      l = (l >>> n) | (h << (32 - n));
      h >>>= n;
    }
  }
  roundSignificand(env.rounding, precision, sign, h | 0, l, x);
  if (inexact) env.flags |= Flags.PE | (tiny ? Flags.UE : 0);
  env.roundedUp = up;
  return make((sign << 15) | (roundedHigh < 0 ? 1 : 0), roundedHigh, roundedLow);
}

/** As roundAndPack(), of a significand that may have leading zeros; an exact zero gives the given sign. */
export function normalizeAndPack(
  env: Environment,
  precision: number,
  sign: number,
  exponent: number,
  high: number,
  low: number,
  extra: number,
): Extended {
  let h = high;
  let l = low;
  let x = extra;
  let e = exponent;
  while (h === 0) {
    if ((l | x) === 0) return zero(sign);
    h = l;
    l = x;
    x = 0;
    e -= 32;
  }
  const shift = leadingZeros(h, l);
  if (shift > 0) {
    h = (h << shift) | (l >>> (32 - shift));
    l = (l << shift) | (x >>> (32 - shift));
    x <<= shift;
    e -= shift;
  }
  return roundAndPack(env, precision, sign, e, h, l, x);
}

/** Rounds `magnitude` * 2^scale, a positive bigint; `sticky`: the true value lies a little above it. 64 bits of precision. */
export function roundBig(env: Environment, sign: number, magnitude: bigint, scale: number, sticky: boolean): Extended {
  const bits = magnitude.toString(16).length * 4;
  const surplus = bits - 128;
  let wide = surplus > 0 ? magnitude >> BigInt(surplus) : magnitude << BigInt(-surplus);
  const lost = sticky || (surplus > 0 && (magnitude & ((1n << BigInt(surplus)) - 1n)) !== 0n);
  const word = (i: bigint): number => Number((wide >> i) & 0xffffffffn) | 0;
  // 128 bits, at most three of them leading zeros.
  let shift = Math.clz32(word(96n));
  wide <<= BigInt(shift);
  shift = bits - shift;
  const extra = word(32n) | (word(0n) !== 0 || lost ? 1 : 0);
  return roundAndPack(env, 64, sign, 0x3fff + shift - 1 + scale, word(96n), word(64n), extra);
}
