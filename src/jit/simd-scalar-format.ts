/**
 * Single and double precision, as WebAssembly has them: one name for the instructions that differ by format alone; and tests of numbers, each of which leaves
 * 0 or 1 on the stack.
 */
import { type Code, MemoryOp, type MemoryOpcode, Op, type Opcode } from '../wasm/code.ts';
import { LaneOp, type LaneOpcode } from '../wasm/vector-op.ts';
import { Kind } from './simd-facts.ts';
import { VectorLocal } from './simd-homes.ts';

export interface ScalarFormat {
  readonly bytes: 4 | 8;
  /** What facts call the low element, and all elements, of this format. */
  readonly kind: number;
  readonly kinds: number;
  /** Locals of this type for operands and result. */
  readonly local: { readonly x: number; readonly y: number; readonly result: number };
  readonly add: Opcode;
  readonly sub: Opcode;
  readonly mul: Opcode;
  readonly div: Opcode;
  readonly sqrt: Opcode;
  readonly eq: Opcode;
  readonly ne: Opcode;
  readonly lt: Opcode;
  readonly le: Opcode;
  readonly abs: Opcode;
  readonly nearest: Opcode;
  readonly load: MemoryOpcode;
  readonly extract: LaneOpcode;
  readonly replace: LaneOpcode;
  /** Turns the number on the stack into its highest word. */
  high(code: Code): void;
  constant(code: Code, value: number): void;
  /** Of the highest word: the lowest bit of the exponent field, and all of it. */
  readonly exponentUnit: number;
  readonly exponentMask: number;
  /** The least normal number. */
  readonly least: number;
}

const double: ScalarFormat = {
  bytes: 8,
  kind: Kind.double,
  kinds: Kind.doubles,
  local: VectorLocal.double,
  add: Op.f64_add,
  sub: Op.f64_sub,
  mul: Op.f64_mul,
  div: Op.f64_div,
  sqrt: Op.f64_sqrt,
  eq: Op.f64_eq,
  ne: Op.f64_ne,
  lt: Op.f64_lt,
  le: Op.f64_le,
  abs: Op.f64_abs,
  nearest: Op.f64_nearest,
  load: MemoryOp.f64_load,
  extract: LaneOp.f64x2_extract_lane,
  replace: LaneOp.f64x2_replace_lane,
  high: code => code.op(Op.i64_reinterpret_f64).const64(32n).op(Op.i64_shr_u).op(Op.i32_wrap_i64),
  constant: (code, value) => code.doubleConst(value),
  exponentUnit: 0x100000,
  exponentMask: 0x7ff00000,
  least: 2 ** -1022,
};

const single: ScalarFormat = {
  bytes: 4,
  kind: Kind.single,
  kinds: Kind.singles,
  local: VectorLocal.single,
  add: Op.f32_add,
  sub: Op.f32_sub,
  mul: Op.f32_mul,
  div: Op.f32_div,
  sqrt: Op.f32_sqrt,
  eq: Op.f32_eq,
  ne: Op.f32_ne,
  lt: Op.f32_lt,
  le: Op.f32_le,
  abs: Op.f32_abs,
  nearest: Op.f32_nearest,
  load: MemoryOp.f32_load,
  extract: LaneOp.f32x4_extract_lane,
  replace: LaneOp.f32x4_replace_lane,
  high: code => code.op(Op.i32_reinterpret_f32),
  constant: (code, value) => code.singleConst(value),
  exponentUnit: 0x800000,
  exponentMask: 0x7f800000,
  least: 2 ** -126,
};

export const Scalar = { SD: double, SS: single } as const;

/** Of the highest word on the stack: the number is zero or denormal. */
export function isTiny(code: Code, { exponentMask }: ScalarFormat): void {
  code.const(exponentMask).op(Op.i32_and).op(Op.i32_eqz);
}

/**
 * Of the highest word on the stack: the exponent field is one of the two lowest or the two highest. So are zeros, denormals, infinities and NaNs, and
 * what a number that has no normal neighbour on one side could have been rounded to.
 */
export function isSpecial(code: Code, { exponentUnit, exponentMask }: ScalarFormat): void {
  code
    .const(2 * exponentUnit)
    .op(Op.i32_add)
    .const(exponentMask & ~(3 * exponentUnit))
    .op(Op.i32_and)
    .op(Op.i32_eqz);
}

/** Of a number in a local. */
export function isNotZero(code: Code, { constant, ne }: ScalarFormat, local: number): void {
  constant(code.get(local), 0);
  code.op(ne);
}

/** Of a number in a local: it is denormal or none. */
export function isNoNumber(code: Code, format: ScalarFormat, local: number): void {
  format.constant(code, format.least);
  code.get(local).op(format.abs).op(format.le).op(Op.i32_eqz);
  isNotZero(code, format, local);
  code.op(Op.i32_and);
}
