/** Regions run, and what they have executed, entered from here or by the interpreter: the dispatcher counts both, in words of memory. */
import { REGION_RUNS } from '../cpu/state.ts';
import type { Compiled } from './compiled.ts';
import { EntryWord } from './dispatcher.ts';
import type { RegionIndex } from './region-index.ts';
import type { JitStatistics } from './statistics.ts';

export interface RegionRunsOptions {
  readonly memory: WebAssembly.Memory;
  readonly index: RegionIndex;
  readonly statistics: JitStatistics;
  /** Runs a region, by number, and what follows; a Status. */
  enter(region: number): number;
  /** Entered so often since it was last told of, a region and what followed have executed so many instructions, without those that REP did in bulk. */
  done(region: Compiled, entries: number, executed: number): void;
}

export class RegionRuns {
  private readonly of: RegionRunsOptions;
  private readonly words: Int32Array;

  constructor(of: RegionRunsOptions) {
    this.of = of;
    this.words = new Int32Array(of.memory.buffer);
  }

  /** Sets how often something comes to pass for the host to hear of it: see JitOptions.lot. */
  set lot(lot: number) {
    this.words[EntryWord.lot >> 2] = lot - 1;
  }

  /** Runs a region and what follows; a Status. */
  run(region: Compiled): number {
    const { enter, done } = this.of;
    const status = enter(region.index);
    const { entries, executed } = this.take(region.index);
    done(region, entries, executed);
    return status;
  }

  /** What has come of the region at whose entry the interpreter was: a Status, or NOT_FOUND. */
  get status(): number {
    return this.words[EntryWord.status >> 2]!;
  }

  /** How often that has been so, since one heard of it. */
  get times(): number {
    return this.words[EntryWord.times >> 2]!;
  }

  /** Tells of the region that has been entered so. */
  told(): void {
    const number = this.words[EntryWord.region >> 2]!;
    const { entries, executed } = this.take(number);
    const region = this.of.index.numbered(number);
    if (region) this.of.done(region, entries, executed);
  }

  /** What the region of a number has done since this was last asked. */
  take(number: number): { entries: number; executed: number } {
    const { words } = this;
    const at = (REGION_RUNS >> 2) + number * 2;
    const entries = words[at]!;
    const executed = words[at + 1]!;
    words[at] = 0;
    words[at + 1] = 0;
    this.of.statistics.entries += entries;
    return { entries, executed };
  }

  /** Has the statistics tell of all entries so far. */
  count(): void {
    const { index, statistics } = this.of;
    for (let number = 0; number < index.numbers; number++) this.take(number);
    const at = EntryWord.executed >> 2;
    statistics.executed = (this.words[at]! >>> 0) + this.words[at + 1]! * 2 ** 32;
  }
}
