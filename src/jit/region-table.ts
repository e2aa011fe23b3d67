/**
 * The regions there are, by address and by the records they are made of; the queue of those to be compiled.
 *
 * An address may have several: what lies there differs between address spaces, and so may segments. The first of the list is the current one, to
 * which links lead; when it declines and another matches, that one becomes it.
 */
import type { EngineHost } from '../cpu/engine.ts';
import { Pseudo } from '../cpu/forms.ts';
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import {
  fieldAddress,
  HOT_JUMP,
  REGION_CACHE,
  REGION_CACHE_ENTRIES,
  REGION_VALID,
  REGION_VALID_COUNT,
  TLB,
  TLB_SIZE,
} from '../cpu/state.ts';
import { type BlockFinder, CODE_LIMIT } from './block-finder.ts';
import { type Compiled, regionKey } from './compiled.ts';
import { cacheEntry, makeDispatcher } from './dispatcher.ts';
import type { FormTraits } from './form-traits.ts';
import { Linker } from './linker.ts';
import { Losses } from './losses.ts';
import type { JitOptions } from './options.ts';
import { type Block, discover, type Region } from './region.ts';
import { MARGIN, planRegion } from './region-writer.ts';
import type { JitStatistics } from './statistics.ts';
import { STACK_WORDS } from './x87-region.ts';

export interface RegionTableOptions {
  readonly memory: WebAssembly.Memory;
  readonly traits: FormTraits;
  readonly finder: BlockFinder;
  readonly options: JitOptions;
  readonly statistics: JitStatistics;
  cold(form: number): (record: number) => number;
  x87(place: number): (operand: number) => number;
}

/** So many regions need not wait for more. */
const BATCH = 32;
/** A call taken this part of what makes a jump hot has its target compiled along with the caller. */
const CALLEE_SHARE = 1 / 16;
/** Milliseconds of compiling that a run may begin with. */
const CREDIT = 50;
/** Entries after which a region is judged by what it has executed. */
const ENOUGH_ENTRIES = 4_000;
/** Entries after which all regions are judged together; and how much hotter code must be to be compiled, where they are found thin. */
const ENTRIES_JUDGED = 8_192;
const THIN = 16;
/** Addresses missed equally often that are too many to be compiled before each has been missed as often as a jump is taken. */
const MOST_ALIKE = 100;
/** Regions for one address. */
const MOST_VARIANTS = 8;
const MOST_DECLINES = 50;
const MANY_WINDOW_MISSES = 8;
/** Regions for one address that differ in where the x87 stack is, and turns they may take: then one that does not ask is better. */
const MOST_STACKS = 3;
const MOST_TURNS = 50;
const MOST_WRONG_STACKS = 8;
/** An indirect jump seen to go to so many places has its region made anew, with these in it. */
const MANY_TARGETS = 3;
const CS_BASE = fieldAddress('csBase');
const CR0_TS = 8;

const NONE: ReadonlySet<Compiled> = new Set();

export class RegionTable {
  private readonly options: JitOptions;
  private readonly statistics: JitStatistics;
  private readonly traits: FormTraits;
  private readonly finder: BlockFinder;
  private readonly linker: Linker;
  private readonly enterRegion: (region: number) => number;
  private readonly clearFunctions: () => void;
  private readonly words: Int32Array;
  private readonly view: DataView;
  private readonly variants = new Map<number, Compiled[]>();
  /** Form of a record before regions took it over, and these. */
  private readonly entries = new Map<number, { form: number; regions: Set<Compiled> }>();
  /** Regions that have a block at this record. */
  private readonly users = new Map<number, Set<Compiled>>();
  private waiting: Compiled[] = [];
  private waitingSince = 0;
  private readonly since = performance.now();
  private readonly losses: Losses;
  /** Entries whose regions have stack windows that often do not fit. */
  private readonly straddling = new Set<number>();
  /** Entries whose regions keep to one page. */
  private readonly confined = new Set<number>();
  /** Entries whose regions are entered with the x87 stack now here, now there. */
  private readonly unsettled = new Set<number>();
  private readonly missCounts = new Map<number, number>();
  private allMisses = 0;
  /** What hotness counts for less by: THIN while regions execute little each time they are entered, else 1. */
  private thin = 1;
  private judgedEntries = 0;
  private judgedExecuted = 0;
  private readonly leaveCounts = new Map<number, number>();
  /** Records of instructions whose accesses are often slow. */
  private readonly asking = new Set<number>();
  private nextIndex = 0;
  private freeIndices: number[] = [];
  /** Of regions dropped since the last compilation: their functions may still be running. */
  private lostIndices: number[] = [];
  private host!: EngineHost;

