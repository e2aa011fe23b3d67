/** The form of docs/coverage.json, which scripts/coverage.ts measures and scripts/instructions.ts prints. */
export const COVERAGE = 'docs/coverage.json';

/** In the order in which they are printed. */
export const ObservedFlags = ['OF', 'SF', 'ZF', 'AF', 'PF', 'CF', 'DF'] as const;

/** What recordings of a real processor show of a row; flags by name, apart by spaces. */
export interface RowFacts {
  readonly read: string;
  readonly written: string;
  /** By the manual, after some execution. */
  readonly undefined: string;
  /** Vectors raised. */
  readonly faults: readonly number[];
}

/** How often it completed, and how often it raised a fault. */
export type FormCount = readonly [completed: number, faulted: number];

export interface Coverage {
  /** By oracle and form: vectors that passed. */
  readonly oracles: Readonly<Record<string, Readonly<Record<string, FormCount>>>>;
  /** By row. */
  readonly rows: Readonly<Record<string, RowFacts>>;
}
