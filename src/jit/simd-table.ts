/** SIMD instructions that regions have inline, by mnemonic. What is not here is done by the interpreter's function. */
import { comparisons } from './simd-compare.ts';
import { exactConversions, roundingConversions } from './simd-convert.ts';
import { integers } from './simd-integers.ts';
import { moves } from './simd-moves.ts';
import { packed } from './simd-packed.ts';
import { type Emitter, scalars } from './simd-scalar.ts';
import { shifts } from './simd-shifts.ts';
import { shuffles } from './simd-shuffles.ts';

const rounding: Readonly<Record<string, Emitter>> = { ...scalars, ...packed, ...roundingConversions };

export const VectorEmitters: Readonly<Record<string, Emitter>> = {
  ...rounding,
  ...exactConversions,
  ...comparisons,
  ...moves,
  ...shuffles,
  ...shifts,
  ...integers,
};

/** Those whose results are rounded. */
export const Rounding: ReadonlySet<string> = new Set(Object.keys(rounding));
