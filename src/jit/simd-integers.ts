/** Packed integer arithmetic and comparison, on XMM registers and on MMX registers as the low half of a vector. Source: SDM vol. 2 by mnemonic. */
import { VectorOp, type VectorOpcode } from '../wasm/vector-op.ts';
import type { VectorBuilder } from './simd-builder.ts';
import { becomesZero } from './simd-facts.ts';
import { zero } from './simd-moves.ts';
import { loadOperands } from './simd-packed.ts';
import { X, Y } from './simd-packed-format.ts';
import type { Emitter } from './simd-scalar.ts';

const ONES = new Array<number>(16).fill(0xff);

const binary =
  (op: VectorOpcode): Emitter =>
  v => {
    v.destination();
    v.source();
    v.code.vector(op);
    v.setDestination();
  };

const unary =
  (op: VectorOpcode): Emitter =>
  v => {
    v.source();
    v.code.vector(op);
    v.setDestination();
  };

/** Elements that are equal: all are, of a register and itself. */
const equal =
  (op: VectorOpcode): Emitter =>
  v => {
    if (!v.isReflexive) {
      binary(op)(v);
      return;
    }
    v.code.vectorConst(ONES);
    v.setDestination();
  };

/** A difference, or strict comparison: a register and itself give zeros. */
const apart =
  (op: VectorOpcode): Emitter =>
  v => {
    if (!v.isReflexive) {
      binary(op)(v);
      return;
    }
    zero(v);
    v.setDestination(becomesZero(v.to));
  };

/** Wide elements of the destination, then of the source, become narrow ones with saturation. */
const pack =
  (narrow: VectorOpcode): Emitter =>
  v => {
    const { code, bytes } = v;
    v.destination();
    v.source();
    if (bytes === 8) {
      joinLow(v);
      code.tee(X).get(X);
    }
    code.vector(narrow);
    v.setDestination();
  };

/** The low halves of two vectors as one. */
function joinLow({ code }: VectorBuilder): void {
  code.shuffle(Array.from({ length: 16 }, (_, i) => (i < 8 ? i : i + 8)));
}

/** The high words of products of words. */
const multiplyHigh =
  (low: VectorOpcode, high: VectorOpcode, shift: VectorOpcode, narrow: VectorOpcode): Emitter =>
  v => {
    const { code } = v;
    loadOperands(v);
    for (const half of [low, high]) code.get(X).get(Y).vector(half).const(16).vector(shift);
    code.vector(narrow);
    v.setDestination();
  };

/** Products of the low doublewords of each quadword. */
const multiplyLong: Emitter = v => {
  const { code } = v;
  const evens = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];
  loadOperands(v);
  code.get(X).get(X).shuffle(evens).get(Y).get(Y).shuffle(evens).vector(VectorOp.i64x2_extmul_low_i32x4_u);
  v.setDestination();
};

/** Sums, by quadword, of the differences of bytes. */
const sumOfDifferences: Emitter = v => {
  const { code } = v;
  loadOperands(v);
  code.get(X).get(Y).vector(VectorOp.i8x16_sub_sat_u);
  code.get(Y).get(X).vector(VectorOp.i8x16_sub_sat_u).vector(VectorOp.v128_or);
  code.vector(VectorOp.i16x8_extadd_pairwise_i8x16_u).vector(VectorOp.i32x4_extadd_pairwise_i16x8_u).tee(X);
  code.const(32).vector(VectorOp.i64x2_shr_u).get(X).vector(VectorOp.i64x2_add);
  // The high doublewords have had their part.
  code.const(32).vector(VectorOp.i64x2_shl).const(32).vector(VectorOp.i64x2_shr_u);
  v.setDestination();
};

const rows = (names: Readonly<Record<string, VectorOpcode>>, emitter: (op: VectorOpcode) => Emitter) =>
  Object.fromEntries(Object.entries(names).map(([name, op]) => [name, emitter(op)]));

export const integers: Readonly<Record<string, Emitter>> = {
  ...rows(
    {
      PADDB: VectorOp.i8x16_add,
      PADDW: VectorOp.i16x8_add,
      PADDD: VectorOp.i32x4_add,
      PADDQ: VectorOp.i64x2_add,
      PADDSB: VectorOp.i8x16_add_sat_s,
      PADDSW: VectorOp.i16x8_add_sat_s,
      PADDUSB: VectorOp.i8x16_add_sat_u,
      PADDUSW: VectorOp.i16x8_add_sat_u,
      PAVGB: VectorOp.i8x16_avgr_u,
      PAVGW: VectorOp.i16x8_avgr_u,
      PMINUB: VectorOp.i8x16_min_u,
      PMAXUB: VectorOp.i8x16_max_u,
      PMINSW: VectorOp.i16x8_min_s,
      PMAXSW: VectorOp.i16x8_max_s,
      PMULLW: VectorOp.i16x8_mul,
      PMADDWD: VectorOp.i32x4_dot_i16x8_s,
    },
    binary,
  ),
  ...rows(
    {
      PSUBB: VectorOp.i8x16_sub,
      PSUBW: VectorOp.i16x8_sub,
      PSUBD: VectorOp.i32x4_sub,
      PSUBQ: VectorOp.i64x2_sub,
      PSUBSB: VectorOp.i8x16_sub_sat_s,
      PSUBSW: VectorOp.i16x8_sub_sat_s,
      PSUBUSB: VectorOp.i8x16_sub_sat_u,
      PSUBUSW: VectorOp.i16x8_sub_sat_u,
      PCMPGTB: VectorOp.i8x16_gt_s,
      PCMPGTW: VectorOp.i16x8_gt_s,
      PCMPGTD: VectorOp.i32x4_gt_s,
    },
    apart,
  ),
  ...rows({ PCMPEQB: VectorOp.i8x16_eq, PCMPEQW: VectorOp.i16x8_eq, PCMPEQD: VectorOp.i32x4_eq }, equal),
  ...rows({ PABSB: VectorOp.i8x16_abs, PABSW: VectorOp.i16x8_abs, PABSD: VectorOp.i32x4_abs }, unary),
  ...rows(
    {
      PACKSSWB: VectorOp.i8x16_narrow_i16x8_s,
      PACKUSWB: VectorOp.i8x16_narrow_i16x8_u,
      PACKSSDW: VectorOp.i16x8_narrow_i32x4_s,
    },
    pack,
  ),
  PMULHW: multiplyHigh(
    VectorOp.i32x4_extmul_low_i16x8_s,
    VectorOp.i32x4_extmul_high_i16x8_s,
    VectorOp.i32x4_shr_s,
    VectorOp.i16x8_narrow_i32x4_s,
  ),
  PMULHUW: multiplyHigh(
    VectorOp.i32x4_extmul_low_i16x8_u,
    VectorOp.i32x4_extmul_high_i16x8_u,
    VectorOp.i32x4_shr_u,
    VectorOp.i16x8_narrow_i32x4_u,
  ),
  PMULUDQ: multiplyLong,
  PSADBW: sumOfDifferences,
};
