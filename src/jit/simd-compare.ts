/**
 * Comparisons, minimum and maximum of floats. What is no number raises flags, and so do denormals: the interpreter does those. Infinities and zeros
 * compare as the host's do. Source: SDM vol. 2, CMPPS, COMISD, MINPS, UCOMISD.
 */
import { Op } from '../wasm/code.ts';
import type { VectorBuilder } from './simd-builder.ts';
import { type Effect, meets } from './simd-facts.ts';
import { loadOperands } from './simd-packed.ts';
import { Packed, type PackedFormat, someNaN, someTiny, someUnusual, X, Y } from './simd-packed-format.ts';
import type { Emitter } from './simd-scalar.ts';
import { isNoNumber, Scalar, type ScalarFormat } from './simd-scalar-format.ts';

/** Loads the low elements into the format's locals and bails out unless they are numbers. */
function compareElements(v: VectorBuilder, format: ScalarFormat, commit: () => void): void {
  const { code } = v;
  const { x, y } = format.local;
  v.destinationElement(format);
  code.set(x);
  v.sourceElement(format);
  code.set(y);
  v.attempt(() => {
    v.checkDestination(format, x, true, isNoNumber);
    v.checkSource(format, y, true, isNoNumber);
    commit();
  });
}

const toFlags =
  (format: ScalarFormat): Emitter =>
  v =>
    compareElements(v, format, () => v.setComparison(format));

/** The lesser or greater of two is plain if both are. */
const eitherOf = (v: VectorBuilder, { kind, kinds }: ScalarFormat): Effect | undefined =>
  v.hasMemory ? undefined : meets(kind, kinds, v.to, v.from);

/** The source is the result of any comparison that is not strict, zeros of unlike sign included. */
const extreme =
  (format: ScalarFormat, greater: boolean): Emitter =>
  v => {
    const { code } = v;
    const { x, y } = format.local;
    compareElements(v, format, () => {
      v.destination();
      code.get(x).get(y);
      if (greater) code.get(y).get(x);
      else code.get(x).get(y);
      code.op(format.lt).op(Op.select).lane(format.replace, 0);
      v.setDestination(eitherOf(v, format));
    });
  };

/** The same of all elements: bails out unless they are numbers. */
function compareAll(v: VectorBuilder, format: PackedFormat, commit: () => void): void {
  const { code } = v;
  const { kinds } = format.scalar;
  loadOperands(v);
  v.attempt(() => {
    const unknown = [...(v.destinationIsPlain(kinds) ? [] : [X]), ...(v.sourceIsPlain(kinds) ? [] : [Y])];
    if (unknown.length > 0) {
      someUnusual(code, format, { special: unknown, tiny: [] });
      v.onlyIf(() => {
        someTiny(code, format, unknown);
        v.bailIf();
        someNaN(code, format, unknown);
        v.bailIf();
      });
    }
    commit();
  });
}

/** pmin(a, b) is b < a ? b : a. */
const extremes =
  (format: PackedFormat, greater: boolean): Emitter =>
  v =>
    compareAll(v, format, () => {
      v.code
        .get(Y)
        .get(X)
        .vector(greater ? format.pmax : format.pmin);
      v.setDestination();
    });

/** Leaves on the stack the elements of X and Y for which the predicate holds; predicates 4 to 7 are the opposites of 0 to 3, and nothing is unordered. */
function pushMask({ code, immediate }: VectorBuilder, { eq, ne, lt, le }: PackedFormat): void {
  const negated = (immediate & 4) !== 0;
  switch (immediate & 3) {
    case 0:
      code
        .get(X)
        .get(Y)
        .vector(negated ? ne : eq);
      break;
    case 1:
      if (negated) code.get(Y).get(X).vector(le);
      else code.get(X).get(Y).vector(lt);
      break;
    case 2:
      if (negated) code.get(Y).get(X).vector(lt);
      else code.get(X).get(Y).vector(le);
      break;
    default:
      code.vectorConst(new Array<number>(16).fill(negated ? 0xff : 0));
  }
}

const masks =
  (format: PackedFormat): Emitter =>
  v =>
    compareAll(v, format, () => {
      pushMask(v, format);
      v.setDestination();
    });

const mask =
  (format: PackedFormat): Emitter =>
  v => {
    const { code } = v;
    const { scalar } = format;
    compareElements(v, scalar, () => {
      loadOperands(v);
      v.destination();
      pushMask(v, format);
      code.lane(scalar.extract, 0).lane(scalar.replace, 0);
      v.setDestination();
    });
  };

export const comparisons: Readonly<Record<string, Emitter>> = {
  ...Object.fromEntries(
    Object.entries(Scalar).flatMap(([width, format]) => [
      [`COMI${width}`, toFlags(format)],
      [`UCOMI${width}`, toFlags(format)],
      [`MIN${width}`, extreme(format, false)],
      [`MAX${width}`, extreme(format, true)],
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(Packed).flatMap(([width, format]) => [
      [`MIN${width}`, extremes(format, false)],
      [`MAX${width}`, extremes(format, true)],
      [`CMP${width}`, masks(format)],
    ]),
  ),
  CMPSS: mask(Packed.PS),
  CMPSD: mask(Packed.PD),
};
