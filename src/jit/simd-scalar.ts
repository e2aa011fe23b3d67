/**
 * Scalar arithmetic: ADDSD, SQRTSS and their like, on the host's f64 and f32. Operands and results that are normal, and not next to what is not, raise
 * nothing but the inexact flag; zeros do not either where the result is exact. All else is the interpreter's. Source: SDM vol. 1, 11.5; IEEE 754.
 */
import { type Code, Op } from '../wasm/code.ts';
import type { VectorBuilder } from './simd-builder.ts';
import { productIsExact, sumIsExact } from './simd-exactness.ts';
import { replacesElement } from './simd-facts.ts';
import { isNotZero, isSpecial, isTiny, Scalar, type ScalarFormat } from './simd-scalar-format.ts';
import { roundsToNearest, trusted } from './simd-unit-checks.ts';

export type Emitter = (v: VectorBuilder) => void;

export type Arithmetic = 'add' | 'sub' | 'mul' | 'div';

const arithmetic =
  (format: ScalarFormat, op: Arithmetic): Emitter =>
  v => {
    const { code } = v;
    const { x, y, result } = format.local;
    v.trust();
    v.destinationElement(format);
    code.set(x);
    v.sourceElement(format);
    code.set(y);
    code.get(x).get(y).op(format[op]).set(result);
    v.attempt(() => {
      // What is infinite or no number gives a result that is special, but as a divisor.
      v.checkDestination(format, x);
      if (op === 'div') checkDivisor(v, format);
      else v.checkSource(format, y);
      format.high(code.get(result));
      isSpecial(code, format);
      v.rarely(() => refusesResult(v, format, op));
      lookForInexact(v, format, op);
      setElement(v, format);
    });
    v.noteSource(format.kind);
  };

function checkDivisor(v: VectorBuilder, format: ScalarFormat): void {
  // A plain one may be zero; then the result is not finite.
  if (v.sourceIsPlain(format.kind)) return;
  v.sourceHigh(format);
  isTiny(v.code, format);
  v.bailIf();
}

/** Of a special result: it is not zero, or for another reason than that the exact result is. */
function refusesResult({ code }: VectorBuilder, format: ScalarFormat, op: Arithmetic): void {
  const { x, y, result } = format.local;
  isNotZero(code, format, result);
  if (op === 'add' || op === 'sub') return;
  isNotZero(code, format, x);
  if (op === 'mul') {
    isNotZero(code, format, y);
    code.op(Op.i32_and);
  }
  code.op(Op.i32_or);
}

const root =
  (format: ScalarFormat): Emitter =>
  v => {
    const { code } = v;
    const { y, result } = format.local;
    v.trust();
    v.sourceElement(format);
    code.tee(y).op(format.sqrt).set(result);
    v.attempt(() => {
      // Negative numbers have the sign for the highest bit of their exponent.
      v.sourceHigh(format);
      code
        .const(2 * format.exponentUnit)
        .op(Op.i32_sub)
        .const(format.exponentMask & ~(3 * format.exponentUnit))
        .op(Op.i32_ge_u);
      v.rarely(() => isNotZero(code, format, y));
      lookForInexact(v, format, 'sqrt');
      setElement(v, format);
    });
    v.noteSource(format.kind);
  };

/** Where inexact results are looked for: bails out at one, unless MXCSR says that it changes nothing. */
function lookForInexact(v: VectorBuilder, format: ScalarFormat, op: Arithmetic | 'sqrt'): void {
  if (!v.exact) return;
  trusted(v.code);
  v.code.op(Op.i32_eqz);
  v.rarely(() => isInexact(v.code, format, op));
}

/** Of operands and result in the format's locals: the result was rounded, or might have been. */
export function isInexact(code: Code, format: ScalarFormat, op: Arithmetic | 'sqrt'): void {
  const { x, y, result } = format.local;
  if (op === 'add' || op === 'sub') {
    sumIsExact(code, format, op === 'sub');
    // x - x is -0 when rounding down.
    isNotZero(code, format, result);
    roundsToNearest(code);
    code.op(Op.i32_or).op(Op.i32_and);
  } else if (op === 'mul') productIsExact(code, format, x, y, result);
  else if (op === 'div') productIsExact(code, format, result, y, x);
  else productIsExact(code, format, result, result, y);
  code.op(Op.i32_eqz);
}

/** The result becomes the low element of the destination, and is plain. */
export function setElement(v: VectorBuilder, { local, replace, kind, kinds }: ScalarFormat): void {
  v.destination();
  v.code.get(local.result).lane(replace, 0);
  v.setDestination(replacesElement(kind, kinds, v.to));
}

export const scalars: Readonly<Record<string, Emitter>> = Object.fromEntries(
  Object.entries(Scalar).flatMap(([width, format]) => [
    [`ADD${width}`, arithmetic(format, 'add')],
    [`SUB${width}`, arithmetic(format, 'sub')],
    [`MUL${width}`, arithmetic(format, 'mul')],
    [`DIV${width}`, arithmetic(format, 'div')],
    [`SQRT${width}`, root(format)],
  ]),
);
