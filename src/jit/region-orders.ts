/**
 * Regions that wait to be compiled, and those that are being: they are ordered together, and taken in when they are there. Small modules are ordered anew as larger ones.
 * What has been lost meanwhile is not taken in, nor is what would call it.
 */
import type { Compiled } from './compiled.ts';
import type { Linker } from './linker.ts';
import type { JitOptions } from './options.ts';
import type { Compiling, Delivery } from './order.ts';
import type { RegionIndex } from './region-index.ts';
import type { JitStatistics } from './statistics.ts';

/** So many regions need not wait for more. */
const BATCH = 32;

export interface RegionOrdersOptions {
  readonly compiling: Compiling;
  readonly linker: Linker;
  readonly index: RegionIndex;
  readonly options: JitOptions;
  readonly statistics: JitStatistics;
  /** Instructions, and the time of services as such. */
  time(): number;
  /** Drops the regions that call one directly. */
  dropCallers(region: Compiled): void;
  /** There is no room for more. */
  startOver(): void;
}

export class RegionOrders {
  /** time() when a module was last taken in. */
  installedAt = 0;
  private readonly of: RegionOrdersOptions;
  private queue: Compiled[] = [];
  private waitingSince = 0;
  /** What is being compiled, and the level of the module that will have it. */
  private ordered: { readonly regions: readonly Compiled[]; readonly level: number } | undefined;
  /** Ids that the compiler need not know any more; and whether it should know none. */
  private forgotten: number[] = [];
  private afresh = false;
  /** There were words enough for both the old modules and the new one whenever some were merged. */
  private mayMerge = true;

  constructor(of: RegionOrdersOptions) {
    this.of = of;
  }

  /** How many regions wait to be compiled. */
  get waiting(): number {
    return this.queue.length;
  }

  /** They need not wait for more. */
  get isFull(): boolean {
    return this.queue.length >= BATCH;
  }

  /** Regions are being compiled. */
  get isOrdered(): boolean {
    return this.ordered !== undefined;
  }

  /** Nothing waits, and nothing is being compiled. */
  get isIdle(): boolean {
    return this.queue.length === 0 && this.ordered === undefined;
  }

  add(region: Compiled): void {
    if (this.queue.length === 0) this.waitingSince = this.of.time();
    this.queue.push(region);
  }

  /** A place is part of a region that waits. */
  has(eip: number, codeKey: number): boolean {
    return this.queue.some(({ region, codeKey: its }) => its === codeKey && region.blocks.has(eip));
  }

  /** It is no more. */
  forget(region: Compiled): void {
    this.queue = this.queue.filter(other => other !== region);
    this.forgotten.push(region.id);
  }

  /** All are gone. */
  reset(): void {
    this.queue = [];
    this.ordered = undefined;
    this.forgotten = [];
    this.afresh = true;
    this.mayMerge = true;
  }

  /** Orders what waits, if it has waited long enough or there is enough of it, and takes in what has been ordered. Only while no compiled code runs. */
  compileWhenDue(): void {
    if (!this.isOrdered && !this.isDue) return;
    const start = performance.now();
    while (this.isOrdered || this.orderDue()) {
      const delivery = this.of.compiling.delivered();
      if (!delivery) break;
      this.takeIn(delivery);
      if (!this.orderDue()) this.orderMerged();
    }
    this.of.statistics.milliseconds += performance.now() - start;
  }

  private get isDue(): boolean {
    const { options, time } = this.of;
    return this.isFull || (this.queue.length > 0 && time() - this.waitingSince >= options.patience);
  }

  private orderDue(): boolean {
    const { queue } = this;
    const { index, startOver } = this.of;
    if (!this.isDue) return false;
    if (index.isFull) {
      startOver();
      return false;
    }
    this.queue = [];
    this.order(queue, 0);
    return true;
  }

  /** Small modules become larger ones: many small ones thrash the host's caches. */
  private orderMerged(): void {
    for (let level = 0; this.mayMerge; level++) {
      const same = [...this.of.linker.modules].filter(module => module.level === level);
      if (same.length === 0) return;
      if (same.length < this.of.options.merge) continue;
      this.order(
        same.flatMap(module => [...module.regions]),
        level + 1,
      );
      return;
    }
  }

  private order(regions: readonly Compiled[], level: number): void {
    this.tidy();
    this.ordered = { regions, level };
    this.of.compiling.order({
      sources: level === 0 ? regions : [],
      merged: level === 0 ? [] : regions.map(({ id }) => id),
      forgotten: this.forgotten,
      returned: this.of.linker.takeUnused(),
      afresh: this.afresh,
    });
    this.forgotten = [];
    this.afresh = false;
  }

  private takeIn({ image, milliseconds, beside }: Delivery): void {
    const { statistics, linker, time, dropCallers, startOver } = this.of;
    const { regions, level } = this.ordered!;
    this.ordered = undefined;
    statistics.compilerMilliseconds += milliseconds;
    if (!image) {
      if (level === 0) startOver();
      else this.mayMerge = false;
      return;
    }
    const byId = new Map(regions.map(region => [region.id, region]));
    for (const region of regions) region.callers.clear();
    for (const { id, goesTo } of image.regions) for (const to of goesTo) byId.get(to)!.callers.add(byId.get(id)!);
    for (const region of regions) if (region.dropped) dropCallers(region);
    statistics.modules++;
    if (beside) statistics.beside++;
    statistics.bytes += image.bytes;
    if (level > 0) statistics.merges++;
    if (regions.every(({ dropped }) => dropped)) {
      linker.discard(image);
      return;
    }
    for (const facts of image.regions) byId.get(facts.id)!.facts = facts;
    linker.install(image, byId, level);
    this.installedAt = time();
    if (level === 0) this.takeEntries(regions);
    this.tidy();
  }

  private takeEntries(regions: readonly Compiled[]): void {
    const { statistics, index } = this.of;
    for (const region of regions) {
      if (region.dropped) continue;
      statistics.regions++;
      statistics.blocks += region.region.blocks.size;
      statistics.instructions += region.region.instructions;
      statistics.vectors += region.facts!.vectors.inline;
      statistics.vectorCalls += region.facts!.vectors.called;
      index.takeEntry(region);
    }
  }

  /** Numbers of what is gone are free again, and empty modules go. */
  private tidy(): void {
    const { index, linker } = this.of;
    index.recycle();
    for (const module of linker.modules) if (module.regions.size === 0) linker.release(module);
  }
}
