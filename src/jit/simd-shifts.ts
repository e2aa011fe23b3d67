/** Shifts of the elements of a vector by one count, and of the whole by bytes. A count that is too large leaves nothing, or signs. Source: SDM vol. 2. */
import { Op } from '../wasm/code.ts';
import { LaneOp, VectorOp, type VectorOpcode } from '../wasm/vector-op.ts';
import type { VectorBuilder } from './simd-builder.ts';
import { zero } from './simd-moves.ts';
import { X, Y } from './simd-packed-format.ts';
import type { Emitter } from './simd-scalar.ts';

interface Shift {
  readonly op: VectorOpcode;
  /** Bits of an element. */
  readonly bits: 16 | 32 | 64;
  readonly arithmetic?: true;
}

const shift =
  (how: Shift): Emitter =>
  v => {
    if (v.row.operands[1] === 'Ib') byImmediate(v, how);
    else byVector(v, how);
    v.setDestination();
  };

function byImmediate(v: VectorBuilder, { op, bits, arithmetic }: Shift): void {
  const { code, immediate } = v;
  if (immediate >= bits && !arithmetic) {
    zero(v);
    return;
  }
  v.destination();
  code.const(Math.min(immediate, bits - 1)).vector(op);
}

/** By the low quadword of the source. */
function byVector(v: VectorBuilder, { op, bits, arithmetic }: Shift): void {
  const { code } = v;
  v.source();
  code.set(Y);
  const low = () => code.get(Y).lane(LaneOp.i32x4_extract_lane, 0);
  const fits = () => {
    low();
    code.const(bits).op(Op.i32_lt_u).get(Y).lane(LaneOp.i32x4_extract_lane, 1).op(Op.i32_eqz).op(Op.i32_and);
  };
  v.destination();
  low();
  if (arithmetic) {
    code.const(bits - 1);
    fits();
    code.op(Op.select).vector(op);
    return;
  }
  // Counts are taken modulo the bits of an element.
  code.vector(op);
  code.const(0);
  fits();
  code.op(Op.i32_sub).vector(VectorOp.i32x4_splat).vector(VectorOp.v128_and);
}

/** Zeros come in. */
const bytes =
  (left: boolean): Emitter =>
  v => {
    const { code } = v;
    const count = Math.min(v.immediate, 16);
    v.destination();
    code.set(X);
    if (left) {
      zero(v);
      code.get(X);
    } else {
      code.get(X);
      zero(v);
    }
    const first = left ? 16 - count : count;
    code.shuffle(Array.from({ length: 16 }, (_, i) => first + i));
    v.setDestination();
  };

export const shifts: Readonly<Record<string, Emitter>> = {
  PSLLW: shift({ op: VectorOp.i16x8_shl, bits: 16 }),
  PSLLD: shift({ op: VectorOp.i32x4_shl, bits: 32 }),
  PSLLQ: shift({ op: VectorOp.i64x2_shl, bits: 64 }),
  PSRLW: shift({ op: VectorOp.i16x8_shr_u, bits: 16 }),
  PSRLD: shift({ op: VectorOp.i32x4_shr_u, bits: 32 }),
  PSRLQ: shift({ op: VectorOp.i64x2_shr_u, bits: 64 }),
  PSRAW: shift({ op: VectorOp.i16x8_shr_s, bits: 16, arithmetic: true }),
  PSRAD: shift({ op: VectorOp.i32x4_shr_s, bits: 32, arithmetic: true }),
  PSLLDQ: bytes(true),
  PSRLDQ: bytes(false),
};
