/**
 * One element of single or double precision, exactly as MXCSR asks: any rounding, denormals, NaNs, every flag. Source: SDM vol. 1, 4.8 (formats,
 * NaNs), 4.9 and 11.5 (exceptions), IEEE 754. In integers throughout, and slow; simd-float.ts takes over what is plain.
 *
 * A finite value is (-1)^negative * significand * 2^exponent.
 */
import { Mxcsr, type VectorUnit } from './simd-unit.ts';

export interface Format {
  readonly bytes: 4 | 8;
  /** Bits of the significand with its leading one. */
  readonly precision: number;
  readonly fractionBits: bigint;
  readonly bias: number;
  /** All ones in the exponent field. */
  readonly special: number;
  /** Exponents of the leading one of the largest and the smallest normal number. */
  readonly most: number;
  readonly least: number;
}

function format(bytes: 4 | 8, precision: number, exponentBits: number): Format {
  const bias = 2 ** (exponentBits - 1) - 1;
  const special = 2 * bias + 1;
  return { bytes, precision, fractionBits: BigInt(precision - 1), bias, special, most: bias, least: 1 - bias };
}

export const Single = format(4, 24, 8);
export const Double = format(8, 53, 11);

export type Kind = 'nan' | 'infinite' | 'zero' | 'finite';

export interface Value {
  readonly kind: Kind;
  readonly negative: boolean;
  readonly significand: bigint;
  readonly exponent: number;
  readonly denormal: boolean;
  /** A NaN's fraction, and whether it is a signalling one. */
  readonly signalling: boolean;
}

/** The element at byte `at`; with DAZ a denormal is a zero. */
export function unpackValue(u: VectorUnit, f: Format, at: number): Value {
  const bits = f.bytes === 4 ? BigInt(u.u32[at >> 2]!) : u.u64[at >> 3]!;
  const fraction = bits & ((1n << f.fractionBits) - 1n);
  const top = Number(bits >> f.fractionBits);
  const biased = top & f.special;
  const negative = top > f.special;
  const value = (kind: Kind, significand: bigint, exponent: number, denormal = false, signalling = false): Value => ({
    kind,
    negative,
    significand,
    exponent,
    denormal,
    signalling,
  });
  if (biased === f.special) {
    if (fraction === 0n) return value('infinite', 0n, 0);
    return value('nan', fraction, 0, false, fraction >> (f.fractionBits - 1n) === 0n);
  }
  const lowest = f.least - (f.precision - 1);
  if (biased !== 0) return value('finite', fraction | (1n << f.fractionBits), lowest + biased - 1);
  if (fraction === 0n || (u.control & Mxcsr.DAZ) !== 0) return value('zero', 0n, 0);
  return value('finite', fraction, lowest, true);
}

function pack(u: VectorUnit, f: Format, at: number, negative: boolean, biased: number, fraction: bigint): void {
  const sign = negative ? 1n : 0n;
  const bits = (((sign << BigInt(f.bytes === 4 ? 8 : 11)) | BigInt(biased)) << f.fractionBits) | fraction;
  if (f.bytes === 4) u.u32[at >> 2] = Number(bits);
  else u.u64[at >> 3] = bits;
}

export function putZero(u: VectorUnit, f: Format, at: number, negative: boolean): void {
  pack(u, f, at, negative, 0, 0n);
}

export function putInfinity(u: VectorUnit, f: Format, at: number, negative: boolean): void {
  pack(u, f, at, negative, f.special, 0n);
}

/** The default NaN, and the flag of an invalid operation. */
export function putInvalid(u: VectorUnit, f: Format, at: number): void {
  u.before |= Mxcsr.IE;
  pack(u, f, at, true, f.special, 1n << (f.fractionBits - 1n));
}

/** A NaN operand made quiet, from format `from`. */
export function putNan(u: VectorUnit, f: Format, at: number, nan: Value, from: Format = f): void {
  const shift = f.fractionBits - from.fractionBits;
  const fraction = shift >= 0n ? nan.significand << shift : nan.significand >> -shift;
  pack(u, f, at, nan.negative, f.special, fraction | (1n << (f.fractionBits - 1n)));
}

