/**
 * Four singles or two doubles in a vector, as WebAssembly has them, and tests of all elements at once, each of which leaves zero or not on the stack. The first
 * is for all that goes well; the others, which take zeros as they come, find out what was wrong.
 */
import { type Code, Op } from '../wasm/code.ts';
import { VectorOp, type VectorOpcode } from '../wasm/vector-op.ts';
import { VectorLocal } from './simd-homes.ts';
import { Scalar, type ScalarFormat } from './simd-scalar-format.ts';

export interface PackedFormat {
  readonly scalar: ScalarFormat;
  readonly count: 4 | 2;
  readonly add: VectorOpcode;
  readonly sub: VectorOpcode;
  readonly mul: VectorOpcode;
  readonly div: VectorOpcode;
  readonly sqrt: VectorOpcode;
  readonly eq: VectorOpcode;
  readonly ne: VectorOpcode;
  readonly lt: VectorOpcode;
  readonly le: VectorOpcode;
  readonly pmin: VectorOpcode;
  readonly pmax: VectorOpcode;
  /** Elements as integers. */
  readonly shiftLeft: VectorOpcode;
  readonly shiftRight: VectorOpcode;
  readonly plus: VectorOpcode;
  readonly allTrue: VectorOpcode;
  readonly bitmask: VectorOpcode;
  /** Bits of an element without sign and exponent, and one more. */
  readonly fractionBits: number;
}

const singles: PackedFormat = {
  scalar: Scalar.SS,
  count: 4,
  add: VectorOp.f32x4_add,
  sub: VectorOp.f32x4_sub,
  mul: VectorOp.f32x4_mul,
  div: VectorOp.f32x4_div,
  sqrt: VectorOp.f32x4_sqrt,
  eq: VectorOp.f32x4_eq,
  ne: VectorOp.f32x4_ne,
  lt: VectorOp.f32x4_lt,
  le: VectorOp.f32x4_le,
  pmin: VectorOp.f32x4_pmin,
  pmax: VectorOp.f32x4_pmax,
  shiftLeft: VectorOp.i32x4_shl,
  shiftRight: VectorOp.i32x4_shr_u,
  plus: VectorOp.i32x4_add,
  allTrue: VectorOp.i32x4_all_true,
  bitmask: VectorOp.i32x4_bitmask,
  fractionBits: 24,
};

const doubles: PackedFormat = {
  scalar: Scalar.SD,
  count: 2,
  add: VectorOp.f64x2_add,
  sub: VectorOp.f64x2_sub,
  mul: VectorOp.f64x2_mul,
  div: VectorOp.f64x2_div,
  sqrt: VectorOp.f64x2_sqrt,
  eq: VectorOp.f64x2_eq,
  ne: VectorOp.f64x2_ne,
  lt: VectorOp.f64x2_lt,
  le: VectorOp.f64x2_le,
  pmin: VectorOp.f64x2_pmin,
  pmax: VectorOp.f64x2_pmax,
  shiftLeft: VectorOp.i64x2_shl,
  shiftRight: VectorOp.i64x2_shr_u,
  plus: VectorOp.i64x2_add,
  allTrue: VectorOp.i64x2_all_true,
  bitmask: VectorOp.i64x2_bitmask,
  fractionBits: 53,
};

export const Packed = { PS: singles, PD: doubles } as const;

/** The highest doubleword of each element is `high`, others are zero. */
function spread({ count }: PackedFormat, high: number): number[] {
  const bytes = 16 / count;
  return Array.from({ length: 16 }, (_, i) => (i % bytes < bytes - 4 ? 0 : (high >>> (8 * (i & 3))) & 0xff));
}

/**
 * Leaves whether some element of some vector is out of the ordinary, by the tests of simd-scalar-format.ts: of `special` ones that it is special, of `tiny` ones
 * that it is zero or denormal. `positive`: of this one that it is negative too.
 */
export function someUnusual(
  code: Code,
  format: PackedFormat,
  { special, tiny, positive }: { special: readonly number[]; tiny: readonly number[]; positive?: number },
): void {
  const { exponentUnit, exponentMask } = format.scalar;
  let masks = 0;
  const join = () => {
    if (masks++ > 0) code.vector(VectorOp.v128_or);
  };
  for (const local of special) {
    code
      .get(local)
      .vectorConst(spread(format, 2 * exponentUnit))
      .vector(VectorOp.i32x4_add);
    code.vectorConst(spread(format, exponentMask & ~(3 * exponentUnit))).vector(VectorOp.v128_and);
    code.vectorConst(ZEROS).vector(VectorOp.i32x4_eq);
    join();
  }
  for (const local of tiny) {
    code.get(local).vectorConst(spread(format, exponentMask)).vector(VectorOp.v128_and);
    code.vectorConst(ZEROS).vector(VectorOp.i32x4_eq);
    join();
  }
  if (positive !== undefined) {
    code.get(positive);
    join();
  }
  // What low doublewords give is not asked.
  code.vector(format.bitmask);
}

const ZEROS = new Array<number>(16).fill(0);

/** Of vectors in locals: some element is denormal, or the least normal number. */
export function someTiny(code: Code, format: PackedFormat, locals: readonly number[]): void {
  // Twice the number as an integer, less one, has zeros where the exponent was: so has it for no other, as zero becomes the largest.
  locals.forEach((local, i) => {
    code.get(local).const(1).vector(format.shiftLeft);
    code.vectorConst(new Array<number>(16).fill(0xff)).vector(format.plus);
    code.const(format.fractionBits).vector(format.shiftRight);
    // The other half of a quadword is zero.
    if (i > 0) code.vector(VectorOp.i32x4_min_u);
  });
  code.vector(format.allTrue).op(Op.i32_eqz);
}

/** Some element of a vector in a local is infinite or no number. */
export function someNotFinite(code: Code, { sub }: PackedFormat, local: number): void {
  code.get(local).get(local).vector(sub).vector(VectorOp.v128_any_true);
}

/** Some element of either is no number. */
export function someNaN(code: Code, { ne }: PackedFormat, locals: readonly number[]): void {
  locals.forEach((local, i) => {
    code.get(local).get(local).vector(ne);
    if (i > 0) code.vector(VectorOp.v128_or);
  });
  code.vector(VectorOp.v128_any_true);
}

/** A mask of the elements that are zero, or are not. */
export function zeros(code: Code, { eq, ne }: PackedFormat, local: number, not = false): void {
  code.get(local).vectorConst(ZEROS);
  code.vector(not ? ne : eq);
}

export const { x: X, y: Y, result: RESULT, spare: SPARE } = VectorLocal.vector;
