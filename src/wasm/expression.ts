/**
 * Typed expressions over Code, for functions that are arithmetic: `a.shr(distance).or(sticky)` instead of pushes. An expression is written out where it is
 * used, as often as it is used; FunctionBody.let() (function-body.ts) evaluates one once. Knows nothing of x86.
 *
 * Comparisons give an Int32 of 0 or 1. Shift counts are taken modulo the width, as the hardware does; a count has the type of what is shifted.
 */
import { type Code, F64, I32, I64, Op, type Opcode, type ValueType } from './code.ts';

type Write = (code: Code) => void;

/** What all expressions have: their type, and how they are written out. */
interface Expression {
  readonly type: ValueType;
  readonly write: Write;
}

function apply(opcode: Opcode, ...operands: readonly Expression[]): Write {
  return code => {
    for (const operand of operands) operand.write(code);
    code.op(opcode);
  };
}

export class Int32 implements Expression {
  readonly type = I32;
  readonly write: Write;
  /** Its value, where it is a constant. */
  readonly constant: number | undefined;

  constructor(write: Write, constant?: number) {
    this.write = write;
    this.constant = constant;
  }

  private with(opcode: Opcode, b: Int32 | number): Int32 {
    return new Int32(apply(opcode, this, int32(b)));
  }

  add(b: Int32 | number): Int32 {
    return this.with(Op.i32_add, b);
  }
  sub(b: Int32 | number): Int32 {
    return this.with(Op.i32_sub, b);
  }
  and(b: Int32 | number): Int32 {
    return this.with(Op.i32_and, b);
  }
  or(b: Int32 | number): Int32 {
    return this.with(Op.i32_or, b);
  }
  xor(b: Int32 | number): Int32 {
    return this.with(Op.i32_xor, b);
  }
  shl(b: Int32 | number): Int32 {
    return this.with(Op.i32_shl, b);
  }
  /** Unsigned. */
  shr(b: Int32 | number): Int32 {
    return this.with(Op.i32_shr_u, b);
  }
  /** Signed. */
  sar(b: Int32 | number): Int32 {
    return this.with(Op.i32_shr_s, b);
  }
  popcnt(): Int32 {
    return new Int32(apply(Op.i32_popcnt, this));
  }

  eqz(): Int32 {
    return new Int32(apply(Op.i32_eqz, this));
  }
  eq(b: Int32 | number): Int32 {
    return this.with(Op.i32_eq, b);
  }
  ne(b: Int32 | number): Int32 {
    return this.with(Op.i32_ne, b);
  }
  ltu(b: Int32 | number): Int32 {
    return this.with(Op.i32_lt_u, b);
  }
  lts(b: Int32 | number): Int32 {
    return this.with(Op.i32_lt_s, b);
  }
  gtu(b: Int32 | number): Int32 {
    return this.with(Op.i32_gt_u, b);
  }
  gts(b: Int32 | number): Int32 {
    return this.with(Op.i32_gt_s, b);
  }

  /** `yes` where this is not zero. Both are evaluated. */
  select<T extends Value>(yes: T, no: T): T {
    return like(yes, apply(Op.select, yes, no, this));
  }

  /** Zero-extended. */
  wide(): Int64 {
    return new Int64(apply(Op.i64_extend_i32_u, this));
  }
  wideSigned(): Int64 {
    return new Int64(apply(Op.i64_extend_i32_s, this));
  }
}

export class Int64 implements Expression {
  readonly type = I64;
  readonly write: Write;

  constructor(write: Write) {
    this.write = write;
  }

  private with(opcode: Opcode, b: Int64 | bigint): Int64 {
    return new Int64(apply(opcode, this, int64(b)));
  }

  private compare(opcode: Opcode, b: Int64 | bigint): Int32 {
    return new Int32(apply(opcode, this, int64(b)));
  }

  add(b: Int64 | bigint): Int64 {
    return this.with(Op.i64_add, b);
  }
  sub(b: Int64 | bigint): Int64 {
    return this.with(Op.i64_sub, b);
  }
  mul(b: Int64 | bigint): Int64 {
    return this.with(Op.i64_mul, b);
  }
  /** Unsigned; traps when `b` is zero. */
  divide(b: Int64 | bigint): Int64 {
    return this.with(Op.i64_div_u, b);
  }
  and(b: Int64 | bigint): Int64 {
    return this.with(Op.i64_and, b);
  }
  or(b: Int64 | bigint): Int64 {
    return this.with(Op.i64_or, b);
  }
  xor(b: Int64 | bigint): Int64 {
    return this.with(Op.i64_xor, b);
  }
  shl(b: Int64 | bigint): Int64 {
    return this.with(Op.i64_shl, b);
  }
  /** Unsigned. */
  shr(b: Int64 | bigint): Int64 {
    return this.with(Op.i64_shr_u, b);
  }
  /** Signed. */
  sar(b: Int64 | bigint): Int64 {
    return this.with(Op.i64_shr_s, b);
  }
  /** Leading zeros; 64 of zero. */
  clz(): Int64 {
    return new Int64(apply(Op.i64_clz, this));
  }

  eqz(): Int32 {
    return new Int32(apply(Op.i64_eqz, this));
  }
  eq(b: Int64 | bigint): Int32 {
    return this.compare(Op.i64_eq, b);
  }
  ne(b: Int64 | bigint): Int32 {
    return this.compare(Op.i64_ne, b);
  }
  ltu(b: Int64 | bigint): Int32 {
    return this.compare(Op.i64_lt_u, b);
  }
  lts(b: Int64 | bigint): Int32 {
    return this.compare(Op.i64_lt_s, b);
  }
  gtu(b: Int64 | bigint): Int32 {
    return this.compare(Op.i64_gt_u, b);
  }
  geu(b: Int64 | bigint): Int32 {
    return this.compare(Op.i64_ge_u, b);
  }

  /** The low 32 bits. */
  low(): Int32 {
    return new Int32(apply(Op.i32_wrap_i64, this));
  }
  /** The nearest double of a signed number. */
  toFloat(): Float64 {
    return new Float64(apply(Op.f64_convert_i64_s, this));
  }
}

export class Float64 implements Expression {
  readonly type = F64;
  readonly write: Write;

  constructor(write: Write) {
    this.write = write;
  }

  mul(b: Float64): Float64 {
    return new Float64(apply(Op.f64_mul, this, b));
  }
  div(b: Float64): Float64 {
    return new Float64(apply(Op.f64_div, this, b));
  }
  sqrt(): Float64 {
    return new Float64(apply(Op.f64_sqrt, this));
  }
  /** Towards zero, to a signed number; traps beyond its range. */
  truncate(): Int64 {
    return new Int64(apply(Op.i64_trunc_f64_s, this));
  }
}

export type Value = Int32 | Int64 | Float64;

/** An expression of the same type, written out in another way. */
export function like<T extends Value>(value: T, write: Write): T {
  const made = value.type === I32 ? new Int32(write) : value.type === I64 ? new Int64(write) : new Float64(write);
  return made as T;
}

export function int32(value: Int32 | number): Int32 {
  return typeof value === 'number' ? new Int32(code => code.const(value), value) : value;
}

export function int64(value: Int64 | bigint): Int64 {
  return typeof value === 'bigint' ? new Int64(code => code.const64(value)) : value;
}

export function float64(value: number): Float64 {
  return new Float64(code => code.constF64(value));
}
