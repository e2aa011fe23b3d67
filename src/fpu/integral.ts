/** FRNDINT, FSCALE, FXTRACT. Source: SDM vol. 2, with their tables of special operands. */
import { type Environment, Flags } from './environment.ts';
import {
  BIAS,
  type Extended,
  exponentOf,
  infinity,
  isInfinity,
  isZero,
  make,
  normalize,
  signOf,
  zero,
} from './extended.ts';
import { fromInteger, roundMagnitude } from './formats.ts';
import { invalid, noteDenormal, propagate, propagateOne } from './nan.ts';
import { roundAndPack } from './round.ts';

export function roundToIntegral(env: Environment, a: Extended): Extended {
  const nan = propagateOne(env, a);
  if (nan) return nan;
  // From exponent 63 up everything is integral; so are zero and infinity.
  if (exponentOf(a) >= BIAS + 63 || isZero(a)) return a;
  noteDenormal(env, a);
  const rounded = roundMagnitude(env.rounding, a)!;
  if (rounded.inexact) env.flags |= Flags.PE;
  env.roundedUp = rounded.up;
  if ((rounded.high | rounded.low) === 0) return zero(signOf(a));
  // Exact: an integer below 2^64 has at most 64 bits.
  const sign = signOf(a);
  const x = normalize(make(0, rounded.high, rounded.low));
  return make((sign << 15) | (x.exponent - 1 + BIAS + 63), x.high, x.low);
}

/** a * 2^trunc(b). */
export function scale(env: Environment, a: Extended, b: Extended): Extended {
  const nan = propagate(env, a, b);
  if (nan) return nan;
  const sign = signOf(a);
  if (isInfinity(b)) {
    if (signOf(b) ? isInfinity(a) : isZero(a)) return invalid(env);
    noteDenormal(env, a);
    if (isInfinity(a) || isZero(a)) return a;
    return signOf(b) ? zero(sign) : infinity(sign);
  }
  noteDenormal(env, a);
  noteDenormal(env, b);
  if (isInfinity(a) || isZero(a)) return a;
  const x = normalize(a);
  return roundAndPack(env, 64, sign, x.exponent + truncated(b), x.high, x.low, 0);
}

/** Far more than any exponent's range, wrapping included. */
const BEYOND = 0x20000;

function truncated(b: Extended): number {
  const exponent = exponentOf(b) - BIAS;
  if (exponent < 0) return 0;
  const magnitude = exponent > 16 ? BEYOND : b.high >>> (31 - exponent);
  return signOf(b) ? -magnitude : magnitude;
}

export interface Extracted {
  readonly exponent: Extended;
  readonly significand: Extended;
}

/** Exponent as a number, and the significand with exponent zero. */
export function extract(env: Environment, a: Extended): Extracted {
  const nan = propagateOne(env, a);
  if (nan) return { exponent: nan, significand: nan };
  if (isInfinity(a)) return { exponent: infinity(0), significand: a };
  if (isZero(a)) {
    env.flags |= Flags.ZE;
    return { exponent: infinity(1), significand: a };
  }
  noteDenormal(env, a);
  const x = normalize(a);
  const exponent = x.exponent - BIAS;
  return {
    exponent: fromInteger(exponent, exponent >> 31),
    significand: make((a.top & 0x8000) | BIAS, x.high, x.low),
  };
}
