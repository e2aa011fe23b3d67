/**
 * Where elements change place: unpacking, shuffles by an immediate or a vector, single words, sign bits. Bytes of a shuffle are numbered through the
 * destination, 0 to 15, and on through the source. Source: SDM vol. 2 by mnemonic.
 */
import { LaneOp, VectorOp, type VectorOpcode } from '../wasm/vector-op.ts';
import type { VectorBuilder } from './simd-builder.ts';
import { loadOperands } from './simd-packed.ts';
import { SPARE, X, Y } from './simd-packed-format.ts';
import type { Emitter } from './simd-scalar.ts';

const SOURCE = 16;

/** Sixteen bytes, of elements of `size` bytes: `at` tells where each begins. */
const bytesOf = (size: number, at: (element: number) => number): number[] =>
  Array.from({ length: 16 }, (_, i) => at(Math.floor(i / size)) + (i % size));

/** By operands in place. */
const shuffle =
  (bytes: (v: VectorBuilder) => readonly number[]): Emitter =>
  v => {
    v.destination();
    v.source();
    v.code.shuffle(bytes(v));
    v.setDestination();
  };

/** By the source alone. */
const rearrange =
  (bytes: (v: VectorBuilder) => readonly number[]): Emitter =>
  v => {
    v.source();
    v.code.tee(Y).get(Y).shuffle(bytes(v));
    v.setDestination();
  };

/** Elements of the low or high half, destination's and source's in turn. */
const unpack = (size: number, high: boolean): Emitter =>
  shuffle(({ bytes }) => {
    const start = high ? bytes / 2 : 0;
    // What lies beyond the halves of an MMX register is of no use.
    return bytesOf(size, i => ((start + (i >> 1) * size) & 15) + (i & 1) * SOURCE);
  });

/** Four elements from `base` on, each chosen by two bits of the immediate; the others stay. */
const four = (size: number, base: number): Emitter =>
  rearrange(({ immediate }) =>
    bytesOf(size, i => {
      const element = i - base / size;
      return element < 0 || element > 3 ? i * size : base + ((immediate >> (2 * element)) & 3) * size;
    }),
  );

const singles = shuffle(({ immediate }) => bytesOf(4, i => ((immediate >> (2 * i)) & 3) * 4 + (i < 2 ? 0 : SOURCE)));

const doubles = shuffle(({ immediate }) => bytesOf(8, i => ((immediate >> i) & 1) * 8 + i * SOURCE));

/** Each single or double of the source, or the one beside it. */
const duplicate = (size: number, odd: 0 | 1): Emitter => rearrange(() => bytesOf(size, i => ((i & ~1) | odd) * size));

/** Bytes of the destination chosen by the source; bit 7 gives zero, as numbers beyond the vector do. */
const byVector: Emitter = v => {
  const { code, bytes } = v;
  v.destination();
  v.source();
  code.vectorConst(new Array<number>(16).fill(0x80 | (bytes - 1))).vector(VectorOp.v128_and);
  code.vector(VectorOp.i8x16_swizzle);
  v.setDestination();
};

/** Destination and source as one long register, destination high, moved right by the immediate. */
const align: Emitter = v => {
  const { code, bytes, immediate } = v;
  loadOperands(v);
  if (bytes === 8) {
    // Both in one vector, then zeros.
    code
      .get(Y)
      .get(X)
      .shuffle(bytesOf(8, i => i * SOURCE))
      .set(X);
    code.vectorConst(new Array<number>(16).fill(0)).set(SPARE);
    code.get(X).get(SPARE);
  } else if (immediate >= 16) {
    code.get(X).vectorConst(new Array<number>(16).fill(0));
  } else code.get(Y).get(X);
  const first = bytes === 16 && immediate >= 16 ? immediate - 16 : immediate;
  code.shuffle(Array.from({ length: 16 }, (_, i) => Math.min(first + i, 31)));
  v.setDestination();
};

/** The sign bits of elements, as a number. */
const signs =
  (op: VectorOpcode): Emitter =>
  v => {
    v.source();
    v.code.vector(op);
    v.setDestinationWord();
  };

const insertWord: Emitter = v => {
  v.destination();
  v.sourceWord(2);
  v.code.lane(LaneOp.i16x8_replace_lane, v.immediate & (v.bytes / 2 - 1));
  v.setDestination();
};

const extractWord: Emitter = v => {
  v.source();
  v.code.lane(LaneOp.i16x8_extract_lane_u, v.immediate & (v.bytes / 2 - 1));
  v.setDestinationWord();
};

export const shuffles: Readonly<Record<string, Emitter>> = {
  UNPCKLPS: unpack(4, false),
  UNPCKLPD: unpack(8, false),
  UNPCKHPS: unpack(4, true),
  UNPCKHPD: unpack(8, true),
  PUNPCKLBW: unpack(1, false),
  PUNPCKLWD: unpack(2, false),
  PUNPCKLDQ: unpack(4, false),
  PUNPCKLQDQ: unpack(8, false),
  PUNPCKHBW: unpack(1, true),
  PUNPCKHWD: unpack(2, true),
  PUNPCKHDQ: unpack(4, true),
  PUNPCKHQDQ: unpack(8, true),
  PSHUFW: four(2, 0),
  PSHUFLW: four(2, 0),
  PSHUFHW: four(2, 8),
  PSHUFD: four(4, 0),
  SHUFPS: singles,
  SHUFPD: doubles,
  MOVSLDUP: duplicate(4, 0),
  MOVSHDUP: duplicate(4, 1),
  MOVDDUP: duplicate(8, 0),
  PSHUFB: byVector,
  PALIGNR: align,
  PMOVMSKB: signs(VectorOp.i8x16_bitmask),
  MOVMSKPS: signs(VectorOp.i32x4_bitmask),
  MOVMSKPD: signs(VectorOp.i64x2_bitmask),
  PINSRW: insertWord,
  PEXTRW: extractWord,
};