/** Whether rounding by RC moves a magnitude away from zero; `rest` compares what is cut off with half a unit: -1, 0, 1. */
function roundsAway(rounding: number, negative: boolean, odd: boolean, rest: number): boolean {
  if (rounding === 0) return rest > 0 || (rest === 0 && odd);
  return rounding === 1 ? negative : rounding === 2 && !negative;
}

/** Cuts `cut` bits off and rounds; `sticky`: there is more below. */
function roundOff(significand: bigint, cut: number, sticky: boolean, rounding: number, negative: boolean) {
  if (cut <= 0) return { kept: significand << BigInt(-cut), inexact: sticky };
  const kept = significand >> BigInt(cut);
  const rest = significand - (kept << BigInt(cut));
  if (rest === 0n && !sticky) return { kept, inexact: false };
  const half = 1n << BigInt(cut - 1);
  const side = rest > half || (rest === half && sticky) ? 1 : rest === half ? 0 : -1;
  return { kept: roundsAway(rounding, negative, (kept & 1n) === 1n, side) ? kept + 1n : kept, inexact: true };
}

/**
 * Rounds a value that is not zero into the format. `sticky`: it is a little more than the significand says; then the significand has at
 * least two bits more than the format's precision. Tininess is seen after rounding.
 */
export function putRounded(
  u: VectorUnit,
  f: Format,
  at: number,
  negative: boolean,
  significand: bigint,
  exponent: number,
  sticky = false,
): void {
  const { rounding } = u;
  const length = significand.toString(2).length;
  let cut = length - f.precision;
  let { kept, inexact } = roundOff(significand, cut, sticky, rounding, negative);
  let leading = exponent + length - 1;
  if (kept >> BigInt(f.precision) !== 0n) {
    kept >>= 1n;
    leading++;
  }
  if (leading > f.most) {
    const unmasked = (u.control & Mxcsr.OM) === 0;
    // Unmasked, what counts is whether the significand was inexact; masked, an infinity always is.
    u.after |= Mxcsr.OE | (inexact || !unmasked ? Mxcsr.PE : 0);
    const toInfinity = roundsAway(rounding, negative, true, 1);
    if (toInfinity) putInfinity(u, f, at, negative);
    else pack(u, f, at, negative, f.special - 1, (1n << f.fractionBits) - 1n);
    return;
  }
  if (leading < f.least) {
    if ((u.control & Mxcsr.UM) === 0) {
      u.after |= Mxcsr.UE | (inexact ? Mxcsr.PE : 0);
      return;
    }
    if ((u.control & Mxcsr.FTZ) !== 0) {
      u.after |= Mxcsr.UE | Mxcsr.PE;
      putZero(u, f, at, negative);
      return;
    }
    cut = f.least - (f.precision - 1) - exponent;
    ({ kept, inexact } = roundOff(significand, cut, sticky, rounding, negative));
    if (inexact) u.after |= Mxcsr.UE | Mxcsr.PE;
    // Rounded up to the least normal number, the leading one is the exponent field's.
    pack(u, f, at, negative, 0, kept);
    return;
  }
  if (inexact) u.after |= Mxcsr.PE;
  pack(u, f, at, negative, leading + f.bias, kept & ((1n << f.fractionBits) - 1n));
}

export type Arithmetic = 'add' | 'sub' | 'mul' | 'div' | 'sqrt';

/** Handles NaN operands: true when the result is one. The first operand goes before the second. */
export function propagateNan(u: VectorUnit, f: Format, a: Value, b: Value, result: number): boolean {
  if (a.kind !== 'nan' && b.kind !== 'nan') return false;
  if (a.signalling || b.signalling) u.before |= Mxcsr.IE;
  putNan(u, f, result, a.kind === 'nan' ? a : b);
  return true;
}

/** result = a op b, or the square root of b, with the flags in `u.before` and `u.after`. */
export function exactly(u: VectorUnit, f: Format, op: Arithmetic, at: number, bt: number, result: number): void {
  const b = unpackValue(u, f, bt);
  const a = op === 'sqrt' ? b : unpackValue(u, f, at);
  if (propagateNan(u, f, a, b, result)) return;
  if (op === 'mul') multiplyValues(u, f, a, b, result);
  else if (op === 'div') divideValues(u, f, a, b, result);
  else if (op === 'sqrt') rootOf(u, f, b, result);
  else addValues(u, f, a, b, b.negative !== (op === 'sub'), result);
}

