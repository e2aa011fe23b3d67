/**
 * Elementary functions in fixed point: bigints of FRACTION bits after the point, good to a few units of the last one. Enough is kept that the one
 * rounding that follows is the correct one for all but about one argument in 2^60.
 */
import { BIAS, type Normalized, significandOf } from './extended.ts';

/** Bits after the point. Arguments below 2^-TINY are treated apart, relative to their size. */
export const FRACTION = 200;
export const TINY = 64;
const F = BigInt(FRACTION);
export const ONE = 1n << F;

/** A finite value, magnitude only, above 2^-TINY, as fixed point: exact. */
export function toFixed(a: Normalized): bigint {
  const shift = FRACTION - 63 + a.exponent - BIAS;
  return shift >= 0 ? significandOf(a) << BigInt(shift) : significandOf(a) >> BigInt(-shift);
}

export const product = (a: bigint, b: bigint): bigint => (a * b) >> F;
export const quotient = (a: bigint, b: bigint): bigint => (a << F) / b;

function lazily<T>(make: () => T): () => T {
  let value: T | undefined;
  return () => {
    value ??= make();
    return value;
  };
}

/** atan(1/n) or atanh(1/n) with `bits` after the point. */
function inverse(n: bigint, bits: bigint, alternating: boolean): bigint {
  let power = (1n << bits) / n;
  let sum = 0n;
  for (let i = 1n; power !== 0n; i += 2n) {
    sum += (alternating && (i & 2n) !== 0n ? -power : power) / i;
    power /= n * n;
  }
  return sum;
}

/** Bits of pi/2 beyond FRACTION: arguments reach 2^63. */
export const EXTRA_PI = 80n;
const guard = 32n;
/** pi/2 with FRACTION + EXTRA_PI bits, by Machin's formula. */
export const halfPiLong = lazily(() => {
  const bits = F + EXTRA_PI + guard;
  return (8n * inverse(5n, bits, true) - 2n * inverse(239n, bits, true)) >> guard;
});
export const pi = lazily(() => halfPiLong() >> (EXTRA_PI - 1n));
export const ln2 = lazily(() => (2n * inverse(3n, F + guard, false)) >> guard);
/** log2(e). */
export const log2e = lazily(() => (ONE << F) / ln2());

/** Sine and cosine of |r| <= pi/4. */
export function sineAndCosine(r: bigint): { sine: bigint; cosine: bigint } {
  const square = product(r, r);
  let sine = 0n;
  let cosine = 0n;
  let term = ONE;
  for (let i = 0n; term !== 0n; i += 4n) {
    cosine += term;
    term = product(term, r) / (i + 1n);
    sine += term;
    term = product(term, r) / (i + 2n);
    cosine -= term;
    term = product(term, r) / (i + 3n);
    sine -= term;
    term = product(term, r) / (i + 4n);
    if (square === 0n) break;
  }
  return { sine, cosine };
}

function atanSeries(t: bigint): bigint {
  const square = product(t, t);
  let power = t;
  let sum = 0n;
  for (let i = 1n; power !== 0n && power !== -1n; i += 2n) {
    sum += (i & 2n) === 0n ? power / i : -power / i;
    power = product(power, square);
  }
  return sum;
}

const STEPS = 16n;
/** atan(i/16). */
const atanTable = lazily(() => {
  const table = [0n];
  for (let i = 1n; i <= STEPS; i++) {
    const t = quotient(ONE / STEPS, ONE + (ONE * i * (i - 1n)) / (STEPS * STEPS));
    table.push(table[Number(i) - 1]! + atanSeries(t));
  }
  return table;
});

/** Arc tangent of 0 <= q <= 1. */
export function atan(q: bigint): bigint {
  const i = (q * STEPS + ONE / 2n) >> F;
  const c = (i * ONE) / STEPS;
  const t = quotient(q - c, ONE + product(q, c));
  return atanTable()[Number(i)]! + atanSeries(t);
}

/** e^y - 1 of |y| < 1. */
export function expm1(y: bigint): bigint {
  let term = y;
  let sum = 0n;
  for (let i = 2n; term !== 0n && term !== -1n; i++) {
    sum += term;
    term = product(term, y) / i;
  }
  return sum;
}

/** ln((1 + z) / (1 - z)) of |z| <= 0.2. */
export function logRatio(z: bigint): bigint {
  const square = product(z, z);
  let power = z;
  let sum = 0n;
  for (let i = 1n; power !== 0n && power !== -1n; i += 2n) {
    sum += power / i;
    power = product(power, square);
  }
  return 2n * sum;
}
