/**
 * Writes the body of one WebAssembly function, byte by byte, into a growing buffer.
 * Source: WebAssembly Core Specification 2.0, chapter 5 (binary format). Knows nothing of x86.
 *
 * Control labels are numbers handed out by block(), loop() and if(); br() turns one into a relative depth.
 */
import type { LaneOpcode, StoreLaneOpcode, VectorMemoryOpcode, VectorOpcode } from './vector-op.ts';

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
export const V128 = 0x7b;
export type ValueType = typeof I32 | typeof I64 | typeof F32 | typeof F64 | typeof V128;
const EMPTY = 0x40;

/** Opcodes by their names in the specification; those that take no immediate. */
export const Op = {
  unreachable: 0x00,
  else: 0x05,
  end: 0x0b,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_lt_u: 0x49,
  i32_gt_s: 0x4a,
  i32_gt_u: 0x4b,
  i32_le_s: 0x4c,
  i32_le_u: 0x4d,
  i32_ge_s: 0x4e,
  i32_ge_u: 0x4f,
  i64_eqz: 0x50,
  i64_eq: 0x51,
  i64_ne: 0x52,
  i64_lt_s: 0x53,
  i64_lt_u: 0x54,
  i64_gt_s: 0x55,
  i64_gt_u: 0x56,
  i64_le_s: 0x57,
  i64_le_u: 0x58,
  i64_ge_s: 0x59,
  i64_ge_u: 0x5a,
  i32_clz: 0x67,
  i32_ctz: 0x68,
  i32_popcnt: 0x69,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_div_s: 0x6d,
  i32_div_u: 0x6e,
  i32_rem_s: 0x6f,
  i32_rem_u: 0x70,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_xor: 0x73,
  i32_shl: 0x74,
  i32_shr_s: 0x75,
  i32_shr_u: 0x76,
  i32_rotl: 0x77,
  i32_rotr: 0x78,
  i64_clz: 0x79,
  i64_ctz: 0x7a,
  i64_popcnt: 0x7b,
  i64_add: 0x7c,
  i64_sub: 0x7d,
  i64_mul: 0x7e,
  i64_div_s: 0x7f,
  i64_div_u: 0x80,
  i64_rem_s: 0x81,
  i64_rem_u: 0x82,
  i64_and: 0x83,
  i64_or: 0x84,
  i64_xor: 0x85,
  i64_shl: 0x86,
  i64_shr_s: 0x87,
  i64_shr_u: 0x88,
  i64_rotl: 0x89,
  i64_rotr: 0x8a,
  f64_sqrt: 0x9f,
  f64_add: 0xa0,
  f64_sub: 0xa1,
  f64_mul: 0xa2,
  f64_div: 0xa3,
  i32_wrap_i64: 0xa7,
  i64_extend_i32_s: 0xac,
  i64_extend_i32_u: 0xad,
  i64_trunc_f64_s: 0xb0,
  f64_convert_i64_s: 0xb9,
  i64_reinterpret_f64: 0xbd,
  f64_reinterpret_i64: 0xbf,
  i32_extend8_s: 0xc0,
  i32_extend16_s: 0xc1,
  f32_eq: 0x5b,
  f32_ne: 0x5c,
  f32_lt: 0x5d,
  f32_gt: 0x5e,
  f32_le: 0x5f,
  f32_ge: 0x60,
  f64_eq: 0x61,
  f64_ne: 0x62,
  f64_lt: 0x63,
  f64_gt: 0x64,
  f64_le: 0x65,
  f64_ge: 0x66,
  f32_abs: 0x8b,
  f32_nearest: 0x90,
  f32_sqrt: 0x91,
  f32_add: 0x92,
  f32_sub: 0x93,
  f32_mul: 0x94,
  f32_div: 0x95,
  f64_abs: 0x99,
  f64_nearest: 0x9e,
  f32_convert_i32_s: 0xb2,
  f32_demote_f64: 0xb6,
  f64_convert_i32_s: 0xb7,
  f64_promote_f32: 0xbb,
  i32_reinterpret_f32: 0xbc,
} as const;
export type Opcode = (typeof Op)[keyof typeof Op];

