/**
 * SIMD conversions. Source: SDM vol. 1, 11.4.1.6 and 4.8.3.7 (indefinite integer); vol. 2, CVT*.
 * Integers out of range, NaNs and infinities become 80000000h with the invalid flag.
 */
import { Double, type Format, putInfinity, putNan, putRounded, putZero, Single, unpackValue } from './simd-exact.ts';
import { plainControl, SINGLE_LEAST, SINGLE_MOST, within } from './simd-float.ts';
import { Mxcsr, type Operation, type VectorUnit } from './simd-unit.ts';
import { VECTOR_RESULT } from './state.ts';

const INDEFINITE = 0x80000000;
const TRUNCATE = 3;

/** Halves to even. */
function nearest(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

const ROUND: readonly ((x: number) => number)[] = [nearest, Math.floor, Math.ceil, Math.trunc];

/** The float at `at` as a signed doubleword. */
function toInteger(u: VectorUnit, f: Format, at: number, rounding: number): number {
  let x = f === Single ? u.f32[at >> 2]! : u.f64[at >> 3]!;
  const least = f === Single ? 2 ** -126 : 2 ** -1022;
  if ((u.control & Mxcsr.DAZ) !== 0 && Math.abs(x) < least) x = 0;
  const integer = ROUND[rounding]!(x);
  if (!(integer >= -0x80000000 && integer <= 0x7fffffff)) {
    u.before |= Mxcsr.IE;
    return INDEFINITE;
  }
  if (integer !== x) u.after |= Mxcsr.PE;
  return integer;
}

/** `count` floats to doublewords; what is left of 16 bytes is zero. */
function floatsToIntegers(f: Format, count: number, truncate: boolean): Operation {
  return (u, _to, from) => {
    u.clear(VECTOR_RESULT, 16);
    const rounding = truncate ? TRUNCATE : u.rounding;
    for (let i = 0; i < count; i++) {
      u.i32[(VECTOR_RESULT >> 2) + i] = toInteger(u, f, from + i * f.bytes, rounding);
    }
  };
}

function integersToFloats(f: Format, count: number): Operation {
  return (u, _to, from) => {
    for (let i = 0; i < count; i++) {
      const value = u.i32[(from >> 2) + i]!;
      const at = VECTOR_RESULT + i * f.bytes;
      if (f === Double) u.f64[at >> 3] = value;
      else if (value === 0) putZero(u, f, at, false);
      else if (plainControl(u)) {
        u.f32[at >> 2] = value;
        if (u.f32[at >> 2] !== value) u.after |= Mxcsr.PE;
      } else putRounded(u, f, at, value < 0, BigInt(Math.abs(value)), 0);
    }
  };
}

/** Between the two formats. */
function floatsToFloats(from: Format, to: Format, count: number): Operation {
  return (u, _to, source) => {
    u.clear(VECTOR_RESULT, 16);
    for (let i = 0; i < count; i++) convert(u, from, source + i * from.bytes, to, VECTOR_RESULT + i * to.bytes);
  };
}

function convert(u: VectorUnit, from: Format, source: number, to: Format, result: number): void {
  if (from === Single) {
    const x = u.f32[source >> 2]!;
    if (within(x, SINGLE_LEAST, Number.POSITIVE_INFINITY)) {
      u.f64[result >> 3] = x;
      return;
    }
  } else if (plainControl(u)) {
    const x = u.f64[source >> 3]!;
    const value = Math.fround(x);
    if (within(value, SINGLE_LEAST, SINGLE_MOST)) {
      if (value !== x) u.after |= Mxcsr.PE;
      u.f32[result >> 2] = value;
      return;
    }
  }
  const value = unpackValue(u, from, source);
  if (value.kind === 'nan') {
    if (value.signalling) u.before |= Mxcsr.IE;
    putNan(u, to, result, value, from);
  } else if (value.kind === 'infinite') putInfinity(u, to, result, value.negative);
  else if (value.kind === 'zero') putZero(u, to, result, value.negative);
  else {
    if (value.denormal) u.before |= Mxcsr.DE;
    putRounded(u, to, result, value.negative, value.significand, value.exponent);
  }
}

export const conversions = {
  CVTPI2PS: integersToFloats(Single, 2),
  CVTPI2PD: integersToFloats(Double, 2),
  CVTDQ2PS: integersToFloats(Single, 4),
  CVTDQ2PD: integersToFloats(Double, 2),
  CVTSI2SS: integersToFloats(Single, 1),
  CVTSI2SD: integersToFloats(Double, 1),
  CVTPS2PI: floatsToIntegers(Single, 2, false),
  CVTPD2PI: floatsToIntegers(Double, 2, false),
  CVTPS2DQ: floatsToIntegers(Single, 4, false),
  CVTPD2DQ: floatsToIntegers(Double, 2, false),
  CVTSS2SI: floatsToIntegers(Single, 1, false),
  CVTSD2SI: floatsToIntegers(Double, 1, false),
  CVTTPS2PI: floatsToIntegers(Single, 2, true),
  CVTTPD2PI: floatsToIntegers(Double, 2, true),
  CVTTPS2DQ: floatsToIntegers(Single, 4, true),
  CVTTPD2DQ: floatsToIntegers(Double, 2, true),
  CVTTSS2SI: floatsToIntegers(Single, 1, true),
  CVTTSD2SI: floatsToIntegers(Double, 1, true),
  CVTPS2PD: floatsToFloats(Single, Double, 2),
  CVTPD2PS: floatsToFloats(Double, Single, 2),
  CVTSS2SD: floatsToFloats(Single, Double, 1),
  CVTSD2SS: floatsToFloats(Double, Single, 1),
} satisfies Record<string, Operation>;
