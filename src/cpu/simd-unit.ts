/**
 * What SIMD operations work on: the first page of the WebAssembly memory, where the MMX and XMM registers lie, seen as numbers of every width, and
 * MXCSR. Source: SDM vol. 1, 10.2 and 11.5 (exceptions); vol. 3, 2.5 (CR4).
 *
 * An operation takes the byte addresses of its destination and of its source in that page; a memory source has been copied there.
 */
import { STEP_RECORDS, VECTOR_RESULT } from './state.ts';

/** Bits of MXCSR. The mask of a flag lies MASK_SHIFT above it. */
export const Mxcsr = {
  IE: 1 << 0,
  DE: 1 << 1,
  ZE: 1 << 2,
  OE: 1 << 3,
  UE: 1 << 4,
  PE: 1 << 5,
  DAZ: 1 << 6,
  OM: 1 << 10,
  UM: 1 << 11,
  /** Rounding control: 0 nearest, 1 down, 2 up, 3 toward zero. */
  RC: 3 << 13,
  FTZ: 1 << 15,
} as const;
export const MASK_SHIFT = 7;
export const RC_SHIFT = 13;
export const MXCSR_RESET = 0x1f80;

export type Operation = (u: VectorUnit, to: number, from: number) => void;

export class VectorUnit {
  readonly u8: Uint8Array;
  readonly i8: Int8Array;
  readonly u16: Uint16Array;
  readonly i16: Int16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly u64: BigUint64Array;

  /** Of the operation at work: bytes of its registers, its immediate, whether its source is in memory. */
  bytes = 16;
  immediate = 0;
  fromMemory = false;
  /** MXCSR as it found it, and the flags it raises: those known from the operands, and those known from the result. */
  control: number = MXCSR_RESET;
  before = 0;
  after = 0;
  /** What a comparison leaves in ZF, PF, CF. */
  comparison = 0;

  constructor(memory: ArrayBufferLike) {
    this.u8 = new Uint8Array(memory, 0, STEP_RECORDS);
    this.i8 = new Int8Array(memory, 0, STEP_RECORDS);
    this.u16 = new Uint16Array(memory, 0, STEP_RECORDS / 2);
    this.i16 = new Int16Array(memory, 0, STEP_RECORDS / 2);
    this.u32 = new Uint32Array(memory, 0, STEP_RECORDS / 4);
    this.i32 = new Int32Array(memory, 0, STEP_RECORDS / 4);
    this.f32 = new Float32Array(memory, 0, STEP_RECORDS / 4);
    this.f64 = new Float64Array(memory, 0, STEP_RECORDS / 8);
    this.u64 = new BigUint64Array(memory, 0, STEP_RECORDS / 8);
  }

  get rounding(): number {
    return (this.control >> RC_SHIFT) & 3;
  }

  /** Copies `bytes` bytes (4, 8 or 16) between registers. */
  copy(to: number, from: number, bytes: number): void {
    for (let i = 0; i < bytes; i += 4) this.i32[(to + i) >> 2] = this.i32[(from + i) >> 2]!;
  }

  clear(at: number, bytes: number): void {
    for (let i = 0; i < bytes; i += 4) this.i32[(at + i) >> 2] = 0;
  }
}

/** An operation whose results may not overwrite its operands while it works: it writes to VECTOR_RESULT, all `bytes` of it. */
export function staged(compute: (u: VectorUnit, to: number, from: number, result: number) => void): Operation {
  return (u, to, from) => {
    compute(u, to, from, VECTOR_RESULT);
    u.copy(to, VECTOR_RESULT, u.bytes);
  };
}
