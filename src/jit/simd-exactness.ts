/**
 * Whether a sum, product, quotient or root has been rounded, for when the inexact flag is not set yet: error-free transformations (Knuth) for sums; for the others
 * the result is multiplied back, where that product is exact. A product whose significands have no more bits together than the format is exact; beyond
 * that the answer may be no where it is yes, and the interpreter finds out.
 */
import { type Code, Op } from '../wasm/code.ts';
import type { ScalarFormat } from './simd-scalar-format.ts';

const DOUBLE_ONE = 1n << 52n;
const DOUBLE_BITS = 53;

/** Whether result = x + y, or x - y, exactly. Operands are finite. */
export function sumIsExact(code: Code, { add, sub, eq, local, constant }: ScalarFormat, subtracts: boolean): void {
  const { x, y, result } = local;
  const [plus, minus] = subtracts ? [sub, add] : [add, sub];
  // part = result - x; the error is (x - (result - part)) + (y - part), with the sign of y as it is used.
  const part = () => code.get(result).get(x).op(sub);
  code.get(x).get(result);
  part();
  code.op(sub).op(sub);
  code.get(y);
  part();
  code.op(minus).op(plus);
  constant(code, 0);
  code.op(eq);
}

/** Whether result = x * y exactly; the three are locals. */
export function productIsExact(code: Code, format: ScalarFormat, x: number, y: number, result: number): void {
  if (format.bytes === 4) {
    // The product of two singles is exact in double precision.
    code.get(x).op(Op.f64_promote_f32).get(y).op(Op.f64_promote_f32).op(Op.f64_mul);
    code.get(result).op(Op.f64_promote_f32).op(Op.f64_eq);
    return;
  }
  code.get(x).get(y).op(format.mul).get(result).op(format.eq);
  trailingZeros(code, x);
  trailingZeros(code, y);
  code.op(Op.i32_add).const(DOUBLE_BITS).op(Op.i32_ge_s).op(Op.i32_and);
}

/** Bits of a double's significand below its lowest one; one more for a power of two, times which anything is exact. */
function trailingZeros(code: Code, local: number): void {
  code.get(local).op(Op.i64_reinterpret_f64).const64(DOUBLE_ONE).op(Op.i64_or).op(Op.i64_ctz).op(Op.i32_wrap_i64);
  code
    .get(local)
    .op(Op.i64_reinterpret_f64)
    .const64(DOUBLE_ONE - 1n)
    .op(Op.i64_and)
    .op(Op.i64_eqz)
    .op(Op.i32_add);
}