function noteDenormal(u: VectorUnit, a: Value, b: Value): void {
  if (a.denormal || b.denormal) u.before |= Mxcsr.DE;
}

function addValues(u: VectorUnit, f: Format, a: Value, b: Value, negative: boolean, at: number): void {
  const opposed = a.negative !== negative;
  if (a.kind === 'infinite' && b.kind === 'infinite' && opposed) {
    putInvalid(u, f, at);
    return;
  }
  noteDenormal(u, a, b);
  if (a.kind === 'infinite') putInfinity(u, f, at, a.negative);
  else if (b.kind === 'infinite') putInfinity(u, f, at, negative);
  else {
    const exponent = Math.min(a.kind === 'zero' ? b.exponent : a.exponent, b.kind === 'zero' ? a.exponent : b.exponent);
    const sum = aligned(a, a.negative, exponent) + aligned(b, negative, exponent);
    // Zeros of unlike sign, and exact differences of zero, are -0 only when rounding down.
    if (sum === 0n) putZero(u, f, at, opposed ? u.rounding === 1 : a.negative);
    else putRounded(u, f, at, sum < 0n, sum < 0n ? -sum : sum, exponent);
  }
}

/** A zero or finite value in units of 2^exponent. */
function aligned(v: Value, negative: boolean, exponent: number): bigint {
  const magnitude = v.kind === 'zero' ? 0n : v.significand << BigInt(v.exponent - exponent);
  return negative ? -magnitude : magnitude;
}

function multiplyValues(u: VectorUnit, f: Format, a: Value, b: Value, at: number): void {
  const negative = a.negative !== b.negative;
  const infinite = a.kind === 'infinite' || b.kind === 'infinite';
  const zero = a.kind === 'zero' || b.kind === 'zero';
  if (infinite && zero) {
    putInvalid(u, f, at);
    return;
  }
  noteDenormal(u, a, b);
  if (infinite) putInfinity(u, f, at, negative);
  else if (zero) putZero(u, f, at, negative);
  else putRounded(u, f, at, negative, a.significand * b.significand, a.exponent + b.exponent);
}

function divideValues(u: VectorUnit, f: Format, a: Value, b: Value, at: number): void {
  const negative = a.negative !== b.negative;
  if (a.kind === b.kind && (a.kind === 'infinite' || a.kind === 'zero')) {
    putInvalid(u, f, at);
    return;
  }
  if (b.kind === 'zero' && a.kind === 'finite') {
    u.before |= Mxcsr.ZE;
    putInfinity(u, f, at, negative);
    return;
  }
  noteDenormal(u, a, b);
  if (a.kind === 'infinite') putInfinity(u, f, at, negative);
  else if (a.kind === 'zero' || b.kind === 'infinite') putZero(u, f, at, negative);
  else {
    // Enough bits for the precision and a guard, whatever the lengths.
    const shift = 2 * f.precision + 2;
    const dividend = a.significand << BigInt(shift);
    const quotient = dividend / b.significand;
    const sticky = quotient * b.significand !== dividend;
    putRounded(u, f, at, negative, quotient, a.exponent - b.exponent - shift, sticky);
  }
}

function rootOf(u: VectorUnit, f: Format, b: Value, at: number): void {
  if (b.kind === 'zero') putZero(u, f, at, b.negative);
  else if (b.negative) putInvalid(u, f, at);
  else {
    noteDenormal(u, b, b);
    if (b.kind === 'infinite') putInfinity(u, f, at, false);
    else putRoot(u, f, b, at);
  }
}

function putRoot(u: VectorUnit, f: Format, b: Value, at: number): void {
  let shift = 2 * f.precision + 4;
  if (((b.exponent - shift) & 1) !== 0) shift++;
  const square = b.significand << BigInt(shift);
  const root = integerRoot(square);
  putRounded(u, f, at, false, root, (b.exponent - shift) / 2, root * root !== square);
}

/** Largest integer whose square is at most n: Newton from above. */
function integerRoot(n: bigint): bigint {
  let x = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (x + n / x) >> 1n;
    if (next >= x) return x;
    x = next;
  }
}
