/**
 * What the host fuzzer needs to know of a kind of instruction: how states of it are drawn, executed by the host's processor and by ours, and compared. A state
 * is whatever the outcome depends on, as plain data: it is sent between processes and kept in findings.
 */
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { EAGER, Jit } from '../../src/jit/jit.ts';
import type { Random } from '../cpu/rig.ts';

/**
 * How our processor executes a state: the interpreter with the instruction in a block, or as the only one of a slice; compiled code, come upon by a jump;
 * the printed oracle.
 */
export const Ways = ['block', 'step', 'jit', 'oracle'] as const;
export type Way = (typeof Ways)[number];

const jit: MakeEngine = (memory, imports) =>
  // The same place holds other code each time: that must not put it off.
  new Jit(memory, wasmEngine(memory, imports), { ...EAGER, losses: Number.POSITIVE_INFINITY });
export const engineOf = (way: Way): MakeEngine => (way === 'jit' ? jit : way === 'oracle' ? oracleEngine : wasmEngine);

export interface Subject<State, Outcome> {
  /** States for one batch; undefined where the dice gave one that cannot be judged. All of them share what the host is told once a batch. */
  draw(random: Random, count: number): (State | undefined)[];
  /** The host's outcomes, in order. */
  ask(states: readonly State[]): Outcome[];
  /** Ours; undefined for a state that is not for the host, or not for this way. */
  run(state: State, way: Way): Outcome | undefined;
  /** What differs; undefined where the host cannot judge. */
  compare(state: State, ours: Outcome, theirs: Outcome): string[] | undefined;
  /** The form (src/conform/coverage.ts) that it is an instance of; undefined for what is none. */
  formOf(state: State): string | undefined;
  describe(state: State): string;
  /** States that are simpler in one thing. */
  simpler(state: State): Iterable<State>;
  /** Plain data for JSON, and back. */
  pack(state: State, outcome: Outcome): unknown;
  unpack(packed: unknown): { readonly state: State; readonly outcome: Outcome };
  close(): void;
}

export type AnySubject = Subject<unknown, unknown>;
