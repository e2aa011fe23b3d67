/** SIMD moves, and bit operations on whole registers: no numbers are looked at. Source: SDM vol. 2 by mnemonic. */
import { LaneOp, VectorOp, type VectorOpcode } from '../wasm/vector-op.ts';
import { isXmm, type VectorBuilder } from './simd-builder.ts';
import { becomesZero, copies, type Effect, takesElement } from './simd-facts.ts';
import type { Emitter } from './simd-scalar.ts';
import { Scalar, type ScalarFormat } from './simd-scalar-format.ts';

export const zero = (v: VectorBuilder): void => {
  v.code.vectorConst(new Array<number>(16).fill(0));
};

/** What is known of a copy. */
const copied = (v: VectorBuilder): Effect | undefined =>
  !v.hasMemory && isXmm(v.from) ? copies(v.to, v.from) : undefined;

/** All of the register, or what memory holds with zeros above it. */
const whole: Emitter = v => {
  if (v.hasMemory && v.instruction.toRm) {
    v.storeSource();
    return;
  }
  v.source();
  v.setDestination(copied(v));
};

const store: Emitter = v => v.storeSource();

/** The low element: from a register it leaves the rest, from memory it clears it. */
const element =
  ({ extract, replace, kind, kinds }: ScalarFormat): Emitter =>
  v => {
    if (v.hasMemory) {
      whole(v);
      return;
    }
    v.destination();
    v.source();
    v.code.lane(extract, 0).lane(replace, 0);
    v.setDestination(takesElement(kind, kinds, v.to, v.from));
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
  v.setDestination(copied(v));
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

const bitwise =
  (op: VectorOpcode): Emitter =>
  v => {
    v.destination();
    v.source();
    v.code.vector(op);
    v.setDestination();
  };

/** A register with itself is zero, whatever it holds. */
const exclusiveOr: Emitter = v => {
  if (!v.isReflexive) {
    bitwise(VectorOp.v128_xor)(v);
    return;
  }
  zero(v);
  v.setDestination(becomesZero(v.to));
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
  MOVSS: element(Scalar.SS),
  MOVSD: element(Scalar.SD),
  ...named('MOVQ MOVQ2DQ MOVDQ2Q', quadword),
  ...named('MOVLPS MOVLPD', half(0, 0)),
  ...named('MOVHPS MOVHPD MOVLHPS', half(1, 0)),
  MOVHLPS: half(0, 1),
  MOVD: doubleword,
  ...named('PAND ANDPS ANDPD', bitwise(VectorOp.v128_and)),
  ...named('PANDN ANDNPS ANDNPD', andNot),
  ...named('POR ORPS ORPD', bitwise(VectorOp.v128_or)),
  ...named('PXOR XORPS XORPD', exclusiveOr),
};
