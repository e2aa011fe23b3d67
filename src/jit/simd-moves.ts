/** SIMD moves, and MOVD, MOVQ and bit operations on whole registers: no numbers are looked at. Source: SDM vol. 2 by mnemonic. */
import { LaneOp, VectorOp, type VectorOpcode } from '../wasm/vector-op.ts';
import { isXmm, type VectorBuilder } from './simd-builder.ts';
import { becomesZero } from './simd-facts.ts';
import type { Emitter } from './simd-scalar.ts';

const zero = (v: VectorBuilder): void => {
  v.code.vectorConst(new Array<number>(16).fill(0));
};

/** All of the register, or what memory holds with zeros above it. */
const whole: Emitter = v => {
  if (v.hasMemory && v.instruction.toRm) {
    v.storeSource();
    return;
  }
  v.source();
  v.setDestination();
  v.noteCopy();
};

const store: Emitter = v => v.storeSource();

/** The low element: from a register it leaves the rest, from memory it clears it. */
const scalar =
  (
    extract: typeof LaneOp.f32x4_extract_lane | typeof LaneOp.f64x2_extract_lane,
    replace: typeof LaneOp.f32x4_replace_lane | typeof LaneOp.f64x2_replace_lane,
  ): Emitter =>
  v => {
    if (v.hasMemory) {
      whole(v);
      return;
    }
    v.destination();
    v.source();
    v.code.lane(extract, 0).lane(replace, 0);
    v.setDestination();
  };

/** The low quadword, and zeros above. */
const quadword: Emitter = v => {
  if (v.hasMemory || v.bytes === 8) {
    whole(v);
    return;
  }
  zero(v);
  v.source();
  v.code.lane(LaneOp.f64x2_extract_lane, 0).lane(LaneOp.f64x2_replace_lane, 0);
  v.setDestination();
};

/** A quadword of the source to a half of the destination; or, to memory, the one that storeSource() knows. */
const half =
  (to: 0 | 1, from: 0 | 1): Emitter =>
  v => {
    if (v.hasMemory && v.instruction.toRm) {
      v.storeSource();
      return;
    }
    v.destination();
    v.source();
    v.code.lane(LaneOp.f64x2_extract_lane, from).lane(LaneOp.f64x2_replace_lane, to);
    v.setDestination();
  };

const doubleword: Emitter = v => {
  const { code, instruction } = v;
  if (!instruction.toRm) {
    zero(v);
    v.sourceWord();
    code.lane(LaneOp.i32x4_replace_lane, 0);
    v.setDestination();
  } else if (v.hasMemory) v.storeSource();
  else {
    v.source();
    code.lane(LaneOp.i32x4_extract_lane, 0);
    v.setDestinationWord();
  }
};

/** `same`: what becomes of a register and itself, where that does not depend on what it holds. */
export const bitwise =
  (op: VectorOpcode, same?: 'zeros'): Emitter =>
  v => {
    if (same && v.isReflexive) {
      zero(v);
      v.setDestination();
      if (isXmm(v.to)) v.note(becomesZero(v.to));
      return;
    }
    v.destination();
    v.source();
    v.code.vector(op);
    v.setDestination();
  };

/** The destination is what is inverted. */
const andNot: Emitter = v => {
  v.source();
  v.destination();
  v.code.vector(VectorOp.v128_andnot);
  v.setDestination();
};

const named = (names: string, emitter: Emitter): Record<string, Emitter> =>
  Object.fromEntries(names.split(' ').map(name => [name, emitter]));

export const moves: Readonly<Record<string, Emitter>> = {
  ...named('MOVUPS MOVUPD MOVAPS MOVAPD MOVDQA MOVDQU LDDQU', whole),
  ...named('MOVNTPS MOVNTPD MOVNTQ MOVNTDQ', store),
  MOVSS: scalar(LaneOp.f32x4_extract_lane, LaneOp.f32x4_replace_lane),
  MOVSD: scalar(LaneOp.f64x2_extract_lane, LaneOp.f64x2_replace_lane),
  ...named('MOVQ MOVQ2DQ MOVDQ2Q', quadword),
  ...named('MOVLPS MOVLPD', half(0, 0)),
  ...named('MOVHPS MOVHPD MOVLHPS', half(1, 0)),
  MOVHLPS: half(0, 1),
  MOVD: doubleword,
  ...named('PAND ANDPS ANDPD', bitwise(VectorOp.v128_and)),
  ...named('PANDN ANDNPS ANDNPD', andNot),
  ...named('POR ORPS ORPD', bitwise(VectorOp.v128_or)),
  ...named('PXOR XORPS XORPD', bitwise(VectorOp.v128_xor, 'zeros')),
};
