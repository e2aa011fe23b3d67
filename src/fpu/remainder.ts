/**
 * FPREM and FPREM1. Source: SDM vol. 2.
 *
 * When the exponents differ by 64 or more one execution reduces by a part only, and says so (C2). How much is the implementation's choice
 * between 32 and 63 bits.
 */
import type { Environment } from './environment.ts';
import { type Extended, isInfinity, isZero, normalize, significandOf, signOf } from './extended.ts';
import { invalid, noteDenormal, propagate } from './nan.ts';
import { normalizeAndPack } from './round.ts';

export interface Remainder {
  readonly value: Extended;
  /** Reduction is incomplete: C2. */
  readonly partial: boolean;
  /** Low three bits of the quotient's magnitude; undefined of a NaN, and of a partial reduction. */
  readonly quotient: number | undefined;
}

const done = (value: Extended, quotient: number | undefined): Remainder => ({ value, partial: false, quotient });

/** Remainder of a by b: of the quotient truncated (FPREM), or rounded to nearest even (FPREM1). */
export function remainder(env: Environment, a: Extended, b: Extended, nearest: boolean): Remainder {
  const nan = propagate(env, a, b);
  if (nan) return done(nan, undefined);
  if (isInfinity(a) || isZero(b)) return done(invalid(env), undefined);
  noteDenormal(env, a);
  noteDenormal(env, b);
  if (isZero(a)) return done(a, 0);
  const sign = signOf(a);
  const x = normalize(a);
  if (isInfinity(b)) return done(normalizeAndPack(env, 64, sign, x.exponent, x.high, x.low, 0), 0);
  const y = normalize(b);
  const difference = x.exponent - y.exponent;
  if (difference < (nearest ? -1 : 0)) return done(normalizeAndPack(env, 64, sign, x.exponent, x.high, x.low, 0), 0);
  const divisor = significandOf(y);
  if (difference >= 64) {
    // Reduces the dividend by a multiple of divisor * 2^(difference - step).
    const step = 32 + (difference & 31);
    const rest = (significandOf(x) << BigInt(step)) % divisor;
    return { value: exactly(env, sign, rest, y.exponent + difference - step), partial: true, quotient: undefined };
  }
  // In units of the divisor's last place; a difference of -1 needs half a unit.
  const low = difference < 0 ? 1n : 0n;
  const dividend = difference < 0 ? significandOf(x) : significandOf(x) << BigInt(difference);
  const by = divisor << low;
  let quotient = dividend / by;
  let rest = dividend - quotient * by;
  let flipped = 0;
  if (nearest && (2n * rest > by || (2n * rest === by && (quotient & 1n) === 1n))) {
    quotient++;
    rest = by - rest;
    flipped = 1;
  }
  return done(exactly(env, sign ^ flipped, rest, y.exponent - Number(low), sign), Number(quotient & 7n));
}

/** A remainder is exact but for underflow; zero has the sign of the dividend. */
function exactly(env: Environment, sign: number, rest: bigint, exponent: number, zeroSign = sign): Extended {
  const high = Number(rest >> 32n) | 0;
  const low = Number(rest & 0xffffffffn) | 0;
  return normalizeAndPack(env, 64, rest === 0n ? zeroSign : sign, exponent, high, low, 0);
}
