/**
 * The life of regions: asked for where code is hot, compiled (region-orders.ts), found again when control comes by, made otherwise when they turn out not to suit,
 * dropped with the code they came from. What there are stands in the index (region-index.ts), what has been seen of them in the history (region-history.ts).
 *
 * When the current region of an address declines and another of that address matches, that one becomes it.
 */
import type { EngineHost } from '../cpu/engine.ts';
import { Pseudo } from '../cpu/forms.ts';
import { RECORD_SIZE } from '../cpu/record.ts';
import { HOT_JUMP, REGION_VALID_COUNT, TLB, TLB_SIZE } from '../cpu/state.ts';
import type { BlockFinder } from './block-finder.ts';
import { type Compiled, knowsStack, regionKey } from './compiled.ts';
import { makeDispatcher } from './dispatcher.ts';
import type { Functions } from './functions.ts';
import { type InlineCache, Linker } from './linker.ts';
import { Losses } from './losses.ts';
import type { JitOptions } from './options.ts';
import type { Compiling } from './order.ts';
import { type Region, targetsOf } from './region.ts';
import { Site } from './region-frame.ts';
import { RegionHistory } from './region-history.ts';
import { RegionIndex } from './region-index.ts';
import { RegionOrders } from './region-orders.ts';
import { MARGIN } from './region-plan.ts';
import { RegionRuns } from './region-runs.ts';
import { RegionSources, recordsOf } from './region-sources.ts';
import type { JitStatistics } from './statistics.ts';
import { STACK_WORDS } from './x87-region.ts';

export interface RegionTableOptions {
  readonly memory: WebAssembly.Memory;
  readonly finder: BlockFinder;
  readonly functions: Functions;
  readonly compiling: Compiling;
  readonly options: JitOptions;
  readonly statistics: JitStatistics;
  /** The interpreter's functions by form. */
  readonly handlers: WebAssembly.Table;
  cold(form: number): (record: number) => number;
  x87(place: number): (operand: number) => number;
}

/** Milliseconds of compiling, planning included, that a run may begin with. */
const CREDIT = 100;
/** Entries after which a region is judged by what it has executed. */
const ENOUGH_ENTRIES = 4_000;
/** The same where what follows is now this, now that, so that none of it will be compiled soon. */
const SCATTERED_ENTRIES = 500;
/** Regions for one address. */
const MOST_VARIANTS = 8;
const MOST_DECLINES = 500;
const MANY_WINDOW_MISSES = 256;
/** Turns that regions which differ in where the x87 stack is may take; entries that find it elsewhere. */
const MOST_TURNS = 250;
const MOST_WRONG_STACKS = 100;
/** Times as many places within the region as before are worth making it anew. */
const NOTABLY = 1.25;
const CR0_TS = 8;

export class RegionTable {
  private readonly options: JitOptions;
  private readonly statistics: JitStatistics;
  private readonly finder: BlockFinder;
  private readonly functions: Functions;
  private readonly linker: Linker;
  private readonly clearFunctions: () => void;
  private readonly words: Int32Array;
  private readonly index: RegionIndex;
  private readonly history: RegionHistory;
  private readonly sources: RegionSources;
  readonly orders: RegionOrders;
  readonly runs: RegionRuns;
  private readonly since = performance.now();
  private readonly losses: Losses;
  private host!: EngineHost;

  constructor({ memory, finder, functions, compiling, options, statistics, handlers, cold, x87 }: RegionTableOptions) {
    this.options = options;
    this.statistics = statistics;
    this.finder = finder;
    this.functions = functions;
    this.words = new Int32Array(memory.buffer);
    this.losses = new Losses(options.losses, options.lossPause);
    this.index = new RegionIndex(memory);
    this.history = new RegionHistory(options);
    this.sources = new RegionSources({ memory, finder, options, index: this.index, history: this.history });
    const dispatcher = makeDispatcher(memory, REGION_VALID_COUNT, (linear, write) =>
      this.host.enterTranslation(linear, write !== 0),
    );
    handlers.set(Pseudo.compiled, dispatcher.enter);
    this.runs = new RegionRuns({
      memory,
      enter: dispatcher.run,
      index: this.index,
      statistics,
      done: (region, entries, executed) => this.judge(region, entries, executed),
    });
    this.clearFunctions = () => {
      for (let i = 0; i < this.index.numbers; i++) dispatcher.regions.set(i, null);
    };
    this.linker = new Linker({
      memory,
      dispatcher,
      cold: cold as (form: number) => WebAssembly.ExportValue,
      x87: x87 as (place: number) => WebAssembly.ExportValue,
      find: key => this.index.at(key)?.[0],
    });
    this.orders = new RegionOrders({
      compiling,
      linker: this.linker,
      index: this.index,
      options,
      statistics,
      time: () => this.time,
      dropCallers: region => this.dropCallers(region),
      startOver: () => this.startOver(),
    });
  }