/** Loads and stores of other types than i32: alignment and offset follow. */
export const MemoryOp = {
  f32_load: 0x2a,
  f64_load: 0x2b,
  f32_store: 0x38,
  f64_store: 0x39,
} as const;
export type MemoryOpcode = (typeof MemoryOp)[keyof typeof MemoryOp];

/** Conversions that saturate, behind the prefix FCh. */
export const SaturateOp = {
  i32_trunc_sat_f32_s: 0,
  i32_trunc_sat_f64_s: 2,
} as const;
export type SaturateOpcode = (typeof SaturateOp)[keyof typeof SaturateOp];

const VECTOR_PREFIX = 0xfd;

const LOAD8_S = 0x2c;
const LOAD8_U = 0x2d;
const LOAD16_S = 0x2e;
const LOAD16_U = 0x2f;
const LOAD32 = 0x28;
const LOAD64 = 0x29;
const STORE32 = 0x36;
const STORE64 = 0x37;
const STORE8 = 0x3a;
const STORE16 = 0x3b;

export type Label = number;

export class Code {
  private buffer = new Uint8Array(256);
  private length = 0;
  private depth = 0;
  /** Offsets of `if` and `br_if` instructions whose branch is not expected. */
  readonly unlikely: number[] = [];

  get bytes(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  byte(value: number): this {
    if (this.length === this.buffer.length) {
      const larger = new Uint8Array(this.buffer.length * 2);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer[this.length++] = value;
    return this;
  }

  append(bytes: Uint8Array): this {
    const end = this.length + bytes.length;
    if (end > this.buffer.length) {
      const larger = new Uint8Array(Math.max(end, this.buffer.length * 2));
      larger.set(this.buffer.subarray(0, this.length));
      this.buffer = larger;
    }
    this.buffer.set(bytes, this.length);
    this.length = end;
    return this;
  }

  /** Unsigned LEB128. */
  unsigned(value: number): this {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.byte(rest);
  }

  /** Signed LEB128 of a 32-bit integer. */
  signed(value: number): this {
    let rest = value | 0;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    return this.byte(rest & 0x7f);
  }

  op(opcode: Opcode): this {
    return this.byte(opcode);
  }

  const(value: number): this {
    return this.byte(0x41).signed(value);
  }

  const64(value: bigint): this {
    this.byte(0x42);
    let rest = BigInt.asIntN(64, value);
    while (rest < -64n || rest > 63n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    return this.byte(Number(rest & 0x7fn));
  }

  constF64(value: number): this {
    this.byte(0x44);
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.append(bytes);
  }

  get(local: number): this {
    return this.byte(0x20).unsigned(local);
  }

  set(local: number): this {
    return this.byte(0x21).unsigned(local);
  }

  tee(local: number): this {
    return this.byte(0x22).unsigned(local);
  }

  /** Loads `size` bytes at (address on the stack) + offset, zero- or sign-extended to i32. */
  load(size: 1 | 2 | 4, offset: number, signed = false): this {
    const opcode = size === 4 ? LOAD32 : size === 2 ? (signed ? LOAD16_S : LOAD16_U) : signed ? LOAD8_S : LOAD8_U;
    return this.byte(opcode).byte(0).unsigned(offset);
  }

  /** Stores the low `size` bytes; address, then value, on the stack. */
  store(size: 1 | 2 | 4, offset: number): this {
    return this.byte(size === 4 ? STORE32 : size === 2 ? STORE16 : STORE8)
      .byte(0)
      .unsigned(offset);
  }

  /** Loads an i64 at (address on the stack) + offset. */
  load64(offset: number): this {
    return this.byte(LOAD64).byte(0).unsigned(offset);
  }

  /** Stores an i64; address, then value, on the stack. */
  store64(offset: number): this {
    return this.byte(STORE64).byte(0).unsigned(offset);
  }

  /** Loads or stores at (address on the stack) + offset. */
  access(opcode: MemoryOpcode, offset: number): this {
    return this.byte(opcode).byte(0).unsigned(offset);
  }

  saturate(opcode: SaturateOpcode): this {
    return this.byte(0xfc).unsigned(opcode);
  }

  doubleConst(value: number): this {
    this.byte(0x44);
    const bytes = new Uint8Array(new Float64Array([value]).buffer);
    for (const byte of bytes) this.byte(byte);
    return this;
  }

  singleConst(value: number): this {
    this.byte(0x43);
    const bytes = new Uint8Array(new Float32Array([value]).buffer);
    for (const byte of bytes) this.byte(byte);
    return this;
  }

  vector(opcode: VectorOpcode): this {
    return this.byte(VECTOR_PREFIX).unsigned(opcode);
  }

  lane(opcode: LaneOpcode, lane: number): this {
    return this.byte(VECTOR_PREFIX).unsigned(opcode).byte(lane);
  }

  vectorAccess(opcode: VectorMemoryOpcode, offset: number): this {
    return this.byte(VECTOR_PREFIX).unsigned(opcode).byte(0).unsigned(offset);
  }

  storeLane(opcode: StoreLaneOpcode, offset: number, lane: number): this {
    return this.byte(VECTOR_PREFIX).unsigned(opcode).byte(0).unsigned(offset).byte(lane);
  }

  /** Sixteen bytes, the lowest first. */
  vectorConst(bytes: readonly number[]): this {
    this.byte(VECTOR_PREFIX).unsigned(12);
    for (const byte of bytes) this.byte(byte);
    return this;
  }

  /** Bytes of two vectors on the stack: 0 to 15 are of the first, 16 to 31 of the second. */
  shuffle(bytes: readonly number[]): this {
    this.byte(VECTOR_PREFIX).unsigned(13);
    for (const byte of bytes) this.byte(byte);
    return this;
  }

  block(result?: ValueType): Label {
    return this.enter(0x02, result);
  }

  loop(): Label {
    return this.enter(0x03);
  }

  if(result?: ValueType): Label {
    return this.enter(0x04, result);
  }

  else(): this {
    return this.byte(Op.else);
  }

  end(): this {
    this.depth--;
    return this.byte(Op.end);
  }

  br(label: Label): this {
    return this.byte(0x0c).unsigned(this.depth - label);
  }

  brIf(label: Label): this {
    return this.byte(0x0d).unsigned(this.depth - label);
  }

  brTable(labels: readonly Label[], otherwise: Label): this {
    this.byte(0x0e).unsigned(labels.length);
    for (const label of labels) this.unsigned(this.depth - label);
    return this.unsigned(this.depth - otherwise);
  }

  call(functionIndex: number): this {
    return this.byte(0x10).unsigned(functionIndex);
  }

  /** The `if` or `br_if` that follows is not expected to see a condition that holds. */
  notExpected(): this {
    this.unlikely.push(this.length);
    return this;
  }

  /** Tail call: the caller's frame is gone. */
  returnCall(functionIndex: number): this {
    return this.byte(0x12).unsigned(functionIndex);
  }

  /** The same, through slot (on the stack) of table 0. */
  returnCallIndirect(typeIndex: number): this {
    return this.byte(0x13).unsigned(typeIndex).byte(0);
  }

  callIndirect(typeIndex: number): this {
    return this.byte(0x11).unsigned(typeIndex).byte(0);
  }

  memoryCopy(): this {
    return this.byte(0xfc).unsigned(10).byte(0).byte(0);
  }

  memoryFill(): this {
    return this.byte(0xfc).unsigned(11).byte(0);
  }

  private enter(opcode: number, result?: ValueType): Label {
    this.byte(opcode).byte(result ?? EMPTY);
    return ++this.depth;
  }
}
