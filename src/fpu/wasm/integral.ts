/** Rounding to integers and FSCALE in WebAssembly. As ../integral.ts and toInteger() of ../formats.ts. */
import { type Int32, type Int64, int32, int64 } from '../../wasm/expression.ts';
import type { Statements } from '../../wasm/statements.ts';
import {
  BIAS,
  exactly,
  exponentOf,
  isNormalExponent,
  isZero,
  type Number80,
  type Operation,
  type Result,
  refuse,
  refuseUnlessNumber,
  signOf,
} from './number.ts';
import { roundsUp } from './rounding.ts';

/** From this exponent on every number is an integer, of 64 bits and more. */
const ALL_INTEGERS = BIAS + 63;

interface Magnitude {
  readonly magnitude: Int64;
  readonly inexact: Int32;
  readonly up: Int32;
}

/** The magnitude of a number below 2^63, rounded as the control word says, or towards zero. */
function roundMagnitude(f: Statements, control: Int32, a: Number80, chops: boolean): Magnitude {
  const dropped = f.let(int32(ALL_INTEGERS).sub(exponentOf(a)));
  const wide = f.let(dropped.wide());
  const kept = f.variable(a.significand.shr(wide));
  const rest = f.variable(a.significand.shl(int64(0n).sub(wide)));
  f.if(dropped.gtu(63), () => {
    f.assign(kept, int64(0n));
    // Half and more, or less, or zero itself.
    f.assign(rest, dropped.eq(64).select(a.significand, a.significand.ne(0n).wide()));
  });
  const up = chops ? int64(0n) : roundsUp(f, control, signOf(a), kept, rest);
  return { magnitude: f.let(kept.add(up)), inexact: rest.ne(0n), up: up.low() };
}

/** A signed integer of so many bits, in the low bits of an i64. What does not fit is refused. */
export function toInteger(f: Statements, control: Int32, a: Number80, bits: 16 | 32 | 64, chops: boolean) {
  refuseUnlessNumber(f, a);
  refuse(f, exponentOf(a).gtu(ALL_INTEGERS - 1));
  const rounded = roundMagnitude(f, control, a, chops);
  const negative = f.let(a.top.shr(15).wide());
  if (bits === 64) refuse(f, rounded.magnitude.lts(0n));
  else refuse(f, rounded.magnitude.gtu(negative.add((1n << BigInt(bits - 1)) - 1n)));
  const sign = int64(0n).sub(negative);
  return { bits: f.let(rounded.magnitude.xor(sign).sub(sign)), inexact: rounded.inexact, up: rounded.up };
}

export function roundToIntegral(f: Statements, control: Int32, a: Number80): Result {
  refuseUnlessNumber(f, a);
  const top = f.variable(a.top);
  const significand = f.variable(a.significand);
  const inexact = f.variable(int32(0));
  const up = f.variable(int32(0));
  f.if(exponentOf(a).ltu(ALL_INTEGERS), () => {
    const rounded = roundMagnitude(f, control, a, false);
    const zeros = f.let(rounded.magnitude.clz());
    f.assign(significand, rounded.magnitude.shl(zeros));
    const exponent = int32(ALL_INTEGERS).sub(zeros.low());
    f.assign(top, signOf(a).or(rounded.magnitude.eqz().select(int32(0), exponent)));
    f.assign(inexact, rounded.inexact);
    f.assign(up, rounded.up);
  });
  return { top, significand, inexact, up };
}

/** a * 2^trunc(b), where that is a normal number. */
export const scale: Operation = (f, _control, a, b, done) => {
  refuseUnlessNumber(f, a);
  refuseUnlessNumber(f, b);
  f.if(isZero(a), () => done(exactly(a.top, a.significand)));
  const bits = f.let(exponentOf(b).sub(BIAS));
  refuse(f, bits.gts(15));
  const magnitude = bits.lts(0).select(int32(0), b.significand.shr(int64(63n).sub(bits.wide())).low());
  const exponent = f.let(exponentOf(a).add(signOf(b).select(int32(0).sub(magnitude), magnitude)));
  refuse(f, isNormalExponent(exponent).eqz());
  done(exactly(signOf(a).or(exponent), a.significand));
};
