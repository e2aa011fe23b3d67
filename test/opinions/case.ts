/** A case: a machine's state and memory, and how the harness gets there. Everything of it follows from seed and number. */
import type { State } from './state.ts';

/** Words are those of guest/enter.s. */
export const Way = { sameLevel: 0, outerLevel: 1, virtual8086: 2, real: 3 } as const;
export type Way = (typeof Way)[keyof typeof Way];

export interface Patch {
  /** Linear, in the arena. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

export interface Case {
  readonly family: string;
  /** What it is about, in a few words. */
  readonly title: string;
  readonly way: Way;
  /** The timer's interrupt, vector 20h, is pending when it begins. */
  readonly timer: boolean;
  readonly state: State;
  /** Over the standard arena, one after the other. */
  readonly patches: readonly Patch[];
}
