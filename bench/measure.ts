/** Runs every workload on every engine, in turn within a round, so that what else the host does falls on all alike. */
import type { BenchEngine, Sample } from './engines/engine.ts';
import { median } from './statistics.ts';
import type { Workload } from './workloads.ts';

export interface Measured {
  /** Medians of the rounds. */
  readonly milliseconds: number;
  readonly peakBytes: number | undefined;
  readonly all: readonly number[];
  readonly checksum: string;
  readonly instructions: number | undefined;
  /** Of the last round. */
  readonly statistics: Readonly<Record<string, number>>;
}

export interface Row {
  readonly workload: Workload;
  readonly count: number;
  /** By engine; those that have no such workload are not in it. */
  readonly measured: ReadonlyMap<string, Measured>;
  /** What was wrong: a run that failed, results that differ. */
  readonly troubles: readonly string[];
}

export interface MeasureOptions {
  readonly workloads: readonly Workload[];
  readonly engines: readonly BenchEngine[];
  readonly rounds: number;
  /** Part of the full counts. */
  readonly scale: number;
  /** Told before each run. */
  readonly progress: (text: string) => void;
}

export async function measure({ workloads, engines, rounds, scale, progress }: MeasureOptions): Promise<Row[]> {
  const cells = workloads.map(workload => ({
    workload,
    count: Math.max(1, Math.round(workload.count * scale)),
    samples: new Map<string, Sample[]>(),
    failures: [] as string[],
  }));
  for (let round = 1; round <= rounds; round++) {
    for (const { workload, count, samples, failures } of cells) {
      for (const engine of engines) {
        if (engine.nativeOnly && !workload.native) continue;
        progress(`round ${round} of ${rounds}: ${workload.name} on ${engine.name}`);
        try {
          const sample = await engine.run(workload.name, count);
          samples.set(engine.name, [...(samples.get(engine.name) ?? []), sample]);
        } catch (error) {
          failures.push(`${workload.name} on ${engine.name}: ${(error as Error).message}`);
        }
      }
    }
  }
  progress('');
  return cells.map(({ workload, count, samples, failures }) => ({
    workload,
    count,
    measured: new Map([...samples].map(([name, list]) => [name, summary(list)])),
    troubles: [...new Set([...failures, ...differences(workload.name, samples)])],
  }));
}

function summary(samples: readonly Sample[]): Measured {
  const last = samples.at(-1)!;
  const all = samples.map(sample => sample.milliseconds);
  const peaks = samples.flatMap(({ peakBytes }) => (peakBytes === undefined ? [] : [peakBytes]));
  return {
    milliseconds: median(all),
    peakBytes: peaks.length === 0 ? undefined : median(peaks),
    all,
    checksum: last.checksum,
    instructions: last.instructions,
    statistics: last.statistics ?? {},
  };
}

/** Whoever runs it, a workload has one checksum; and ours count the same instructions. */
function differences(workload: string, samples: ReadonlyMap<string, readonly Sample[]>): string[] {
  const compare = (what: string, value: (sample: Sample) => string | number | undefined): string[] => {
    const seen = new Map<string | number, string>();
    for (const [engine, list] of samples) {
      for (const sample of list) {
        const found = value(sample);
        if (found !== undefined && !seen.has(found)) seen.set(found, engine);
      }
    }
    if (seen.size <= 1) return [];
    return [`${workload}: ${what} differ: ${[...seen].map(([found, engine]) => `${engine} ${found}`).join(', ')}`];
  };
  return [...compare('checksums', s => s.checksum), ...compare('instruction counts', s => s.instructions)];
}
