/**
 * Rounding in WebAssembly. Source: SDM vol. 1, 4.8.4, 8.1.5.2 and 8.1.5.3.
 *
 * A significand comes with a *rest* of 64 bits below its last place: bit 63 is worth half a unit of it, and bit 0 is sticky. To nearest is branchless,
 * because which way a result goes is as good as random.
 */
import { type Int32, type Int64, int32, int64 } from '../../wasm/expression.ts';
import type { Statements } from '../../wasm/statements.ts';
import { Rounding } from '../environment.ts';
import { exponentOf, INTEGER_BIT, MAX_EXPONENT, type Number80, type Result, refuse, signOf } from './number.ts';

const ROUNDING_SHIFT = 10;
const ROUNDING_CONTROL = 3 << ROUNDING_SHIFT;
/** Precision control: both bits for 64 bits of significand; 0 for 24, the high one for 53; the low one alone is reserved and works as 64. */
const PRECISION = { extended: 0x100, double: 0x200 } as const;

export interface Unrounded extends Number80 {
  readonly rest: Int64;
}

/**
 * Rounds what has the sign of `a.top` and an exponent beside it, the integer bit set. Overflow, underflow and what may become either are refused: also 7FFEh,
 * which might be carried to 7FFFh.
 */
export type Round = (f: Statements, control: Int32, a: Unrounded, exponent: Int32) => Result;

/** Whether the control word has what nearly every program has: to nearest, 64 bits. */
export function isUsual(control: Int32): Int32 {
  return control.and(ROUNDING_CONTROL | PRECISION.extended).eq(PRECISION.extended);
}

/** To nearest, 64 bits. */
export const roundUsual: Round = (f, _control, a, exponent) => {
  refuseExtremes(f, exponent);
  const rest = f.let(a.rest);
  const significand = f.let(a.significand);
  const up = f.let(nearest(significand, rest));
  return packed(f, signOf(a), exponent, significand.add(up), rest, up);
};

/** As the control word says. */
export const round: Round = (f, control, a, exponent) => {
  refuseExtremes(f, exponent);
  const significand = f.variable(a.significand);
  const rest = f.variable(a.rest);
  const dropped = f.variable(int64(0n));
  f.if(control.and(PRECISION.extended).eqz(), () => {
    f.assign(dropped, control.and(PRECISION.double).select(int64(11n), int64(40n)));
    f.assign(rest, significand.shl(int64(64n).sub(dropped)).or(rest.ne(0n).wide()));
    f.assign(significand, significand.shr(dropped).shl(dropped));
  });
  const up = roundsUp(f, control, signOf(a), significand.shr(dropped), rest);
  return packed(f, signOf(a), exponent, significand.add(up.shl(dropped)), rest, up);
};

/** A number as it is, rounded to the precision in force: what adding zero gives. */
export function roundNumber(f: Statements, control: Int32, a: Number80): Result {
  return round(f, control, { ...a, rest: int64(0n) }, exponentOf(a));
}

/** Whether a value with `rest` below its last place goes away from zero: 0 or 1. `sign` is 0 or not; bit 0 of `odd` is that place. */
export function roundsUp(f: Statements, control: Int32, sign: Int32, odd: Int64, rest: Int64): Int64 {
  const up = f.variable(nearest(odd, rest));
  f.if(control.and(ROUNDING_CONTROL), () => {
    const away = sign.select(int32(Rounding.down << ROUNDING_SHIFT), int32(Rounding.up << ROUNDING_SHIFT));
    f.assign(up, control.and(ROUNDING_CONTROL).eq(away).and(rest.ne(0n)).wide());
  });
  return up;
}

/** A tie goes to even. */
const nearest = (odd: Int64, rest: Int64): Int64 => rest.shr(63n).and(rest.shl(1n).ne(0n).wide().or(odd));

function refuseExtremes(f: Statements, exponent: Int32): void {
  refuse(f, exponent.sub(1).gtu(MAX_EXPONENT - 3));
}

/** `rounded` is 0 where all of its bits carried. */
function packed(f: Statements, sign: Int32, exponent: Int32, rounded: Int64, rest: Int64, up: Int64): Result {
  const significand = f.variable(rounded);
  const top = f.variable(sign.or(exponent));
  f.if(significand.eqz(), () => {
    f.assign(significand, int64(INTEGER_BIT));
    f.assign(top, top.add(1));
  });
  return { top, significand, inexact: rest.ne(0n), up: up.low() };
}
