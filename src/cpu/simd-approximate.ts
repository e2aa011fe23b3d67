/**
 * RCPPS, RCPSS, RSQRTPS, RSQRTSS. Source: SDM vol. 2: a relative error of at most 1.5 * 2^-12, no exceptions, no rounding control; denormals
 * are zeros whatever DAZ, and tiny results are zeros.
 *
 * Processors differ in these bits. Ours are those of a table over the top 11 bits of the fraction (for the root, with the exponent's last) whose
 * entries are the value at the middle of their interval, rounded to 12 bits: the error is that of an Intel processor, the bits may not be.
 */
import { elementwise, type Width } from './simd-float.ts';
import type { Operation, VectorUnit } from './simd-unit.ts';

const FRACTION = 0x7fffff;
const INFINITY = 0x7f800000;
const QUIET = 0x400000;
const DEFAULT_NAN = 0xffc00000;
const SIGN = 0x80000000;

/** The middle of the interval of 2^-11 that significand 1.fraction lies in. */
const middle = (fraction: number): number => 1 + ((fraction >> 12) + 0.5) / 0x800;

/** A value in (1/2, 1] to 12 bits. */
const toTwelve = (x: number): number => Math.round(x * 0x1000) / 0x1000;

/** 1/x for a normal x. */
function reciprocal(exponent: number, fraction: number): number {
  const value = toTwelve(1 / middle(fraction)) * 2 ** -exponent;
  return value < 2 ** -126 ? 0 : value;
}

function reciprocalRoot(exponent: number, fraction: number): number {
  const odd = exponent & 1;
  return toTwelve(1 / Math.sqrt(middle(fraction) * (odd ? 2 : 1))) * 2 ** -((exponent - odd) / 2);
}

function approximate(root: boolean) {
  const compute = root ? reciprocalRoot : reciprocal;
  return (u: VectorUnit, _a: number, b: number, result: number): void => {
    const bits = u.u32[b >> 2]!;
    const sign = bits & SIGN;
    const magnitude = bits & ~SIGN;
    let out: number;
    if (magnitude > INFINITY) out = bits | QUIET;
    else if (magnitude <= FRACTION) out = sign | INFINITY;
    else if (root && sign !== 0) out = DEFAULT_NAN;
    else if (magnitude === INFINITY) out = sign;
    else {
      u.f32[result >> 2] = compute((magnitude >> 23) - 127, magnitude & FRACTION);
      out = u.u32[result >> 2]! | sign;
    }
    u.u32[result >> 2] = out;
  };
}

export const approximateReciprocal = (width: Width): Operation => elementwise(width, approximate(false));
export const approximateRoot = (width: Width): Operation => elementwise(width, approximate(true));