  constructor({ memory, traits, finder, options, statistics, cold, x87 }: RegionTableOptions) {
    this.options = options;
    this.statistics = statistics;
    this.traits = traits;
    this.finder = finder;
    this.words = new Int32Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.losses = new Losses(options.losses);
    const dispatcher = makeDispatcher(memory, REGION_VALID_COUNT, (linear, write) =>
      this.host.enterTranslation(linear, write !== 0),
    );
    this.enterRegion = dispatcher.run;
    this.clearFunctions = () => {
      for (let i = 0; i < this.nextIndex; i++) dispatcher.regions.set(i, null);
    };
    this.linker = new Linker({
      memory,
      dispatcher,
      traits,
      cold: cold as (form: number) => WebAssembly.ExportValue,
      x87: x87 as (place: number) => WebAssembly.ExportValue,
      find: key => this.variants.get(key)?.[0],
      asks: record => this.asking.has(record),
    });
  }

  attach(host: EngineHost): void {
    this.host = host;
    this.words[HOT_JUMP >> 2] = this.options.hotJump;
    host.code.onStale = (record, written) => this.stale(record, written);
    host.code.onClear = () => this.reset();
  }

  /** Instructions, and the time of services as such. */
  get time(): number {
    return this.host.now() + this.host.effort;
  }

  /** Compiling has taken more than its share of the time so far. The guest cannot tell: it is only faster or slower for it. */
  get isBusy(): boolean {
    const elapsed = performance.now() - this.since;
    return this.statistics.milliseconds > CREDIT + this.options.share * elapsed;
  }

  /** Regions wait to be compiled. */
  get isWaiting(): boolean {
    return this.waiting.length > 0;
  }

  /** Runs a region and what follows; a Status. */
  run(region: Compiled): number {
    return this.enterRegion(region.index);
  }

  formAt(record: number): number {
    return this.entries.get(record)?.form ?? this.view.getUint16(record + Field.form, true);
  }

  // ---- finding

  private here(): Compiled[] | undefined {
    const { state } = this.host;
    return this.variants.get(regionKey((state.csBase + state.eip) | 0, state.codeKey));
  }

  /** The region links to EIP lead to, if it has been compiled. */
  current(): Compiled | undefined {
    const first = this.here()?.[0];
    return first?.run ? first : undefined;
  }

  /** A region at EIP whose code, pages and segments are as it needs them. Notes why there is none. */
  matching(): Compiled | undefined {
    const list = this.here();
    if (!list) return undefined;
    const find = () => list.find(region => region.run && this.matches(region));
    // After a change of address spaces the page of EIP itself may be missing, which is fetched from next in any case.
    const found = find() ?? (this.host.enterFetch() ? find() : undefined);
    if (!found && list[0]) this.declined(list[0]);
    return found && this.isUnsettled(found, list) ? undefined : found;
  }

  /** Regions take turns because the x87 stack is now here, now there: they go, and one that does not ask where it is is wanted. */
  private isUnsettled(next: Compiled, list: readonly Compiled[]): boolean {
    if (next === list[0] || !knowsStack(next) || !knowsStack(list[0]!) || ++next.turns < MOST_TURNS) return false;
    this.unsettled.add(next.key);
    for (const region of list.filter(knowsStack)) this.drop(region);
    this.request(next.region.entry);
    return true;
  }

  /** The region that begins at this record and can run now. */
  enterable(record: number): Compiled | undefined {
    const { state } = this.host;
    const linear = (state.csBase + state.eip) | 0;
    // By its record: a small number is found sooner than an address with its mode.
    for (const region of this.entries.get(record)?.regions ?? NONE) {
      if (region.linear !== linear || region.codeKey !== state.codeKey || region.pcBase !== state.pcBase) continue;
      if (region.run && this.matches(region)) return this.isCovered(region) ? region : undefined;
    }
    return undefined;
  }

