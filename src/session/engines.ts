/** The engines by the names that `--engine` and reports use. All give the same run; they differ in speed. */
import { type MakeEngine, wasmEngine } from '../cpu/engine.ts';
import { oracleEngine } from '../cpu/oracle.ts';
import { eagerJitEngine, jitEngine, profilingJitEngine } from '../jit/jit.ts';
import type { EngineName } from './engine-names.ts';

export const Engines = {
  /** Interpreter, and compiled regions for what is hot. */
  jit: jitEngine,
  interp: wasmEngine,
  /** Compiles at first sight: for tests. */
  'jit-eager': eagerJitEngine,
  /** The printed JavaScript of each instruction: for tests, slow. */
  oracle: oracleEngine,
} as const satisfies Record<EngineName, MakeEngine>;

/** The engine of that name; `stats`: one that takes notes, where there is something to note (see Cpu.engineReport()). */
export function engineOf(name: EngineName, stats: boolean): MakeEngine {
  return stats && (name === 'jit' || name === 'jit-eager') ? profilingJitEngine(name === 'jit-eager') : Engines[name];
}
