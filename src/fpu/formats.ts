/**
 * The other formats in memory: single and double real, 16-, 32- and 64-bit integer. Source: SDM vol. 1, 4.2 and 8.2; vol. 2, FLD, FST, FILD, FIST.
 * Values of 64 bits are two signed words, low and high.
 */
import { type Environment, Flags, Rounding } from './environment.ts';
import {
  BIAS,
  type Extended,
  exponentOf,
  INTEGER_BIT,
  isNotANumber,
  isSignalling,
  isUnsupported,
  isZero,
  leadingZeros,
  MAX_EXPONENT,
  make,
  normalize,
  quiet,
  zero,
} from './extended.ts';
import { roundsUp } from './round.ts';

/** Two words of memory. */
export interface Words {
  readonly low: number;
  readonly high: number;
}

const words = (low: number, high: number): Words => ({ low: low | 0, high: high | 0 });

/** Shape of a narrow real format: fraction bits, exponent bias, exponent field of infinities. */
interface Narrow {
  readonly fraction: number;
  readonly bias: number;
  readonly maximum: number;
}
const SINGLE: Narrow = { fraction: 23, bias: 127, maximum: 0xff };
const DOUBLE: Narrow = { fraction: 52, bias: 1023, maximum: 0x7ff };

/** A single's value as FLD gives it: quiet, with IE for a signalling NaN and DE for a denormal. */
export function fromSingle(env: Environment, bits: number): Extended {
  const value = widenSingle(bits);
  return load(env, value, singleIsDenormal(bits));
}

export function fromDouble(env: Environment, low: number, high: number): Extended {
  const value = widenDouble(low, high);
  return load(env, value, doubleIsDenormal(low, high));
}

function load(env: Environment, value: Extended, denormal: boolean): Extended {
  if (denormal) env.flags |= Flags.DE;
  if (!isSignalling(value)) return value;
  env.flags |= Flags.IE;
  return quiet(value);
}

export const singleIsDenormal = (bits: number): boolean => (bits & 0x7f800000) === 0 && (bits & 0x7fffff) !== 0;
export const doubleIsDenormal = (low: number, high: number): boolean =>
  (high & 0x7ff00000) === 0 && ((high & 0xfffff) | low) !== 0;

/** The exact value, signalling NaNs as they are, nothing flagged: an operand of arithmetic. */
export function widenSingle(bits: number): Extended {
  return widen(SINGLE, bits >>> 31, (bits >>> 23) & 0xff, bits << 8, 0);
}

export function widenDouble(low: number, high: number): Extended {
  return widen(DOUBLE, high >>> 31, (high >>> 20) & 0x7ff, (high << 11) | (low >>> 21), low << 11);
}

/** `high:low`: the fraction below bit 63, whose own value does not matter. */
function widen(format: Narrow, sign: number, exponent: number, high: number, low: number): Extended {
  const fraction = high & 0x7fffffff;
  if (exponent === format.maximum) return make((sign << 15) | MAX_EXPONENT, fraction | INTEGER_BIT, low);
  if (exponent !== 0) return make((sign << 15) | (exponent + BIAS - format.bias), fraction | INTEGER_BIT, low);
  if ((fraction | low) === 0) return zero(sign);
  const x = normalize(make(0, fraction, low));
  return make((sign << 15) | (x.exponent + BIAS - format.bias), x.high, x.low);
}

/** The single's bits; when flags tell of an unmasked exception before PE they are not to be stored. */
export function toSingle(env: Environment, a: Extended): number {
  return toNarrow(env, SINGLE, a).high;
}

export function toDouble(env: Environment, a: Extended): Words {
  return toNarrow(env, DOUBLE, a);
}

/** Bits of a narrow format, left-justified: a single is the high word. */
function pack(format: Narrow, sign: number, exponent: number, high: number, low: number): Words {
  if (format === SINGLE) return words(0, (sign << 31) | (exponent << 23) | ((high >>> 8) & 0x7fffff));
  return words((low >>> 11) | (high << 21), (sign << 31) | (exponent << 20) | ((high >>> 11) & 0xfffff));
}

