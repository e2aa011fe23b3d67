/**
 * Packed arithmetic: ADDPS, SQRTPD, HADDPS and their like, under the conditions of simd-scalar.ts for every element, but that zeros are in the ordinary way.
 */
import { Op } from '../wasm/code.ts';
import { VectorOp } from '../wasm/vector-op.ts';
import type { VectorBuilder } from './simd-builder.ts';
import { becomes, forget } from './simd-facts.ts';
import {
  Packed,
  type PackedFormat,
  RESULT,
  SPARE,
  someNotFinite,
  someTiny,
  someUnusual,
  X,
  Y,
  zeros,
} from './simd-packed-format.ts';
import { type Arithmetic, type Emitter, isInexact } from './simd-scalar.ts';
import { trusted } from './simd-unit-checks.ts';

/** Loads X and Y, once for each element of the result. */
type Operands = (v: VectorBuilder, format: PackedFormat) => void;

export function loadOperands(v: VectorBuilder): void {
  v.destination();
  v.code.set(X);
  v.source();
  v.code.set(Y);
}

const inPlace: Operands = loadOperands;

/** Neighbours: even elements of destination and source, and odd ones. */
const neighbours: Operands = (v, { count }) => {
  const { code } = v;
  loadOperands(v);
  const bytes = 16 / count;
  const choose = (odd: number) =>
    Array.from({ length: 16 }, (_, i) => Math.floor(i / bytes) * 2 * bytes + odd * bytes + (i % bytes));
  code.get(X).get(Y).shuffle(choose(0)).set(SPARE);
  code.get(X).get(Y).shuffle(choose(1)).set(Y);
  code.get(SPARE).set(X);
};

/** Even elements of the source change sign: they are subtracted. */
const alternating: Operands = (v, { count }) => {
  const bytes = 16 / count;
  loadOperands(v);
  const signs = Array.from({ length: 16 }, (_, i) => (i % (2 * bytes) === bytes - 1 ? 0x80 : 0));
  v.code.get(Y).vectorConst(signs).vector(VectorOp.v128_xor).set(Y);
};

const arithmetic =
  (format: PackedFormat, op: Arithmetic, operands: Operands = inPlace): Emitter =>
  v => {
    const { code } = v;
    const { kind, kinds } = format.scalar;
    const inOrder = operands === inPlace;
    v.trust();
    operands(v, format);
    code.get(X).get(Y).vector(format[op]).set(RESULT);
    v.attempt(() => {
      const unknown = [
        ...(inOrder && v.destinationIsPlain(kinds) ? [] : [X]),
        ...(inOrder && v.sourceIsPlain(kinds) ? [] : [Y]),
      ];
      someUnusual(code, format, { special: [RESULT], tiny: unknown });
      v.onlyIf(() => {
        someTiny(code, format, [...unknown, RESULT]);
        v.bailIf();
        someNotFinite(code, format, RESULT);
        v.bailIf();
        if (op === 'mul' || op === 'div') checkZeros(v, format, op);
      });
      lookForInexact(v, format, op);
      setResult(v, format);
    });
    if (inOrder) v.noteSource(kind | kinds);
  };

/** A product that is zero has a factor that is; so has a quotient for its dividend. */
function checkZeros(v: VectorBuilder, format: PackedFormat, op: 'mul' | 'div'): void {
  const { code } = v;
  zeros(code, format, RESULT);
  zeros(code, format, X, true);
  code.vector(VectorOp.v128_and);
  if (op === 'mul') {
    zeros(code, format, Y, true);
    code.vector(VectorOp.v128_and);
  }
  code.vector(VectorOp.v128_any_true);
  v.bailIf();
}

const root =
  (format: PackedFormat): Emitter =>
  v => {
    const { code } = v;
    const { kind, kinds } = format.scalar;
    v.trust();
    v.source();
    code.tee(Y).vector(format.sqrt).set(RESULT);
    v.attempt(() => {
      someUnusual(code, format, { special: [Y], tiny: [], positive: Y });
      v.onlyIf(() => {
        someTiny(code, format, [Y]);
        v.bailIf();
        someNotFinite(code, format, RESULT);
        v.bailIf();
      });
      lookForInexact(v, format, 'sqrt');
      setResult(v, format);
    });
    v.noteSource(kind | kinds);
  };

/** Where inexact results are looked for: element by element. */
function lookForInexact(v: VectorBuilder, format: PackedFormat, op: Arithmetic | 'sqrt'): void {
  if (!v.exact) return;
  const { code } = v;
  const { scalar, count } = format;
  trusted(code);
  code.op(Op.i32_eqz);
  v.rarely(() => {
    for (let i = 0; i < count; i++) {
      code.get(X).lane(scalar.extract, i).set(scalar.local.x);
      code.get(Y).lane(scalar.extract, i).set(scalar.local.y);
      code.get(RESULT).lane(scalar.extract, i).set(scalar.local.result);
      isInexact(code, scalar, op);
      if (i > 0) code.op(Op.i32_or);
    }
  });
}

export function setResult(v: VectorBuilder, { scalar }: PackedFormat): void {
  const all = scalar.kind | scalar.kinds;
  v.code.get(RESULT);
  v.setDestination(plain => becomes(all, v.to)(forget(v.to)(plain)));
}

export const packed: Readonly<Record<string, Emitter>> = Object.fromEntries(
  Object.entries(Packed).flatMap(([width, format]) => [
    [`ADD${width}`, arithmetic(format, 'add')],
    [`SUB${width}`, arithmetic(format, 'sub')],
    [`MUL${width}`, arithmetic(format, 'mul')],
    [`DIV${width}`, arithmetic(format, 'div')],
    [`SQRT${width}`, root(format)],
    [`HADD${width}`, arithmetic(format, 'add', neighbours)],
    [`HSUB${width}`, arithmetic(format, 'sub', neighbours)],
    [`ADDSUB${width}`, arithmetic(format, 'add', alternating)],
  ]),
);
