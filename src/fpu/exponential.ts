/** F2XM1, FYL2X, FYL2XP1. Source: SDM vol. 2. */
import { type Environment, Flags } from './environment.ts';
import {
  BIAS,
  type Extended,
  exponentOf,
  infinity,
  isInfinity,
  isZero,
  make,
  type Normalized,
  normalize,
  One,
  significandOf,
  signOf,
  zero,
} from './extended.ts';
import { expm1, FRACTION, ln2, log2e, logRatio, ONE, product, quotient, TINY, toFixed } from './fixed-point.ts';
import { invalid, noteDenormal, propagate, propagateOne } from './nan.ts';
import { roundBig } from './round.ts';

/** 2^a - 1, for |a| <= 1. Beyond that the manual leaves the result open: the operand, called inexact, as processors give it. */
export function powerOfTwoMinusOne(env: Environment, a: Extended): Extended {
  const nan = propagateOne(env, a);
  if (nan) return nan;
  if (isInfinity(a)) return signOf(a) ? make(One.top | 0x8000, One.high, One.low) : a;
  noteDenormal(env, a);
  if (isZero(a)) return a;
  const x = normalize(a);
  const sign = signOf(a);
  const exponent = x.exponent - BIAS;
  if (exponent >= 0) {
    env.flags |= Flags.PE;
    return exponent === 0 && isPower(x) && sign ? make(0xbffe, One.high, 0) : a;
  }
  if (exponent < -TINY) {
    // a ln2 (1 + a ln2 / 2)
    const magnitude = significandOf(x) * ln2();
    const half = exponent < -FRACTION ? 0n : product(toFixed(x), ln2()) >> 1n;
    return roundBig(env, sign, product(magnitude, sign ? ONE - half : ONE + half), exponent - 63 - FRACTION, true);
  }
  const y = product(toFixed(x), ln2());
  const value = expm1(sign ? -y : y);
  return roundBig(env, sign, value < 0n ? -value : value, -FRACTION, true);
}

const isPower = (x: Normalized): boolean => x.low === 0 && x.high << 1 === 0;

/** A finite logarithm to the base 2: sign, magnitude and the exponent of its last place. */
interface Logarithm {
  readonly sign: number;
  readonly magnitude: bigint;
  readonly scale: number;
  readonly exact: boolean;
}

/** log2 of a positive number in fixed point. */
function logarithmOf(fixed: bigint): bigint {
  let exponent = fixed.toString(2).length - 1 - FRACTION;
  let m = exponent >= 0 ? fixed >> BigInt(exponent) : fixed << BigInt(-exponent);
  // From about 1/sqrt 2 to sqrt 2.
  if (m > ONE + (ONE >> 1n) - (ONE >> 4n)) {
    m >>= 1n;
    exponent++;
  }
  return (BigInt(exponent) << BigInt(FRACTION)) + product(logRatio(quotient(m - ONE, m + ONE)), log2e());
}

function logarithm(x: Normalized): Logarithm {
  const exponent = BigInt(x.exponent - BIAS) << BigInt(FRACTION);
  // Values just below 1 must not be seen as a half of nearly 2: all their places would cancel.
  const near = x.exponent === BIAS - 1;
  const value = near ? logarithmOf(toFixed(x)) : exponent + logarithmOf(toFixed({ ...x, exponent: BIAS }));
  const sign = value < 0n ? 1 : 0;
  return { sign, magnitude: sign ? -value : value, scale: -FRACTION, exact: isPower(x) };
}

/** y times a logarithm that is not zero. */
function times(env: Environment, y: Extended, log: Logarithm): Extended {
  const n = normalize(y);
  const scale = log.scale + n.exponent - BIAS - 63;
  // Inexact by definition, be it a power of two or not.
  env.flags |= Flags.PE;
  const value = roundBig(env, signOf(y) ^ log.sign, log.magnitude * significandOf(n), scale, !log.exact);
  if (exponentOf(value) === 0) env.flags |= Flags.UE;
  return value;
}

/** y * log2(x). */
export function timesLogarithm(env: Environment, y: Extended, x: Extended): Extended {
  const nan = propagate(env, y, x);
  if (nan) return nan;
  const sign = signOf(y);
  if (signOf(x) && !isZero(x)) return invalid(env);
  if (isZero(x)) {
    if (isZero(y)) return invalid(env);
    if (isInfinity(y)) return infinity(sign ^ 1);
    env.flags |= Flags.ZE;
    return infinity(sign ^ 1);
  }
  const isOne = x.top === One.top && x.high === One.high && x.low === 0;
  const above = x.top > One.top || (x.top === One.top && !isOne);
  if (isInfinity(y)) {
    if (isOne) return invalid(env);
    noteDenormal(env, x);
    return infinity(above ? sign : sign ^ 1);
  }
  if (isInfinity(x)) {
    if (isZero(y)) return invalid(env);
    noteDenormal(env, y);
    return infinity(sign);
  }
  noteDenormal(env, x);
  noteDenormal(env, y);
  if (isZero(y) || isOne) return zero(above || isOne ? sign : sign ^ 1);
  return times(env, y, logarithm(normalize(x)));
}

/** y * log2(1 + x), for x near zero. */
export function timesLogarithmPlusOne(env: Environment, y: Extended, x: Extended): Extended {
  const nan = propagate(env, y, x);
  if (nan) return nan;
  const sign = signOf(y) ^ signOf(x);
  if (isInfinity(x)) {
    if (signOf(x) || isZero(y)) return invalid(env);
    noteDenormal(env, y);
    return infinity(sign);
  }
  if (isInfinity(y)) {
    if (isZero(x)) return invalid(env);
    noteDenormal(env, x);
    return infinity(sign);
  }
  noteDenormal(env, x);
  noteDenormal(env, y);
  if (isZero(x) || isZero(y)) return zero(sign);
  const logarithm = logarithmOfOnePlus(signOf(x), normalize(x));
  if (logarithm) return times(env, y, logarithm);
  // Outside the range the manual gives, with no logarithm: the operand comes back, called inexact.
  env.flags |= Flags.PE;
  return x;
}

/** Undefined for x <= -1. */
function logarithmOfOnePlus(sign: number, x: Normalized): Logarithm | undefined {
  const exponent = x.exponent - BIAS;
  if (exponent < -TINY) {
    // x log2(e) (1 - x/2)
    const half = exponent < -FRACTION ? 0n : toFixed(x) >> 1n;
    const magnitude = product(significandOf(x) * log2e(), sign ? ONE + half : ONE - half);
    return { sign, magnitude, scale: exponent - 63 - FRACTION, exact: false };
  }
  const sum = ONE + (sign ? -toFixed(x) : toFixed(x));
  if (sum <= 0n) return undefined;
  const log = logarithmOf(sum);
  return { sign, magnitude: log < 0n ? -log : log, scale: -FRACTION, exact: false };
}
