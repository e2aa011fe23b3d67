/** Addition in WebAssembly; a difference is the sum with a sign changed. As ../add.ts, in 64-bit words. */
import { type Int32, type Int64, int32, int64 } from '../../wasm/expression.ts';
import type { Statements } from '../../wasm/statements.ts';
import { Rounding } from '../environment.ts';
import {
  exactly,
  exponentOf,
  isNormal,
  isZero,
  type Operation,
  type OperationOnNormal,
  refuse,
  SIGN,
  signOf,
} from './number.ts';
import { roundNumber } from './rounding.ts';

export const sum: OperationOnNormal = (f, control, round, a, b, done) => {
  const [ea, eb] = [f.let(exponentOf(a)), f.let(exponentOf(b))];
  const smaller = f.let(ea.ltu(eb));
  const big = f.let(smaller.select(b.significand, a.significand));
  const small = f.let(smaller.select(a.significand, b.significand));
  const sign = f.variable(smaller.select(b.top, a.top).and(SIGN));
  const exponent = f.variable(smaller.select(eb, ea));
  const { aligned, rest } = align(f, small, f.let(exponent.sub(smaller.select(ea, eb))));
  const significand = f.variable(big);
  f.if(
    a.top.xor(b.top).and(SIGN).eqz(),
    () => {
      f.assign(significand, big.add(aligned));
      // A carry is shifted in from the left, without a branch.
      const carry = f.let(significand.ltu(big).wide());
      f.assign(rest, rest.shr(carry).or(rest.and(carry)).or(significand.and(carry).shl(63n)));
      f.assign(significand, significand.shr(carry).or(carry.shl(63n)));
      f.assign(exponent, exponent.add(carry.low()));
    },
    () => {
      // With equal exponents, what is taken for the smaller may be the greater.
      const less = f.let(big.ltu(aligned));
      // (big, 0) - (aligned, rest): the sticky bit keeps its meaning, the difference lies between the same neighbours.
      f.assign(significand, big.sub(aligned).sub(rest.ne(0n).wide()));
      f.assign(rest, int64(0n).sub(rest));
      f.if(less, () => {
        f.assign(significand, int64(0n).sub(significand));
        f.assign(sign, sign.xor(SIGN));
      });
      f.if(significand.eqz(), () => {
        f.if(rest.eqz(), () => done(exactly(signOfZeroSum(control), int64(0n))));
        f.assign(significand, rest);
        f.assign(rest, int64(0n));
        f.assign(exponent, exponent.sub(64));
      });
      const zeros = f.let(significand.clz());
      // rest >>> (64 - zeros), also of no zeros.
      f.assign(significand, significand.shl(zeros).or(rest.shr(1n).shr(zeros.xor(63n))));
      f.assign(rest, rest.shl(zeros));
      f.assign(exponent, exponent.sub(zeros.low()));
    },
  );
  done(round(f, control, { top: sign, significand, rest }, exponent));
};

/** `small` moved right by `distance`, and what falls out below, sticky. */
function align(f: Statements, small: Int64, distance: Int32) {
  const wide = f.let(distance.wide());
  const aligned = f.variable(small.shr(wide));
  // small << (64 - distance), also of distance 0.
  const rest = f.variable(small.shl(1n).shl(wide.xor(63n)));
  f.if(distance.gtu(63), () => {
    // Shifts go modulo 64: what has been computed is the alignment by 64 less.
    f.assign(rest, distance.gtu(127).select(int64(1n), aligned.or(rest.ne(0n).wide())));
    f.assign(aligned, int64(0n));
  });
  return { aligned, rest };
}

/** The sum of what cancels exactly is +0, or -0 when rounding down. */
function signOfZeroSum(control: Int32): Int32 {
  return control
    .and(0xc00)
    .eq(Rounding.down << 10)
    .select(int32(SIGN), int32(0));
}

/** A sum with zero in it. */
export const sumWithZero: Operation = (f, control, a, b, done) => {
  f.if(isZero(a), () => {
    f.if(isZero(b), () => {
      const sign = signOf(a).eq(signOf(b)).select(signOf(a), signOfZeroSum(control));
      done(exactly(sign, int64(0n)));
    });
    refuse(f, isNormal(b).eqz());
    done(roundNumber(f, control, b));
  });
  refuse(f, isZero(b).and(isNormal(a)).eqz());
  done(roundNumber(f, control, a));
};
