/**
 * FSIN, FCOS, FSINCOS, FPTAN, FPATAN. Source: SDM vol. 2; vol. 1, 8.3.8.
 *
 * Arguments are reduced by pi itself, not by a constant of 66 bits as Intel's processors do it: results are within half a unit in the last place of the
 * true one over the whole range, also near multiples of pi. Arguments of 2^63 and more are left as they are: C2.
 */
import type { Environment } from './environment.ts';
import {
  BIAS,
  type Extended,
  exponentOf,
  isInfinity,
  isZero,
  type Normalized,
  normalize,
  One,
  significandOf,
  signOf,
  zero,
} from './extended.ts';
import {
  atan,
  EXTRA_PI,
  FRACTION,
  halfPiLong,
  ONE,
  pi,
  quotient,
  sineAndCosine,
  TINY,
  toFixed,
} from './fixed-point.ts';
import { invalid, noteDenormal, propagate, propagateOne } from './nan.ts';
import { roundBig } from './round.ts';

/** The argument is out of range: C2, and nothing else happens. */
export function isOutOfRange(a: Extended): boolean {
  return exponentOf(a) >= BIAS + 63 && exponentOf(a) !== 0x7fff && a.high < 0;
}

/** What decides before any computing: NaN, infinity. */
function special(env: Environment, a: Extended): Extended | undefined {
  const nan = propagateOne(env, a);
  if (nan) return nan;
  if (isInfinity(a)) return invalid(env);
  noteDenormal(env, a);
  return undefined;
}

const exponentOfNormal = (x: Normalized): number => x.exponent - BIAS;

/** |a| = quadrant * pi/2 + r, |r| <= pi/4. */
function reduce(x: Normalized): { quadrant: number; r: bigint } {
  const wide = toFixed(x) << EXTRA_PI;
  const half = halfPiLong();
  const n = (wide + (half >> 1n)) / half;
  return { quadrant: Number(n & 3n), r: (wide - n * half) >> EXTRA_PI };
}

/** a * (1 + by * a^2), for tiny a: the first two terms of sine, tangent, arc tangent. `by` is 1/6 or 1/3, as a signed divisor. */
function nearlyItself(env: Environment, sign: number, x: Normalized, divisor: bigint): Extended {
  const significand = significandOf(x);
  const wide = significand << 160n;
  const exponent = exponentOfNormal(x);
  const change = (wide * significand * significand) >> BigInt(126 - 2 * exponent);
  const magnitude = divisor > 0n ? wide + change / divisor : wide - change / -divisor - 1n;
  return roundBig(env, sign, magnitude, exponent - 63 - 160, true);
}

function fromFixed(env: Environment, value: bigint, sign: number): Extended {
  const negative = value < 0n ? 1 : 0;
  return roundBig(env, sign ^ negative, negative ? -value : value, -FRACTION, true);
}

export function sine(env: Environment, a: Extended): Extended {
  const decided = special(env, a);
  if (decided) return decided;
  if (isZero(a)) return a;
  const x = normalize(a);
  if (exponentOfNormal(x) < -TINY) return nearlyItself(env, signOf(a), x, -6n);
  const { quadrant, r } = reduce(x);
  const both = sineAndCosine(r);
  const value = quadrant & 1 ? both.cosine : both.sine;
  return fromFixed(env, quadrant & 2 ? -value : value, signOf(a));
}

export function cosine(env: Environment, a: Extended): Extended {
  const decided = special(env, a);
  if (decided) return decided;
  if (isZero(a)) return One;
  const x = normalize(a);
  // 1 - a^2/2 is a little below 1.
  if (exponentOfNormal(x) < -TINY) return fromFixed(env, ONE - 1n, 0);
  const { quadrant, r } = reduce(x);
  const both = sineAndCosine(r);
  const value = quadrant & 1 ? -both.sine : both.cosine;
  return fromFixed(env, quadrant & 2 ? -value : value, 0);
}

export function tangent(env: Environment, a: Extended): Extended {
  const decided = special(env, a);
  if (decided) return decided;
  if (isZero(a)) return a;
  const x = normalize(a);
  if (exponentOfNormal(x) < -TINY) return nearlyItself(env, signOf(a), x, 3n);
  const { quadrant, r } = reduce(x);
  const { sine: s, cosine: c } = sineAndCosine(r);
  const value = quadrant & 1 ? -quotient(c, s) : quotient(s, c);
  return fromFixed(env, value, signOf(a));
}

/** The angle of the point (x, y). */
export function arcTangent(env: Environment, y: Extended, x: Extended): Extended {
  const nan = propagate(env, y, x);
  if (nan) return nan;
  noteDenormal(env, y);
  noteDenormal(env, x);
  const sign = signOf(y);
  const left = signOf(x) === 1;
  const angle = (eighths: bigint): Extended => fromFixed(env, (pi() * eighths) / 4n, sign);
  if (isInfinity(y)) return angle(isInfinity(x) ? (left ? 3n : 1n) : 2n);
  if (isZero(y) || isInfinity(x)) return left ? angle(4n) : zero(sign);
  if (isZero(x)) return angle(2n);
  const a = normalize(y);
  const b = normalize(x);
  const steep = exponentOfNormal(a) - exponentOfNormal(b);
  if (steep < -TINY) {
    // y/x, less a little; or pi, less less than the last place of pi.
    if (left) return fromFixed(env, pi() - 1n, sign);
    const ratio = (significandOf(a) << 200n) / significandOf(b);
    const change = (ratio * ratio * ratio) >> BigInt(2 * (200 - steep));
    return roundBig(env, sign, ratio - change / 3n - (change === 0n && divides(a, b) ? 1n : 0n), steep - 200, true);
  }
  if (steep > TINY) return fromFixed(env, pi() / 2n + (left ? 1n : -1n), sign);
  // Both scaled so that the larger exponent is zero.
  const larger = Math.max(exponentOfNormal(a), exponentOfNormal(b));
  const down = (v: Normalized): bigint => toFixed({ ...v, exponent: v.exponent - larger });
  const p = down(a);
  const q = down(b);
  const first = p <= q ? atan(quotient(p, q)) : pi() / 2n - atan(quotient(q, p));
  return fromFixed(env, left ? pi() - first : first, sign);
}

const divides = (a: Normalized, b: Normalized): boolean => (significandOf(a) << 200n) % significandOf(b) === 0n;
