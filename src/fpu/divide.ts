/** Division. Source: SDM vol. 2, FDIV; the digits by Knuth's algorithm D (TAOCP vol. 2, 4.3.1), two of 32 bits. */
import { type Environment, Flags } from './environment.ts';
import { compareSignificands, type Extended, infinity, isZero, MAX_EXPONENT, normalize, zero } from './extended.ts';
import { highProduct } from './multiply.ts';
import { invalid, noteDenormal, propagate } from './nan.ts';
import { roundAndPack } from './round.ts';

export function divide(env: Environment, a: Extended, b: Extended): Extended {
  const nan = propagate(env, a, b);
  if (nan) return nan;
  const sign = (a.top ^ b.top) >> 15;
  const aInfinite = (a.top & MAX_EXPONENT) === MAX_EXPONENT;
  const bInfinite = (b.top & MAX_EXPONENT) === MAX_EXPONENT;
  if (aInfinite && bInfinite) return invalid(env);
  if (isZero(b)) {
    if (isZero(a)) return invalid(env);
    if (!aInfinite) env.flags |= Flags.ZE;
    return infinity(sign);
  }
  noteDenormal(env, a);
  noteDenormal(env, b);
  if (aInfinite) return infinity(sign);
  if (bInfinite || isZero(a)) return zero(sign);
  const x = normalize(a);
  const y = normalize(b);
  let exponent = x.exponent - y.exponent + 0x3fff;
  // The dividend's high part is made smaller than the divisor; the quotient has its bit 63 set then.
  if (compareSignificands(x.high, x.low, y.high, y.low) >= 0) {
    startDivision(x.high >>> 1, (x.low >>> 1) | (x.high << 31), y.high, y.low);
    const high = nextDigit(x.low << 31);
    return finish(high);
  }
  exponent--;
  startDivision(x.high, x.low, y.high, y.low);
  return finish(nextDigit(0));

  function finish(high: number): Extended {
    const low = nextDigit(0);
    return roundAndPack(env, env.precision, sign, exponent, high, low, remainderAsExtra());
  }
}

let divisorHigh = 0;
let divisorLow = 0;
let remainderHigh = 0;
let remainderLow = 0;

function startDivision(high: number, low: number, byHigh: number, byLow: number): void {
  remainderHigh = high;
  remainderLow = low;
  divisorHigh = byHigh;
  divisorLow = byLow;
}

/** Quotient digit of remainder:next by the divisor; the remainder, smaller than the divisor before and after, moves on. */
function nextDigit(next: number): number {
  let digit = estimate(remainderHigh, remainderLow, divisorHigh);
  // remainder - digit * divisor, 96 bits; top is its highest word.
  const product0 = Math.imul(digit, divisorLow);
  const carried = (highProduct(digit, divisorLow) >>> 0) + (Math.imul(digit, divisorHigh) >>> 0);
  const product2 = (highProduct(digit, divisorHigh) >>> 0) + (carried >= 2 ** 32 ? 1 : 0);
  let low = (next >>> 0) - (product0 >>> 0);
  let middle = (remainderLow >>> 0) - ((carried | 0) >>> 0) - (low < 0 ? 1 : 0);
  let top = (remainderHigh >>> 0) - product2 - (middle < 0 ? 1 : 0);
  low >>>= 0;
  middle >>>= 0;
  while (top < 0) {
    // The estimate was too large by one or two.
    digit = (digit - 1) | 0;
    low += divisorLow >>> 0;
    middle += (divisorHigh >>> 0) + (low >= 2 ** 32 ? 1 : 0);
    if (middle >= 2 ** 32) top++;
    low >>>= 0;
    middle >>>= 0;
  }
  remainderHigh = middle | 0;
  remainderLow = low | 0;
  return digit;
}

/** floor(high:low / by), at most 2^32 - 1; bit 31 of `by` is set and high <= by. Two 16-bit digits. */
function estimate(high: number, low: number, by: number): number {
  const divisor = by >>> 0;
  if (high >>> 0 >= divisor) return -1;
  const first = ((high >>> 0) * 65536 + (low >>> 16)) / divisor;
  const digit1 = Math.floor(first);
  // Below 2^48 each, exact in doubles.
  const rest = (high >>> 0) * 65536 + (low >>> 16) - digit1 * divisor;
  const second = rest * 65536 + (low & 0xffff);
  return (digit1 * 65536 + Math.floor(second / divisor)) | 0;
}

/** Half and sticky bits of what is left: 0 exact, below half, half, above. */
function remainderAsExtra(): number {
  if ((remainderHigh | remainderLow) === 0) return 0;
  if (remainderHigh < 0) return 0x80000001 | 0;
  const high = (remainderHigh << 1) | (remainderLow >>> 31);
  const order = compareSignificands(high, remainderLow << 1, divisorHigh, divisorLow);
  return order < 0 ? 1 : order === 0 ? 0x80000000 | 0 : 0x80000001 | 0;
}
