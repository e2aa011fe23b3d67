/** Addition and subtraction. Source: SDM vol. 2, FADD and FSUB with their tables of special operands; IEEE 754. */
import { type Environment, Rounding } from './environment.ts';
import {
  compareSignificands,
  type Extended,
  isInfinity,
  isZero,
  MAX_EXPONENT,
  type Normalized,
  negate,
  normalize,
  zero,
} from './extended.ts';
import { invalid, noteDenormal, propagate } from './nan.ts';
import { normalizeAndPack, roundAndPack } from './round.ts';

export function add(env: Environment, a: Extended, b: Extended): Extended {
  return propagate(env, a, b) ?? addNumbers(env, a, b);
}

export function subtract(env: Environment, a: Extended, b: Extended): Extended {
  return propagate(env, a, b) ?? addNumbers(env, a, negate(b));
}

function addNumbers(env: Environment, a: Extended, b: Extended): Extended {
  const sign = a.top >> 15;
  const other = b.top >> 15;
  if ((a.top & MAX_EXPONENT) === MAX_EXPONENT || (b.top & MAX_EXPONENT) === MAX_EXPONENT) {
    if (isInfinity(a) && isInfinity(b) && sign !== other) return invalid(env);
    noteDenormal(env, a);
    noteDenormal(env, b);
    return isInfinity(a) ? a : b;
  }
  noteDenormal(env, a);
  noteDenormal(env, b);
  if (isZero(a)) {
    if (isZero(b)) return sign === other ? a : zeroSum(env);
    return repack(env, b);
  }
  if (isZero(b)) return repack(env, a);
  const x = normalize(a);
  const y = normalize(b);
  return sign === other ? addMagnitudes(env, sign, x, y) : subtractMagnitudes(env, sign, x, y);
}

/** The sum of what cancels exactly: +0, or -0 when rounding down. */
function zeroSum(env: Environment): Extended {
  return zero(env.rounding === Rounding.down ? 1 : 0);
}

/** A number plus zero is still rounded to the precision in force. */
function repack(env: Environment, a: Extended): Extended {
  const { exponent, high, low } = normalize(a);
  return roundAndPack(env, env.precision, a.top >> 15, exponent, high, low, 0);
}

/** What alignment leaves of the smaller operand: three words, the last one sticky. */
let alignedHigh = 0;
let alignedLow = 0;
let alignedExtra = 0;

function align(high: number, low: number, distance: number): void {
  if (distance === 0) {
    alignedHigh = high;
    alignedLow = low;
    alignedExtra = 0;
  } else if (distance < 32) {
    alignedHigh = high >>> distance;
    alignedLow = (low >>> distance) | (high << (32 - distance));
    alignedExtra = low << (32 - distance);
  } else if (distance < 64) {
    const n = distance - 32;
    alignedHigh = 0;
    alignedLow = n === 0 ? high : high >>> n;
    alignedExtra = n === 0 ? low : (low >>> n) | (high << (32 - n)) | (low << (32 - n) !== 0 ? 1 : 0);
  } else {
    alignedHigh = 0;
    alignedLow = 0;
    const n = distance - 64;
    if (n === 0) alignedExtra = high | (low !== 0 ? 1 : 0);
    else if (n < 32) alignedExtra = (high >>> n) | ((high << (32 - n)) | low ? 1 : 0);
    else alignedExtra = 1;
  }
}

function addMagnitudes(env: Environment, sign: number, x: Normalized, y: Normalized): Extended {
  const [big, small] = x.exponent >= y.exponent ? [x, y] : [y, x];
  align(small.high, small.low, big.exponent - small.exponent);
  let extra = alignedExtra;
  let low = (big.low + alignedLow) | 0;
  const carryLow = low >>> 0 < big.low >>> 0 ? 1 : 0;
  const sum = (big.high >>> 0) + (alignedHigh >>> 0) + carryLow;
  let high = sum | 0;
  let { exponent } = big;
  if (sum >= 2 ** 32) {
    extra = (extra >>> 1) | (extra & 1) | (low << 31);
    low = (low >>> 1) | (high << 31);
    high = (high >>> 1) | 0x80000000;
    exponent++;
  }
  return roundAndPack(env, env.precision, sign, exponent, high, low, extra);
}

function subtractMagnitudes(env: Environment, sign: number, x: Normalized, y: Normalized): Extended {
  const order = x.exponent - y.exponent || compareSignificands(x.high, x.low, y.high, y.low);
  if (order === 0) return zeroSum(env);
  const [big, small] = order > 0 ? [x, y] : [y, x];
  align(small.high, small.low, big.exponent - small.exponent);
  // (big, 0) - (aligned): a sticky bit below keeps its meaning, the difference lies between the same neighbours.
  const extra = -alignedExtra | 0;
  const borrowExtra = alignedExtra !== 0 ? 1 : 0;
  const difference = (big.low >>> 0) - (alignedLow >>> 0) - borrowExtra;
  const low = difference | 0;
  const high = (big.high - alignedHigh - (difference < 0 ? 1 : 0)) | 0;
  return normalizeAndPack(env, env.precision, order > 0 ? sign : sign ^ 1, big.exponent, high, low, extra);
}
