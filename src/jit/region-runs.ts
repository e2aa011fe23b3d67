/**
 * Regions run, and what they have executed: those that are entered from here, and those that the interpreter has entered by itself, of which words in memory tell (see
 * EntryWord in dispatcher.ts).
 */
import type { EngineHost } from '../cpu/engine.ts';
import { BULKED, REGION_RUNS } from '../cpu/state.ts';
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
  private host!: EngineHost;
  /** Instructions executed in regions that were entered from here. */
  private executed = 0;

  constructor(of: RegionRunsOptions) {
    this.of = of;
    this.words = new Int32Array(of.memory.buffer);
  }

  /** `lot`: see JitOptions. */
  attach(host: EngineHost, lot: number): void {
    this.host = host;
    this.words[EntryWord.lot >> 2] = lot - 1;
  }

  /** Runs a region and what follows; a Status. */
  run(region: Compiled): number {
    const { words } = this;
    const { state } = this.host;
    const { enter, statistics, done } = this.of;
    state.codeDropped = 0;
    const before = state.budget;
    const bulked = words[BULKED >> 2]!;
    const status = enter(region.index);
    const executed = before - state.budget;
    statistics.entries++;
    this.executed += executed;
    done(region, 1, executed - ((words[BULKED >> 2]! - bulked) | 0));
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

  /** What the interpreter has had the region of a number do since this was last asked. */
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
    statistics.executed = this.executed + (this.words[at]! >>> 0) + this.words[at + 1]! * 2 ** 32;
  }
}
