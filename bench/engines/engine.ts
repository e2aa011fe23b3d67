/** What the runner knows of a machine to compare: whether it is there, and how to have one workload run on it. */
export interface Sample {
  /** From the guest's BEGIN to its END, as the host sees them. */
  readonly milliseconds: number;
  readonly checksum: string;
  /** Executed between the two, where the engine counts. */
  readonly instructions?: number;
  /** The most memory the process held, guest's and its own. */
  readonly peakBytes?: number;
  readonly statistics?: Readonly<Record<string, number>>;
}

export interface BenchEngine {
  readonly name: string;
  /** Runs nothing that has no native twin. */
  readonly nativeOnly?: boolean;
  /** Why it cannot run here; undefined when it can. Called once, before any run. */
  missing(): string | undefined;
  /** One process, one run. Throws when the guest faults or does not end. */
  run(workload: string, count: number): Promise<Sample>;
}

export const MEMORY_MIB = 128;
export const IMAGE = 'bench/guest/bench.elf';
/** A run that takes longer has hung. */
export const PATIENCE_MS = 120_000;