  /** `lot`: see JitOptions. */
  attach(host: EngineHost, lot: number): void {
    this.host = host;
    this.runs.lot = lot;
    this.words[HOT_JUMP >> 2] = this.options.hotJump;
    host.code.onStale = (record, written) => this.stale(record, written);
    host.code.onClear = () => this.reset();
  }

  /** Instructions, and the time of services as such. */
  get time(): number {
    return this.host.now() + this.host.effort;
  }

  /** The run has lasted long enough for code to be compiled, and compiling has left it enough of the time. */
  get mayCompile(): boolean {
    return this.time >= this.options.warmUp && !this.isBusy;
  }

  /** Compiling has taken more than its share of the time so far. The guest cannot tell: it is only faster or slower for it. */
  private get isBusy(): boolean {
    const elapsed = performance.now() - this.since;
    return this.statistics.milliseconds > CREDIT + this.options.share * elapsed;
  }

  /** How often a jump is taken before its target is compiled. */
  get hotJump(): number {
    return this.words[HOT_JUMP >> 2]!;
  }

  formAt(record: number): number {
    return this.index.formAt(record);
  }

  // ---- finding

  private here(): readonly Compiled[] | undefined {
    const { state } = this.host;
    return this.index.at(regionKey((state.csBase + state.eip) | 0, state.codeKey));
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
    this.history.unsettled.add(next.key);
    for (const region of list.filter(knowsStack)) this.drop(region);
    this.request(next.region.entry);
    return true;
  }

  /** The region that begins at this record and can run now. */
  enterable(record: number): Compiled | undefined {
    const { state } = this.host;
    const linear = (state.csBase + state.eip) | 0;
    let wrong: Compiled | undefined;
    // By its record: a small number is found sooner than an address with its mode.
    for (const region of this.index.entering(record)) {
      if (region.linear !== linear || region.codeKey !== state.codeKey || region.pcBase !== state.pcBase) continue;
      if (!region.run) continue;
      if (this.matches(region)) return this.isCovered(region) ? region : undefined;
      if (this.hasWrongStack(region)) wrong = region;
    }
    if (wrong) this.wrongStack(wrong);
    return undefined;
  }

  private matches(region: Compiled): boolean {
    return this.suits(region) && !this.hasWrongStack(region);
  }

  /** All is as it needs it but, perhaps, the x87 stack, which is elsewhere where the region begins than in the middle of it. */
  private suits({ csBase, pages, facts }: Compiled): boolean {
    const { words } = this;
    if (csBase !== this.host.state.csBase) return false;
    for (const [address, word] of pages) if (words[address >> 2] !== word) return false;
    // Before it is compiled nobody knows what else it will need.
    if (!facts) return true;
    for (const [address, word] of facts.guards)
      if (words[address >> 2] !== word && !STACK_WORDS.includes(address)) return false;
    return true;
  }

  /** The budget is enough for a way through it. */
  isCovered(region: Compiled): boolean {
    return this.host.state.budget >= region.region.instructions + MARGIN;
  }

  /** Entered so often, a region has executed so much with what followed. One that does little each time costs more than it gives, and goes. */
  private judge(region: Compiled, entries: number, executed: number): void {
    if (this.history.entered(entries, executed)) this.words[HOT_JUMP >> 2] = this.history.hotJump;
    region.executed += executed;
    region.entries += entries;
    if (region.entries < (this.history.isScattered ? SCATTERED_ENTRIES : ENOUGH_ENTRIES)) return;
    if (region.executed < region.entries * this.options.leastRun) {
      this.losses.addUseless(region.key, this.host.now(), this.history.isScattered);
      this.drop(region);
    }
    region.entries = 0;
    region.executed = 0;
  }

  makeCurrent(region: Compiled): void {
    if (this.index.makeCurrent(region)) this.linker.lead(region);
    this.cache(region);
  }

  /** Has the dispatcher find it. */
  cache(region: Compiled): void {
    this.index.cache(region);
  }

  // ---- what has been seen

