/** Multiplication in WebAssembly: a 128-bit product from four of 32 by 32 bits. As ../multiply.ts. */
import { type Int64, int64 } from '../../wasm/expression.ts';
import type { Statements } from '../../wasm/statements.ts';
import {
  BIAS,
  exactly,
  exponentOf,
  isNormal,
  isZero,
  type Operation,
  type OperationOnNormal,
  refuse,
  SIGN,
} from './number.ts';

export const product: OperationOnNormal = (f, control, round, a, b, done) => {
  const { high, low } = wideProduct(f, a.significand, b.significand);
  // The integer bit is bit 127 or 126.
  const shift = f.let(high.clz());
  const significand = high.shl(shift).or(low.shr(63n).and(shift));
  const exponent = f.let(
    exponentOf(a)
      .add(exponentOf(b))
      .sub(BIAS - 1)
      .sub(shift.low()),
  );
  const top = f.let(a.top.xor(b.top).and(SIGN));
  done(round(f, control, { top, significand, rest: low.shl(shift) }, exponent));
};

/** A product with zero in it. */
export const productWithZero: Operation = (f, _control, a, b, done) => {
  const zeros = isZero(a)
    .and(isZero(b).or(isNormal(b)))
    .or(isZero(b).and(isNormal(a)));
  refuse(f, zeros.eqz());
  done(exactly(a.top.xor(b.top).and(SIGN), int64(0n)));
};

const LOW_WORD = 0xffffffffn;

function wideProduct(f: Statements, a: Int64, b: Int64): { high: Int64; low: Int64 } {
  const [aLow, aHigh] = [f.let(a.and(LOW_WORD)), f.let(a.shr(32n))];
  const [bLow, bHigh] = [f.let(b.and(LOW_WORD)), f.let(b.shr(32n))];
  // No sum overflows: (2^32 - 1)^2 + 2 (2^32 - 1) = 2^64 - 1.
  const first = f.let(aHigh.mul(bLow).add(aLow.mul(bLow).shr(32n)));
  const second = f.let(aLow.mul(bHigh).add(first.and(LOW_WORD)));
  const high = f.let(aHigh.mul(bHigh).add(first.shr(32n)).add(second.shr(32n)));
  return { high, low: f.let(a.mul(b)) };
}
