/** The report of a run, for machines. Its schema is docs/report.schema.json. Addresses and register values are unsigned numbers. */
import type { EngineReport } from '../cpu/engine.ts';
import type { AllocationEvent, AllocationSummary } from '../inspect/allocations/events.ts';
import type { FaultExplanation } from '../inspect/fault-explanation.ts';
import type { Death } from '../inspect/fault-report.ts';
import type { Mapping } from '../inspect/maps.ts';
import type { TraceEvent } from '../inspect/system-calls/trace.ts';
import type { TripleFault } from '../inspect/triple-fault.ts';
import type { Reason } from './ending.ts';

/** A byte written to the POST port. */
export interface PostCode {
  readonly value: number;
  /** Instructions executed by then. */
  readonly insns: number;
}

export interface Report {
  readonly version: 1;
  readonly command: 'run' | 'run --real' | 'boot' | 'trace' | 'maps';
  readonly file: string;
  readonly reason: Reason;
  readonly exitCode: number;
  readonly signal: string | null;
  readonly detail: string | null;
  /** Instructions executed since the reset vector. */
  readonly insns: number;
  /** Virtual time in ticks of 10 ns: instructions, and what was skipped while halted. */
  readonly ticks: number;
  readonly seed: number | null;
  readonly memoryBytes: number;
  /** SHA-256 of guest RAM at the end, in hexadecimal. */
  readonly memoryHash: string;
  readonly engine: string;
  readonly fault: FaultExplanation | null;
  readonly tripleFault: TripleFault | null;
  /** The address space at the end, when a program ran under the tiny kernel. */
  readonly maps: readonly Mapping[] | null;
  /** With --post: what was written there, in order, at most 65,536. */
  readonly post: readonly PostCode[] | null;
  /** With --stats, where the engine compiles. */
  readonly stats: StatsReport | null;
  /** Of a program that a signal ended which was no fault. */
  readonly death: Death | null;
  /** Of `trace`: what was asked for. */
  readonly trace: TraceReport | null;
}

export interface TraceReport {
  /** With --syscalls: calls, signals and ends of processes, in the order in which they were complete. */
  readonly systemCalls: readonly TraceEvent[] | null;
  /** With --alloc: calls of the allocator in the order in which they returned, and how each process stood at its end. */
  readonly allocations: {
    readonly events: readonly AllocationEvent[];
    readonly summaries: readonly AllocationSummary[];
  } | null;
}

export interface StatsReport {
  /** Instructions executed by compiled code. */
  readonly compiled: number;
  /** See JitStatistics (src/jit/statistics.ts). */
  readonly counts: Readonly<Record<string, number>>;
  /** Instructions between two samples. */
  readonly interval: number;
  readonly samples: readonly { readonly linear: number; readonly count: number }[];
  readonly exits: readonly { readonly cause: string; readonly linear: number; readonly count: number }[];
}

export function statsReport({ compiled, counts, interval, samples, exits }: EngineReport): StatsReport {
  return {
    compiled,
    counts,
    interval,
    samples: [...samples].map(([linear, count]) => ({ linear, count })).sort((a, b) => b.count - a.count),
    exits: exits.map(({ cause, linear, count }) => ({ cause, linear, count })),
  };
}
