/** Multiplication. Source: SDM vol. 2, FMUL. The 128-bit product is made of 16-bit limbs' products, exact in doubles. */
import type { Environment } from './environment.ts';
import { type Extended, infinity, isZero, MAX_EXPONENT, normalize, zero } from './extended.ts';
import { invalid, noteDenormal, propagate } from './nan.ts';
import { roundAndPack } from './round.ts';

export function multiply(env: Environment, a: Extended, b: Extended): Extended {
  const nan = propagate(env, a, b);
  if (nan) return nan;
  const sign = (a.top ^ b.top) >> 15;
  if ((a.top & MAX_EXPONENT) === MAX_EXPONENT || (b.top & MAX_EXPONENT) === MAX_EXPONENT) {
    if (isZero(a) || isZero(b)) return invalid(env);
    noteDenormal(env, a);
    noteDenormal(env, b);
    return infinity(sign);
  }
  noteDenormal(env, a);
  noteDenormal(env, b);
  if (isZero(a) || isZero(b)) return zero(sign);
  const x = normalize(a);
  const y = normalize(b);
  multiplyWide(x.high, x.low, y.high, y.low);
  const exponent = x.exponent + y.exponent - 0x3ffe;
  const extra = product1 | (product0 !== 0 ? 1 : 0);
  if (product3 < 0) return roundAndPack(env, env.precision, sign, exponent, product3, product2, extra);
  const rest = (product1 << 1) | (product0 !== 0 ? 1 : 0);
  const low = (product2 << 1) | (product1 >>> 31);
  return roundAndPack(env, env.precision, sign, exponent - 1, (product3 << 1) | (product2 >>> 31), low, rest);
}

/** The words of the last product of multiplyWide(), lowest first. */
export let product0 = 0;
export let product1 = 0;
export let product2 = 0;
export let product3 = 0;

/** High word of a 32 by 32 bit product, unsigned operands, as a signed word. */
export function highProduct(a: number, b: number): number {
  const al = a & 0xffff;
  const ah = a >>> 16;
  const bl = b & 0xffff;
  const bh = b >>> 16;
  const low = Math.imul(al, bl);
  const cross = Math.imul(ah, bl) >>> 0;
  const mixed = cross + (low >>> 16);
  // Below 2^32: (2^16 - 1)^2 + 2^16 - 1.
  const second = (mixed & 0xffff) + (Math.imul(al, bh) >>> 0);
  return (Math.imul(ah, bh) + (mixed >>> 16) + (second >>> 16)) | 0;
}

/** 64 by 64 bits, unsigned; the product is in product0 to product3. */
export function multiplyWide(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  product0 = Math.imul(aLow, bLow);
  let middle = (highProduct(aLow, bLow) >>> 0) + (Math.imul(aHigh, bLow) >>> 0) + (Math.imul(aLow, bHigh) >>> 0);
  product1 = middle | 0;
  middle =
    Math.floor(middle / 2 ** 32) +
    (highProduct(aHigh, bLow) >>> 0) +
    (highProduct(aLow, bHigh) >>> 0) +
    (Math.imul(aHigh, bHigh) >>> 0);
  product2 = middle | 0;
  product3 = (highProduct(aHigh, bHigh) + Math.floor(middle / 2 ** 32)) | 0;
}