  /**
   * The inline cache at `site` has missed, on the way to EIP: it is had to lead there, if there is a region. Not at first: once it is clear that the jump or call is hot,
   * and where it goes, its region is made anew with that in it, where that can be.
   */
  fill(site: number, eip: number): void {
    this.statistics.fills++;
    const cache = this.linker.caches.get(site);
    if (!cache) return;
    this.finder.observe(cache.eip, eip);
    const misses = this.words[(site + Site.misses) >> 2]!;
    const { hotSite } = this.options;
    if (misses === hotSite && this.absorb(cache)) return;
    const target = this.current();
    if (!target) this.missed(eip);
    else if (misses >= hotSite) this.linker.fill(cache, eip, target);
  }

  /** Has a region made anew in which there is notably more of where a jump or call of it goes; false where there cannot be. */
  private absorb({ region, eip }: InlineCache): boolean {
    const anew = this.sources.discover(this.host, region.region.entry);
    if (!anew || targetsAt(anew, eip) <= targetsAt(region.region, eip) * NOTABLY) return false;
    this.drop(region);
    this.request(region.region.entry, undefined, anew);
    return true;
  }

  /**
   * A region ended by a jump to where none begins: the return from a call, often. Hot continuations become regions of their own.
   * True when somebody waits to be compiled since: the slice should end then. `times`: how often that was so, here or hereabouts.
   */
  missed(eip: number, times = 1): boolean {
    const { state } = this.host;
    const key = regionKey((state.csBase + eip) | 0, state.codeKey);
    if (!this.history.missed(key, times, this.host.now()) || this.isBusy) return false;
    this.history.forgetMisses(key);
    const before = this.orders.waiting;
    this.request(eip);
    return this.orders.waiting > before;
  }

  /**
   * A jump that the interpreter has taken often is worth a region of its own. Where it goes within a region, that is entered again before long, so it has to be
   * taken for longer. Where one was of no use, it is not looked around for another: nothing has changed.
   */
  isWanted(eip: number): boolean {
    const { host, index, history, losses } = this;
    const { codeKey, csBase } = host.state;
    const key = regionKey((csBase + eip) | 0, codeKey);
    if (losses.isLost(key, host.now())) return false;
    const isPart = index
      .using(host.blockAt(eip))
      .some(region => region.run && region.codeKey === codeKey && this.suits(region));
    return !isPart || history.isHotPart(key);
  }

  /** A region has left to the interpreter at a record, so often. Where that happens often it is made anew, so as to ask first. */
  left(record: number, times: number): void {
    // That its unit is another task's is no reason to write an instruction otherwise.
    if ((this.host.state.cr0 & CR0_TS) !== 0 && this.finder.isVector(record)) return;
    if (!this.history.left(record, times)) return;
    for (const region of this.index.all()) {
      if (!region.run || region.dropped || !holds(region, record)) continue;
      if (this.isMistaken(region)) this.history.pardon(record);
      else this.history.leaver(region.key, record, recordsOf(region.region));
      this.remake(region);
    }
  }

  /** What it left for was a fault: nothing is gained by asking. */
  faulted(record: number, times: number): void {
    this.history.faulted(record, times);
  }

  /** The stack window of the region at EIP does not fit: it, if it can run otherwise. Where that happens often it gets a second version, without. */
  windowMissed(): Compiled | undefined {
    const region = this.matching();
    if (!region || ++region.windowMisses !== MANY_WINDOW_MISSES) return region;
    if (!this.isMistaken(region)) this.history.straddling.add(region.key);
    this.remake(region);
    return region;
  }

  /** It expects another word in the TLB than one would now: that explains what it does not find as it should be. */
  private isMistaken({ word, pages }: Compiled): boolean {
    return word !== 0 && word !== this.sources.expectedWord(this.host, pages);
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
    if (this.hasWrongStack(region)) {
      this.wrongStack(region);
      return;
    }
    const [first, ...others] = region.pages;
    if (!region.run || !first || words[first[0] >> 2] !== first[1]) return;
    if (!others.some(([address]) => words[address >> 2] === 0)) return;
    if (++region.declines <= MOST_DECLINES) return;
    this.history.confined.add(region.key);
    this.drop(region);
    this.request(region.region.entry);
  }

  private hasWrongStack(region: Compiled): boolean {
    const { facts } = region;
    return knowsStack(region) && STACK_WORDS.some(at => this.words[at >> 2] !== facts!.guards.get(at));
  }

