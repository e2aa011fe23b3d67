/** FBLD and FBSTP: 18 decimal digits, two a byte, lowest first, and a sign byte. Source: SDM vol. 1, 4.7; vol. 2, FBLD and FBSTP. */
import { type Environment, Flags } from './environment.ts';
import { BIAS, type Extended, make, normalize, signOf, zero } from './extended.ts';
import { roundMagnitude } from './formats.ts';

export const DECIMAL_BYTES = 10;
/** What FBSTP stores for what does not fit. */
const INDEFINITE = [0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff];

/** Digits above 9 are not checked, they count as what they are. */
export function fromDecimal(bytes: ArrayLike<number>): Extended {
  let value = 0n;
  for (let i = 8; i >= 0; i--) value = value * 100n + BigInt((bytes[i]! >> 4) * 10 + (bytes[i]! & 15));
  const sign = bytes[9]! >> 7;
  if (value === 0n) return zero(sign);
  // Below 2^63; normalize() takes the significand of a denormal, exponent 1.
  const x = normalize(make(0, Number(value >> 32n) | 0, Number(value & 0xffffffffn) | 0));
  return make((sign << 15) | (x.exponent - 1 + BIAS + 63), x.high, x.low);
}

export function toDecimal(env: Environment, a: Extended): readonly number[] {
  const rounded = roundMagnitude(env.rounding, a);
  const value = rounded && (BigInt(rounded.high >>> 0) << 32n) | BigInt(rounded.low >>> 0);
  if (value === undefined || value >= 10n ** 18n) {
    env.flags |= Flags.IE;
    return INDEFINITE;
  }
  if (rounded!.inexact) env.flags |= Flags.PE;
  env.roundedUp = rounded!.up;
  const digits = value.toString().padStart(18, '0');
  const bytes = Array.from({ length: 9 }, (_, i) => Number.parseInt(digits.slice(16 - 2 * i, 18 - 2 * i), 16));
  return [...bytes, signOf(a) << 7];
}