  private matches(region: Compiled): boolean {
    const { words } = this;
    if (region.csBase !== this.host.state.csBase) return false;
    for (const [address, word] of region.pages) if (words[address >> 2] !== word) return false;
    for (const [address, word] of region.plan.guards) if (words[address >> 2] !== word) return false;
    return true;
  }

  /** The budget is enough for a way through it. */
  isCovered(region: Compiled): boolean {
    return this.host.state.budget >= region.region.instructions + MARGIN;
  }

  /** Entered from the host, a region has executed so much with what followed. One that does little each time costs more than it gives, and goes. */
  entered(region: Compiled, executed: number): void {
    this.judgedExecuted += executed;
    if (++this.judgedEntries === ENTRIES_JUDGED) this.judge();
    region.executed += executed;
    if (++region.entries < ENOUGH_ENTRIES) return;
    if (region.executed < region.entries * this.options.leastRun) {
      this.losses.giveUp(region.key, this.host.now());
      this.drop(region);
    }
    region.entries = 0;
    region.executed = 0;
  }

  /** Where each entry is for little, as in a kernel that programs call for short, the way in and out costs about what compiling saves. */
  private judge(): void {
    this.thin = this.judgedExecuted < this.judgedEntries * this.options.thinRun ? THIN : 1;
    this.words[HOT_JUMP >> 2] = this.options.hotJump * this.thin;
    this.judgedEntries = 0;
    this.judgedExecuted = 0;
  }

  makeCurrent(region: Compiled): void {
    const list = this.variants.get(region.key)!;
    if (list[0] !== region) {
      list.splice(list.indexOf(region), 1);
      list.unshift(region);
      this.linker.lead(region);
    }
    this.cache(region);
  }

  /** Has the dispatcher find it. */
  cache({ linear, codeKey, index }: Compiled): void {
    const at = cacheEntry(linear) >> 2;
    this.words[at] = linear;
    this.words[at + 1] = codeKey;
    this.words[at + 2] = index;
  }

  private uncache({ linear, codeKey, index }: Compiled): void {
    const at = cacheEntry(linear) >> 2;
    const { words } = this;
    if (words[at] === linear && words[at + 1] === codeKey && words[at + 2] === index) words[at + 1] = -1;
  }

  // ---- what has been seen

  /** Has the inline cache at `site` lead to EIP, if there is a region. */
  fill(site: number, eip: number): void {
    this.statistics.fills++;
    const cache = this.linker.caches.get(site);
    if (!cache) return;
    const { region } = cache;
    const jumps = [...region.region.blocks.values()].some(
      b => b.end.kind === 'indirect' && b.eips.at(-1) === cache.eip,
    );
    if (jumps && this.finder.observe(cache.eip, eip) === MANY_TARGETS) {
      this.drop(region);
      this.request(region.region.entry);
      return;
    }
    const target = this.current();
    if (target) this.linker.fill(cache, eip, target);
    else this.missed(eip);
  }

  /**
   * A region ended by a jump to where none begins: the return from a call, often. Hot continuations become regions of their own.
   * True when somebody waits to be compiled since: the slice should end then.
   */
  missed(eip: number): boolean {
    const { state } = this.host;
    const key = regionKey((state.csBase + eip) | 0, state.codeKey);
    const count = (this.missCounts.get(key) ?? 0) + 1;
    this.missCounts.set(key, count);
    this.allMisses++;
    // Where many addresses are missed alike none of them is hot.
    const hotMiss = this.options.hotMiss * this.thin;
    const hotJump = this.options.hotJump * this.thin;
    const isHot = count >= hotJump || (count >= hotMiss && count * MOST_ALIKE >= this.allMisses);
    if (!isHot || this.isBusy) return false;
    this.missCounts.delete(key);
    const before = this.waiting.length;
    this.request(eip);
    return this.waiting.length > before;
  }