  /** It was asked for while the stack was elsewhere, perhaps: where that goes on, it is made anew. */
  private wrongStack(region: Compiled): void {
    if (++region.declines <= MOST_WRONG_STACKS) return;
    this.drop(region);
    this.request(region.region.entry);
  }

  // ---- discovery

  /** Asks for a region with the place at an EIP in it: that of the function around it, if that is called now and then. */
  requestAround(eip: number): void {
    const { host, functions, sources, options } = this;
    const { csBase, codeKey } = host.state;
    for (const linear of functions.before((csBase + eip) | 0, options.leastCalls)) {
      const entry = (linear - csBase) | 0;
      if (this.losses.isLost(regionKey(linear, codeKey), host.now())) continue;
      const region = sources.discover(host, entry);
      if (!region?.blocks.has(eip)) continue;
      this.request(entry, undefined, region);
      return;
    }
    this.request(eip);
  }

  /** Asks for a region at an EIP of the present address space and mode. `former`: the one it replaces, if there was one. */
  request(eip: number, former?: Compiled, region?: Region): void {
    const { host } = this;
    const { state } = host;
    const linear = (state.csBase + eip) | 0;
    const { codeKey } = state;
    const key = regionKey(linear, codeKey);
    const list = this.index.at(key) ?? [];
    const isKnown = list.some(known => (eip === state.eip ? this.matches(known) : this.suits(known)));
    if (isKnown || this.losses.isLost(key, host.now())) return;
    // Part of a region that will soon run: perhaps nobody comes here from elsewhere then.
    if (this.orders.has(eip, codeKey)) return;
    // The page of EIP itself is fetched from next in any case.
    if (eip === state.eip && !host.enterFetch()) return;
    const compiled = this.sources.make(host, eip, former, region);
    if (!compiled) return;
    if (list.length >= MOST_VARIANTS) this.drop(list.at(-1)!);
    this.index.add(compiled);
    this.orders.add(compiled);
    if (this.orders.isFull) return;
    for (const callee of this.sources.callees(compiled.region)) this.request(callee);
  }

  // ---- invalidation

  /** Drops what lies on a linear page, wherever that is in memory. Only while no compiled code runs. */
  forgetPage(linearPage: number): void {
    const words = [0, 2].map(slot => TLB + slot * TLB_SIZE + linearPage * 4);
    for (const region of this.index.all()) if (region.pages.some(([at]) => words.includes(at))) this.drop(region);
  }

  /** The block at `record` is no more: `written`, as its bytes have been overwritten. */
  private stale(record: number, written: boolean): void {
    for (const region of this.index.using(record)) {
      if (written) this.losses.add(region.key, this.host.now());
      this.drop(region);
    }
    this.index.forgetRecord(record);
  }

  private drop(region: Compiled): void {
    if (region.dropped) return;
    this.statistics.invalidated++;
    this.runs.take(region.index);
    this.host.state.codeDropped = 1;
    const wasCurrent = this.index.remove(region);
    this.linker.disconnect(region, wasCurrent);
    const next = this.index.at(region.key)?.[0];
    if (wasCurrent && next?.run) this.linker.lead(next);
    this.orders.forget(region);
    this.dropCallers(region);
  }

  /** They call its function, which is no more, without asking. */
  private dropCallers(region: Compiled): void {
    for (const caller of [...region.callers]) this.drop(caller);
  }

  /** Numbers or words have run out: all regions go, and the decoded code, which knows how often jumps have been taken, so that what is hot is found anew. */
  private startOver(): void {
    this.statistics.startsOver++;
    for (const region of this.index.all()) this.drop(region);
    this.reset();
    this.host.forgetCode();
  }

  /** All decoded code is gone. */
  private reset(): void {
    this.clearFunctions();
    this.index.clear();
    this.history.clear();
    this.linker.reset();
    this.finder.observed.clear();
    this.functions.clear();
    this.orders.reset();
    this.host.state.codeDropped = 1;
  }
}

/** To how many places in the region itself the indirect jump or call at an EIP goes. */
function targetsAt({ blocks }: Region, eip: number): number {
  const jump = [...blocks.values()].find(block => block.eips.at(-1) === eip);
  return jump ? targetsOf(jump).length : 0;
}

/** One of its instructions has this record. */
function holds({ region }: Compiled, record: number): boolean {
  for (const block of region.blocks.values()) {
    if (record >= block.record && record < block.record + block.forms.length * RECORD_SIZE) return true;
  }
  return false;
}
