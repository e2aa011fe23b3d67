/**
 * Square root in WebAssembly: its high word by a double, off by one at most; the low one by a division, as in P. Zimmermann, "Karatsuba square root" (INRIA
 * RR-3805). As ../square-root.ts.
 */
import { float64, type Int32, type Int64, int64 } from '../../wasm/expression.ts';
import type { Statements } from '../../wasm/statements.ts';
import { BIAS, type Done, exactly, exponentOf, isNormal, isZero, type Number80, refuse } from './number.ts';
import { round } from './rounding.ts';

const ALL_ONES = 0xffffffffn;
const ROOT_OF_TWO = float64(Math.SQRT2);

export function squareRoot(f: Statements, control: Int32, a: Number80, done: Done): void {
  f.if(isZero(a), () => done(exactly(a.top, a.significand)));
  refuse(f, isNormal(a).eqz().or(a.top.shr(15)));
  // value = significand * 2^(exponent - bias - 63): an even power, and a radicand high:low of 127 or 128 bits.
  const even = f.let(exponentOf(a).and(1));
  const high = f.let(a.significand.shr(even.wide()));
  const low = f.let(even.select(a.significand.shl(63n), int64(0n)));
  const { root, rest } = integerRoot(f, high, low);
  const exponent = f.let(exponentOf(a).sub(BIAS).sub(even.eqz()).sar(1).add(BIAS));
  done(round(f, control, { top: a.top, significand: root, rest }, exponent));
}

/** Root of 64 bits of high:low, whose bit 127 or 126 is set. Of the low word only bit 63 may be set. */
function integerRoot(f: Statements, high: Int64, low: Int64): { root: Int64; rest: Int64 } {
  const first = f.variable(high.shr(1n).toFloat().sqrt().mul(ROOT_OF_TWO).truncate());
  f.if(first.gtu(ALL_ONES), () => f.assign(first, int64(ALL_ONES)));
  const left = f.variable(high.sub(first.mul(first)));
  f.if(
    left.lts(0n),
    () => {
      f.assign(first, first.sub(1n));
      f.assign(left, left.add(first.shl(1n)).add(1n));
    },
    () => {
      f.if(left.gtu(first.shl(1n)), () => {
        f.assign(left, left.sub(first.shl(1n)).sub(1n));
        f.assign(first, first.add(1n));
      });
    },
  );
  // (left * 2^32 + low / 2^32) / (2 first), halved above and below: below 2^64, and no bit is lost.
  const dividend = f.let(left.shl(31n).or(low.shr(33n)));
  const second = f.variable(dividend.divide(first));
  f.if(second.gtu(ALL_ONES), () => f.assign(second, int64(ALL_ONES)));
  const remainder = f.let(dividend.sub(second.mul(first)));
  // What is left of high:low: (remainder * 2^33 - second^2), 65 bits and a sign.
  const shifted = f.let(remainder.shl(33n));
  const square = f.let(second.mul(second));
  const lower = f.variable(shifted.sub(square));
  const upper = f.variable(remainder.shr(31n).sub(shifted.ltu(square).wide()));
  const root = f.variable(first.shl(32n).or(second));
  f.if(upper.lts(0n), () => {
    f.assign(root, root.sub(1n));
    // + 2 root + 1
    const more = f.let(root.shl(1n).or(1n));
    f.assign(lower, lower.add(more));
    f.assign(upper, upper.add(root.shr(63n)).add(lower.ltu(more).wide()));
  });
  // No root of an integer lies half-way between two.
  const half = upper.ne(0n).or(lower.gtu(root)).wide().shl(63n);
  return { root, rest: f.let(half.or(upper.or(lower).ne(0n).wide())) };
}
