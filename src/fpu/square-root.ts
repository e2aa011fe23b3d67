/** Square root. Source: SDM vol. 2, FSQRT. The root is found 32 bits at a time (P. Zimmermann, "Karatsuba square root", INRIA RR-3805). */
import type { Environment } from './environment.ts';
import { BIAS, type Extended, isInfinity, isZero, normalize, significandOf } from './extended.ts';
import { invalid, noteDenormal, propagateOne } from './nan.ts';
import { roundAndPack } from './round.ts';

export function squareRoot(env: Environment, a: Extended): Extended {
  const nan = propagateOne(env, a);
  if (nan) return nan;
  if (isZero(a)) return a;
  if (a.top >= 0x8000) return invalid(env);
  if (isInfinity(a)) return a;
  noteDenormal(env, a);
  const x = normalize(a);
  // value = significand * 2^(exponent - bias - 63): an even power, and a radicand of 127 or 128 bits.
  const odd = (x.exponent & 1) === 0;
  const radicand = significandOf(x) << (odd ? 64n : 63n);
  const root = integerRoot(radicand);
  const rest = radicand - root * root;
  const extra = rest === 0n ? 0 : rest > root ? 0x80000001 | 0 : 1;
  const exponent = ((x.exponent - BIAS - (odd ? 1 : 0)) >> 1) + BIAS;
  return roundAndPack(env, env.precision, 0, exponent, Number(root >> 32n) | 0, Number(root & 0xffffffffn) | 0, extra);
}

/** floor of the root of a number of 127 or 128 bits: 64 bits. */
export function integerRoot(radicand: bigint): bigint {
  let root = BigInt(Math.floor(Math.sqrt(Number(radicand)))) | 1n;
  // Newton from 53 good bits; then off by one at most.
  root = (root + radicand / root) >> 1n;
  while (root * root > radicand) root--;
  while ((root + 1n) * (root + 1n) <= radicand) root++;
  return root;
}
