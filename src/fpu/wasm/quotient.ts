/**
 * Division in WebAssembly: two digits of 32 bits. Each is estimated by the divisor's reciprocal as a double, 50 good bits, so that it is off by one at most,
 * and very seldom; then the remainder is computed exactly and says so. As ../divide.ts.
 */
import { float64, type Int64, int64 } from '../../wasm/expression.ts';
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

export const quotient: OperationOnNormal = (f, control, round, a, b, done) => {
  // The dividend's high part is made smaller than the divisor; the quotient has its bit 63 set then.
  const half = f.let(a.significand.geu(b.significand).wide());
  const divisor = new Divisor(f, b.significand);
  const first = divisor.digit(a.significand.shr(half), a.significand.and(half).shl(31n));
  const second = divisor.digit(first.remainder, int64(0n));
  const exponent = f.let(
    exponentOf(a)
      .sub(exponentOf(b))
      .add(BIAS - 1)
      .add(half.low()),
  );
  const significand = first.digit.shl(32n).or(second.digit);
  const top = f.let(a.top.xor(b.top).and(SIGN));
  done(round(f, control, { top, significand, rest: divisor.rest(second.remainder) }, exponent));
};

/** Zero by a number. */
export const quotientOfZero: Operation = (f, _control, a, b, done) => {
  refuse(f, isZero(a).and(isNormal(b)).eqz());
  done(exactly(a.top.xor(b.top).and(SIGN), int64(0n)));
};

const LOW_WORD = 0xffffffffn;

class Divisor {
  private readonly f: Statements;
  private readonly divisor: Int64;
  private readonly high: Int64;
  private readonly low: Int64;
  /** 2^32 / (divisor / 2), nearly. */
  private readonly reciprocal;

  constructor(f: Statements, divisor: Int64) {
    this.f = f;
    this.divisor = divisor;
    this.high = f.let(divisor.shr(32n));
    this.low = f.let(divisor.and(LOW_WORD));
    this.reciprocal = f.let(float64(2 ** 32).div(divisor.shr(1n).toFloat()));
  }

  /** Of remainder:next (64 and 32 bits; remainder < divisor): digit of 32 bits, and the next remainder. */
  digit(remainder: Int64, next: Int64): { digit: Int64; remainder: Int64 } {
    const { f } = this;
    const from = f.let(remainder);
    const digit = f.variable(from.shr(1n).toFloat().mul(this.reciprocal).truncate());
    // remainder:next - digit * divisor, as high * 2^32 + low.
    const lowProduct = f.let(digit.mul(this.low));
    const low = f.let(next.sub(lowProduct.and(LOW_WORD)));
    const high = f.variable(from.sub(digit.mul(this.high)).sub(lowProduct.shr(32n)).add(low.sar(32n)));
    const left = f.variable(high.shl(32n).or(low.and(LOW_WORD)));
    f.if(
      high.lts(0n),
      () => {
        f.assign(digit, digit.sub(1n));
        f.assign(left, left.add(this.divisor));
      },
      () => {
        f.if(high.shr(32n).ne(0n).or(left.geu(this.divisor)), () => {
          f.assign(digit, digit.add(1n));
          f.assign(left, left.sub(this.divisor));
        });
      },
    );
    return { digit, remainder: left };
  }

  /** Half and sticky bit of what is left. */
  rest(remainder: Int64): Int64 {
    const { f } = this;
    const toDivisor = f.let(this.divisor.sub(remainder));
    const sticky = remainder.ne(0n).and(remainder.ne(toDivisor)).wide();
    return f.let(remainder.geu(toDivisor).wide().shl(63n).or(sticky));
  }
}
