/** Comparison and classification in WebAssembly. As ../compare.ts; what is no number, or denormal, is refused by compare(). */
import type { Int32 } from '../../wasm/expression.ts';
import type { Statements } from '../../wasm/statements.ts';
import { exponentOf, MAX_EXPONENT, type Number80, refuseUnlessNumber } from './number.ts';

/** 1 or 0 each; neither: a is greater. */
export interface Order {
  readonly less: Int32;
  readonly equal: Int32;
}

export function compare(f: Statements, a: Number80, b: Number80): Order {
  refuseUnlessNumber(f, a);
  refuseUnlessNumber(f, b);
  const [ea, eb] = [exponentOf(a), exponentOf(b)];
  const [aNegative, bNegative] = [a.top.shr(15), b.top.shr(15)];
  const smaller = ea.ltu(eb).or(ea.eq(eb).and(a.significand.ltu(b.significand)));
  const same = ea.eq(eb).and(a.significand.eq(b.significand));
  // Zeros are equal whatever their signs.
  const equal = f.let(same.and(aNegative.eq(bNegative).or(ea.eqz())));
  const before = aNegative.ne(bNegative).select(aNegative, aNegative.xor(smaller));
  return { less: f.let(before.and(equal.eqz())), equal };
}

/** What FXAM tells classes by. */
export interface Classes<T> {
  readonly unsupported: T;
  readonly nan: T;
  readonly normal: T;
  readonly infinity: T;
  readonly zero: T;
  readonly denormal: T;
}

/** Of any encoding. */
export function classify(a: Number80, classes: Classes<Int32>): Int32 {
  const exponent = exponentOf(a);
  const special = a.significand.shl(1n).eqz().select(classes.infinity, classes.nan);
  const supported = exponent.eq(MAX_EXPONENT).select(special, classes.normal);
  const tiny = a.significand.eqz().select(classes.zero, classes.denormal);
  return exponent.eqz().select(tiny, a.significand.lts(0n).select(supported, classes.unsupported));
}