  /** A region has left to the interpreter at a record. Where that happens often it is made anew, so as to ask first. */
  left(record: number): void {
    // That its unit is another task's is no reason to write an instruction otherwise.
    if ((this.host.state.cr0 & CR0_TS) !== 0 && this.finder.isVector(record)) return;
    const count = (this.leaveCounts.get(record) ?? 0) + 1;
    this.leaveCounts.set(record, count);
    if (count !== this.options.leaves) return;
    this.asking.add(record);
    for (const list of [...this.variants.values()]) {
      for (const region of [...list]) {
        if (region.run && holds(region, record)) this.remake(region);
      }
    }
  }

  /** What it left for was a fault: nothing is gained by asking. */
  faulted(record: number): void {
    const count = this.leaveCounts.get(record);
    if (count !== undefined && count < this.options.leaves) this.leaveCounts.set(record, count - 1);
  }

  /** The stack window of the region at EIP does not fit: it, if it can run otherwise. Where that happens often it gets a second version, without. */
  windowMissed(): Compiled | undefined {
    const region = this.matching();
    if (!region || ++region.windowMisses !== MANY_WINDOW_MISSES) return region;
    this.straddling.add(region.key);
    this.remake(region);
    return region;
  }

  /** The same region, written anew. */
  private remake(region: Compiled): void {
    this.drop(region);
    this.request(region.region.entry, region);
  }

  /**
   * After a change of address spaces the TLB fills as code runs, and a region that lies on several pages must wait for all of them. One that waits too
   * often is made anew from its first page alone.
   */
  private declined(region: Compiled): void {
    const { words } = this;
    if (region.run && knowsStack(region) && STACK_WORDS.some(at => words[at >> 2] !== region.plan.guards.get(at))) {
      // It was asked for while the stack was elsewhere.
      if (++region.declines <= MOST_WRONG_STACKS) return;
      this.drop(region);
      this.request(region.region.entry);
      return;
    }
    const [first, ...others] = region.pages;
    if (!region.run || !first || words[first[0] >> 2] !== first[1]) return;
    if (!others.some(([address]) => words[address >> 2] === 0)) return;
    if (++region.declines <= MOST_DECLINES) return;
    this.confined.add(region.key);
    this.drop(region);
    this.request(region.region.entry);
  }

  // ---- discovery

  /** Asks for a region at an EIP of the present address space and mode. `former`: the one it replaces, if there was one. */
  request(eip: number, former?: Compiled): void {
    const { host } = this;
    const { state } = host;
    const linear = (state.csBase + eip) | 0;
    const { codeKey, csBase } = state;
    const key = regionKey(linear, codeKey);
    const list = this.variants.get(key) ?? [];
    if (list.some(known => this.matches(known)) || this.losses.isLost(key, host.now())) return;
    // Part of a region that will soon run: perhaps nobody comes here from elsewhere then.
    if (this.waiting.some(({ region, codeKey: its }) => its === codeKey && region.blocks.has(eip))) return;
    // The page of EIP itself is fetched from next in any case.
    if (eip === state.eip && !host.enterFetch()) return;
    const narrow = this.confined.has(key);
    const region = discover(
      eip,
      at => {
        const block = this.finder.blockAt(host, at);
        return block && narrow && !sharesPage(block, eip) ? undefined : block;
      },
      this.callsOften,
    );
    if (!region) return;
    const user = state.cpl === 3;
    const pages = this.pagesOf(region, user, csBase);
    if (!pages) return;
    const index = this.takeIndex();
    if (index === undefined) return;
    const entry = region.blocks.get(eip)!;
    const straddles = this.straddling.has(key);
    const source = { region, user, linear, validAt: REGION_VALID + index * 4, pages, straddles };
    const plan = planRegion(source, this.view, this.traits, this.asking, {
      words: address => former?.plan.guards.get(address) ?? this.words[address >> 2]!,
      isSettled: !this.unsettled.has(key) && list.filter(knowsStack).length < MOST_STACKS,
    });
    if (!host.flat) {
      plan.guards.set(CS_BASE, csBase);
      plan.guards.set(CODE_LIMIT, this.words[CODE_LIMIT >> 2]!);
    }
    // All have one shape for the host's engine, whatever the source's is.
    const compiled: Compiled = {
      region,
      user,
      linear,
      validAt: source.validAt,
      pages,
      straddles,
      key,
      codeKey,
      csBase,
      index,
      record: entry.record,
      pcBase: entry.pcBase,
      plan,
      run: undefined,
      module: undefined,
      callers: new Set(),
      declines: 0,
      windowMisses: 0,
      turns: 0,
      entries: 0,
      executed: 0,
      dropped: false,
    };
    this.words[source.validAt >> 2] = 1;
    for (const block of region.blocks.values()) {
      const users = this.users.get(block.record) ?? new Set();
      users.add(compiled);
      this.users.set(block.record, users);
    }
    if (list.length >= MOST_VARIANTS) this.drop(list.at(-1)!);
    this.variants.set(key, [...(this.variants.get(key) ?? []), compiled]);
    if (this.waiting.length === 0) this.waitingSince = this.time;
    this.waiting.push(compiled);
    this.requestCallees(region);
  }