function toNarrow(env: Environment, format: Narrow, a: Extended): Words {
  const sign = a.top >> 15;
  if (isUnsupported(a)) {
    env.flags |= Flags.IE;
    return pack(format, 1, format.maximum, 0xc0000000, 0);
  }
  if (exponentOf(a) === MAX_EXPONENT) {
    if (isSignalling(a)) env.flags |= Flags.IE;
    return pack(format, sign, format.maximum, isNotANumber(a) ? a.high | 0x40000000 : 0, isNotANumber(a) ? a.low : 0);
  }
  if (isZero(a)) return pack(format, sign, 0, 0, 0);
  const x = normalize(a);
  const exponent = x.exponent - BIAS + format.bias;
  const kept = format.fraction + 1;
  let rounded = roundAt(env.rounding, sign, x.high, x.low, 64 - kept);
  if (exponent <= 0) {
    const tiny = exponent < 0 || !rounded.carry;
    rounded = roundAt(env.rounding, sign, x.high, x.low, 64 - kept + 1 - exponent);
    // Unmasked, there is no result that could be inexact.
    if (tiny && (env.masks & Flags.UE) === 0) env.flags |= Flags.UE;
    else {
      if (rounded.inexact) env.flags |= Flags.PE | (tiny ? Flags.UE : 0);
      env.roundedUp = rounded.up;
    }
    // Aligned to bit 0; a carry into the integer bit makes exponent 1.
    const shift = 64 - kept;
    const high = shift >= 32 ? rounded.low << (shift - 32) : (rounded.high << shift) | (rounded.low >>> (32 - shift));
    const low = shift >= 32 ? 0 : rounded.low << shift;
    return pack(format, sign, high < 0 ? 1 : 0, high, low);
  }
  const at = exponent + (rounded.carry ? 1 : 0);
  if (at >= format.maximum) {
    const away = env.rounding === Rounding.nearest || env.rounding === (sign ? Rounding.down : Rounding.up);
    const masked = (env.masks & Flags.OE) !== 0;
    env.flags |= Flags.OE | (masked ? Flags.PE : 0);
    env.roundedUp = masked && away;
    return away ? pack(format, sign, format.maximum, 0, 0) : pack(format, sign, format.maximum - 1, -1, -1);
  }
  if (rounded.inexact) env.flags |= Flags.PE;
  env.roundedUp = rounded.up;
  const shift = 64 - kept;
  const high = shift >= 32 ? rounded.low << (shift - 32) : (rounded.high << shift) | (rounded.low >>> (32 - shift));
  return pack(format, sign, at, high, shift >= 32 ? 0 : rounded.low << shift);
}

interface Rounded extends Words {
  readonly inexact: boolean;
  readonly up: boolean;
  /** The increment reached a bit that no kept bit had: the value became the next power of two. */
  readonly carry: boolean;
}

/** high:low / 2^drop (drop > 0), rounded to an integer. */
function roundAt(rounding: number, sign: number, high: number, low: number, drop: number): Rounded {
  let h = 0;
  let l = 0;
  let extra = 0;
  if (drop < 32) {
    h = high >>> drop;
    l = (low >>> drop) | (high << (32 - drop));
    extra = low << (32 - drop);
  } else if (drop < 64) {
    const n = drop - 32;
    l = n === 0 ? high : high >>> n;
    extra = n === 0 ? low : (low >>> n) | (high << (32 - n)) | (low << (32 - n) !== 0 ? 1 : 0);
  } else if (drop === 64) {
    extra = high | (low !== 0 ? 1 : 0);
  } else {
    extra = (high | low) !== 0 ? 1 : 0;
    if (drop < 96) extra = (high >>> (drop - 64)) | extra;
  }
  const up = roundsUp(rounding, sign, l, extra);
  const before = leadingZeros(h | 0, l | 0);
  if (up) {
    l = (l + 1) | 0;
    if (l === 0) h = (h + 1) | 0;
  }
  const carry = up && leadingZeros(h | 0, l | 0) !== before;
  return { low: l | 0, high: h | 0, inexact: extra !== 0, up, carry };
}

// ---- integers

export function fromInteger(low: number, high: number): Extended {
  const sign = high < 0 ? 1 : 0;
  let l = low;
  let h = high;
  if (sign) {
    l = -l | 0;
    h = (~h + (l === 0 ? 1 : 0)) | 0;
  }
  const shift = leadingZeros(h, l);
  if (shift === 64) return zero(0);
  const top = (sign << 15) | (BIAS + 63 - shift);
  if (shift >= 32) return make(top, l << (shift - 32), 0);
  return make(top, shift === 0 ? h : (h << shift) | (l >>> (32 - shift)), l << shift);
}

/** Magnitude of `a` rounded to an integer below 2^64; undefined when it is larger or no number. */
export function roundMagnitude(rounding: number, a: Extended): Rounded | undefined {
  if (isUnsupported(a) || exponentOf(a) === MAX_EXPONENT) return undefined;
  if (isZero(a)) return { low: 0, high: 0, inexact: false, up: false, carry: false };
  const x = normalize(a);
  const drop = BIAS + 63 - x.exponent;
  if (drop < 0) return undefined;
  if (drop === 0) return { low: x.low, high: x.high, inexact: false, up: false, carry: false };
  const rounded = roundAt(rounding, a.top >> 15, x.high, x.low, drop);
  return rounded.up && (rounded.high | rounded.low) === 0 ? undefined : rounded;
}

/** A signed integer of 16, 32 or 64 bits; what does not fit is invalid and gives the least one. `rounding` overrides that of the environment (FISTTP). */
export function toInteger(env: Environment, a: Extended, bits: 16 | 32 | 64, rounding = env.rounding): Words {
  const rounded = roundMagnitude(rounding, a);
  const sign = a.top >> 15;
  if (!rounded || !fits(rounded, sign, bits)) {
    env.flags |= Flags.IE;
    return bits === 64 ? words(0, INTEGER_BIT) : words(-1 << (bits - 1), -1);
  }
  if (rounded.inexact) env.flags |= Flags.PE;
  env.roundedUp = rounded.up;
  if (!sign) return words(rounded.low, rounded.high);
  const low = -rounded.low | 0;
  return words(low, ~rounded.high + (low === 0 ? 1 : 0));
}

function fits({ low, high }: Words, sign: number, bits: 16 | 32 | 64): boolean {
  if (bits === 64) return high >= 0 || (sign === 1 && high === INTEGER_BIT && low === 0);
  return high === 0 && low >>> 0 < 2 ** (bits - 1) + sign;
}
