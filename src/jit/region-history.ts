/** What has been seen of places and of regions, where that tells what to compile, and how. */
import type { JitOptions } from './options.ts';

/** Addresses missed equally often that are too many to be compiled before each has been missed as often as a jump is taken. */
const MOST_ALIKE = 100;
/** Instructions after which a miss is forgotten. */
const MISSES_LAST = 250_000;
/** Misses for each address, on the average, that are few. */
const FEW_MISSES = 8;
/** Entries after which all regions are judged together; and how much hotter code must be to be compiled, where they are found thin. */
const ENTRIES_JUDGED = 8_192;
const THIN = 16;
/** The same again where that has not helped. */
const THINNER = 4;
const THINNEST = 256;

export class RegionHistory {
  /** Keys of regions that have stack windows which often do not fit. */
  readonly straddling = new Set<number>();
  /** Keys of regions that keep to one page. */
  readonly confined = new Set<number>();
  /** Keys of regions that are entered with the x87 stack now here, now there. */
  readonly unsettled = new Set<number>();
  /** Keys of regions that have been made anew because they left. */
  private readonly leavers = new Set<number>();
  /** Records of instructions whose accesses are often slow. */
  readonly asking = new Set<number>();
  private readonly options: JitOptions;
  private readonly missCounts = new Map<number, { count: number; last: number }>();
  private allMisses = 0;
  private readonly partCounts = new Map<number, number>();
  private readonly leaveCounts = new Map<number, number>();
  /** What hotness counts for less by: THIN while regions execute little each time they are entered, else 1. */
  private thin = 1;
  private judgedEntries = 0;
  private judgedExecuted = 0;

  constructor(options: JitOptions) {
    this.options = options;
  }

  /** How often a jump is taken before its target is compiled. */
  get hotJump(): number {
    return this.options.hotJump * this.thin;
  }

  /**
   * Compiled code went on where no region begins; whether that has made it hot. What is missed once in a while is so because slices end, and whoever had called is
   * gone then.
   */
  missed(key: number, times: number, now: number): boolean {
    const known = this.missCounts.get(key) ?? { count: 0, last: now };
    this.missCounts.set(key, known);
    const count = now - known.last < MISSES_LAST ? known.count + times : times;
    known.count = count;
    known.last = now;
    this.allMisses += times;
    // Where many addresses are missed alike none of them is hot.
    const hotMiss = this.options.hotMiss * this.thin;
    return count >= this.hotJump || (count >= hotMiss && count * MOST_ALIKE >= this.allMisses);
  }

  /** What is part of a region has become hot once more. Where regions execute little each time, the next entry is as far as any. */
  isHotPart(key: number): boolean {
    if (this.thin > 1) return true;
    const count = (this.partCounts.get(key) ?? 0) + 1;
    this.partCounts.set(key, count);
    return count >= this.options.hotPart;
  }

  /** Compiled code has gone on at so many addresses that none has been missed often. */
  get isScattered(): boolean {
    return this.allMisses < this.missCounts.size * FEW_MISSES;
  }

  forgetMisses(key: number): void {
    this.missCounts.delete(key);
  }

  /** A region has left to the interpreter at a record; whether that is just often enough for it to be made anew. */
  left(record: number, times: number): boolean {
    const before = this.leaveCounts.get(record) ?? 0;
    const count = before + times;
    this.leaveCounts.set(record, count);
    const { leaves } = this.options;
    return before < leaves && count >= leaves;
  }

  /** A region of these records is to ask first at one of them. Where that was so before, and has not helped, each of them may be next: it is to ask at all. */
  leaver(key: number, record: number, records: readonly number[]): void {
    this.asking.add(record);
    if (this.leavers.has(key)) for (const other of records) this.asking.add(other);
    this.leavers.add(key);
  }

  /** It left for a reason that is no more. */
  pardon(record: number): void {
    this.leaveCounts.delete(record);
  }

  /** What it left for was a fault: nothing is gained by asking. */
  faulted(record: number, times: number): void {
    const count = this.leaveCounts.get(record);
    if (count !== undefined && count < this.options.leaves) this.leaveCounts.set(record, count - times);
  }

  /**
   * A region has been entered so often, and so much executed. Where each entry is for little, as in a kernel that programs call for short, the way in and out
   * costs about what compiling saves. True when hotJump may have changed.
   */
  entered(entries: number, executed: number): boolean {
    this.judgedExecuted += executed;
    this.judgedEntries += entries;
    if (this.judgedEntries < ENTRIES_JUDGED) return false;
    const isThin = this.judgedExecuted < this.judgedEntries * this.options.thinRun;
    this.thin = isThin ? Math.min(Math.max(this.thin * THINNER, THIN), THINNEST) : 1;
    this.judgedEntries = 0;
    this.judgedExecuted = 0;
    return true;
  }

  /** All records are gone, and counts with them. What keys have been found to be stays. */
  clear(): void {
    this.missCounts.clear();
    this.partCounts.clear();
    this.leaveCounts.clear();
    this.leavers.clear();
    this.asking.clear();
  }
}