  /** What a hot region has often called is hot too, and best compiled together with it. */
  private requestCallees(region: Region): void {
    if (this.waiting.length >= BATCH) return;
    for (const block of region.blocks.values())
      if (block.end.kind === 'call' && this.callsOften(block)) this.request(block.taken);
  }

  /** The jump or call that ends a block has been taken often. */
  private readonly callsOften = ({ record, forms }: Block): boolean => {
    const jump = record + (forms.length - 1) * RECORD_SIZE;
    return this.view.getInt32(jump + Field.taken, true) >= this.options.hotJump * CALLEE_SHARE;
  };

  /** TLB words that must hold; undefined when a page is not in the TLB. */
  private pagesOf(region: Region, user: boolean, csBase: number): [number, number][] | undefined {
    const pages = new Map<number, number>();
    for (const block of region.blocks.values()) {
      // An instruction may lie on two pages.
      for (const eip of [block.eip, block.next - 1]) {
        const at = TLB + (user ? 2 : 0) * TLB_SIZE + (((csBase + eip) | 0) >>> 12) * 4;
        pages.set(at, this.words[at >> 2]!);
      }
    }
    return [...pages.values()].includes(0) ? undefined : [...pages];
  }

  private takeIndex(): number | undefined {
    const free = this.freeIndices.pop();
    if (free !== undefined) return free;
    return this.nextIndex < REGION_VALID_COUNT ? this.nextIndex++ : undefined;
  }

  // ---- compilation

  /** Compiles what waits, if it has waited long enough or there is enough of it. Only while no compiled code runs. */
  compileWhenDue(): void {
    const { waiting, options } = this;
    if (waiting.length === 0) return;
    if (waiting.length < BATCH && this.time - this.waitingSince < options.patience) return;
    if (!this.linker.fits(waiting) || this.nextIndex >= REGION_VALID_COUNT) {
      this.startOver();
      return;
    }
    const start = performance.now();
    this.waiting = [];
    this.compile(waiting, 0);
    this.tidy();
    this.statistics.milliseconds += performance.now() - start;
  }

  private compile(regions: readonly Compiled[], level: number): void {
    const { statistics } = this;
    const { bytes } = this.linker.compile(regions, level);
    statistics.modules++;
    statistics.bytes += bytes;
    if (level > 0) {
      statistics.merges++;
      return;
    }
    for (const region of regions) {
      statistics.regions++;
      statistics.blocks += region.region.blocks.size;
      statistics.instructions += region.region.instructions;
      statistics.vectors += region.plan.vectors.inline;
      statistics.vectorCalls += region.plan.vectors.called;
      this.takeEntry(region);
    }
  }

  private takeEntry(region: Compiled): void {
    const { record } = region;
    const at = record + Field.form;
    const entry = this.entries.get(record) ?? { form: this.view.getUint16(at, true), regions: new Set() };
    entry.regions.add(region);
    this.entries.set(record, entry);
    this.view.setUint16(at, Pseudo.compiled, true);
  }

