/** SIMD instructions that regions have inline, by mnemonic. What is not here is done by the interpreter's function. */
import { moves } from './simd-moves.ts';
import { type Emitter, scalars } from './simd-scalar.ts';

export const VectorEmitters: Readonly<Record<string, Emitter>> = {
  ...moves,
  ...scalars,
};

/** Those whose results are rounded. */
export const Rounding: ReadonlySet<string> = new Set(Object.keys(scalars));