  /** Numbers of what is gone are free again, empty modules go, and small ones become larger ones: many small ones thrash the host's caches. */
  private tidy(): void {
    this.freeIndices.push(...this.lostIndices);
    this.lostIndices = [];
    for (const module of this.linker.modules) if (module.regions.size === 0) this.linker.release(module);
    for (let level = 0; ; level++) {
      const same = [...this.linker.modules].filter(module => module.level === level);
      if (same.length === 0) return;
      const regions = same.flatMap(module => [...module.regions]);
      // For a while both the old modules and the new one have their words.
      if (same.length < this.options.merge || !this.linker.fits(regions)) continue;
      this.compile(regions, level + 1);
      for (const module of same) this.linker.release(module);
    }
  }

  // ---- invalidation

  /** Drops what lies on a linear page, wherever that is in memory. Only while no compiled code runs. */
  forgetPage(linearPage: number): void {
    const words = [0, 2].map(slot => TLB + slot * TLB_SIZE + linearPage * 4);
    for (const list of [...this.variants.values()]) {
      for (const region of [...list]) if (region.pages.some(([at]) => words.includes(at))) this.drop(region);
    }
  }

  /** The block at `record` is no more: `written`, as its bytes have been overwritten. */
  private stale(record: number, written: boolean): void {
    for (const region of this.users.get(record) ?? []) {
      if (written) this.losses.add(region.key, this.host.now());
      this.drop(region);
    }
    this.users.delete(record);
  }

  private drop(region: Compiled): void {
    if (region.dropped) return;
    region.dropped = true;
    this.statistics.invalidated++;
    this.words[region.validAt >> 2] = 0;
    this.host.state.codeDropped = 1;
    this.lostIndices.push(region.index);
    for (const block of region.region.blocks.values()) this.users.get(block.record)?.delete(region);
    this.giveEntry(region);
    const list = this.variants.get(region.key)!;
    const current = list[0] === region;
    list.splice(list.indexOf(region), 1);
    if (list.length === 0) this.variants.delete(region.key);
    this.uncache(region);
    this.linker.disconnect(region, current);
    if (current && list[0]?.run) this.linker.lead(list[0]);
    this.waiting = this.waiting.filter(other => other !== region);
    // They call its function, which is no more, without asking.
    for (const caller of [...region.callers]) this.drop(caller);
  }

  private giveEntry(region: Compiled): void {
    const entry = this.entries.get(region.record);
    if (!entry?.regions.delete(region) || entry.regions.size > 0) return;
    this.entries.delete(region.record);
    const at = region.record + Field.form;
    if (this.view.getUint16(at, true) === Pseudo.compiled) this.view.setUint16(at, entry.form, true);
  }

  /** Numbers or words have run out: all regions go, and the decoded code, which knows how often jumps have been taken, so that what is hot is found anew. */
  private startOver(): void {
    this.statistics.startsOver++;
    for (const list of [...this.variants.values()]) for (const region of [...list]) this.drop(region);
    this.reset();
    this.host.forgetCode();
  }

  /** All decoded code is gone. */
  private reset(): void {
    for (const list of this.variants.values()) {
      for (const region of list) {
        region.dropped = true;
        this.words[region.validAt >> 2] = 0;
      }
    }
    this.clearFunctions();
    this.words.fill(0, REGION_CACHE >> 2, (REGION_CACHE + REGION_CACHE_ENTRIES * 16) >> 2);
    this.linker.reset();
    this.variants.clear();
    this.entries.clear();
    this.users.clear();
    this.missCounts.clear();
    this.leaveCounts.clear();
    this.asking.clear();
    this.finder.observed.clear();
    this.waiting = [];
    this.nextIndex = 0;
    this.freeIndices = [];
    this.lostIndices = [];
    this.host.state.codeDropped = 1;
  }
}

/** One of its instructions has this record. */
function holds({ region }: Compiled, record: number): boolean {
  for (const block of region.blocks.values()) {
    if (record >= block.record && record < block.record + block.forms.length * RECORD_SIZE) return true;
  }
  return false;
}

/** The block lies wholly on the page of an EIP. */
function sharesPage({ eip, next }: Block, with_: number): boolean {
  return eip >>> 12 === with_ >>> 12 && (next - 1) >>> 12 === with_ >>> 12;
}

/** It was written for one place of the x87 stack. */
const knowsStack = ({ plan }: Compiled): boolean => typeof plan.unit === 'object';
