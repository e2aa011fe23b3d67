/**
 * Modules of compiled regions and the links between them. A module has a table of its own, whose slot 0 is the dispatcher; a word of memory (a link) says
 * through which slot to go for a region elsewhere, and is 0 while there is none. An inline cache is such a word that goes with one EIP.
 *
 * Within a module regions call each other directly: when one is lost, so are they.
 */
import { addCores } from '../cpu/x87/cores.ts';
import { coreNumber, isCore } from '../cpu/x87/functions.ts';
import { Module } from '../wasm/module.ts';
import { type Compiled, regionKey } from './compiled.ts';
import { type Dispatcher, PLACE_TYPE, REGION_TYPE } from './dispatcher.ts';
import type { FormTraits } from './form-traits.ts';
import { STORE_FLAGS_TYPE } from './region-flags.ts';
import { type Link, Site, siteWay } from './region-frame.ts';
import { functionsOf, type WriterImports } from './region-plan.ts';
import { writeRegion } from './region-writer.ts';
import { WordPool } from './word-pool.ts';

export type ExportedFunction = (depth: number) => number;

interface SlotLink {
  readonly module: RegionModule;
  readonly address: number;
  readonly slot: number;
}

/** An inline cache, of a jump or call in `region`. */
export interface InlineCache extends SlotLink {
  readonly region: Compiled;
  /** EIP of the instruction. */
  readonly eip: number;
  /** Where its ways lead: those from `slot` on, one a way. */
  readonly targets: (Compiled | undefined)[];
}

export interface RegionModule {
  /** 0 as compiled first; one more for each time it has been merged with others. */
  readonly level: number;
  readonly regions: Set<Compiled>;
  readonly bytes: number;
  table: WebAssembly.Table | undefined;
  /** Links to other regions, by key. */
  readonly links: Map<number, SlotLink>;
  readonly caches: InlineCache[];
  /** What it has of the pool: address and words. */
  readonly words: (readonly [number, number])[];
}

export interface LinkerOptions {
  readonly memory: WebAssembly.Memory;
  readonly dispatcher: Dispatcher;
  readonly traits: FormTraits;
  /** The interpreter's function of a form. */
  cold(form: number): WebAssembly.ExportValue;
  /** The instruction of this record is one whose accesses are often slow. */
  asks(record: number): boolean;
  /** An x87 function of the interpreter's module, by its place. */
  x87(place: number): WebAssembly.ExportValue;
  /** The region links for an address go to. */
  find(key: number): Compiled | undefined;
}

export class Linker {
  readonly modules = new Set<RegionModule>();
  readonly caches = new Map<number, InlineCache>();
  private readonly options: LinkerOptions;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly pool: WordPool;
  /** Links of all modules to a region, by its key. */
  private readonly incoming = new Map<number, Set<SlotLink>>();
  /** Inline caches that lead to a region. */
  private readonly leading = new Map<Compiled, Set<InlineCache>>();

  constructor(options: LinkerOptions) {
    this.options = options;
    const { buffer } = options.memory;
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.pool = new WordPool(this.words);
  }

  /** Whether there are words enough for a module of these regions. */
  fits(regions: readonly Compiled[]): boolean {
    return this.pool.fits(regions.flatMap(({ plan }) => (plan.window ? [...plan.words, ...plan.words] : plan.words)));
  }

  /** Makes a module of regions, which fit, and links it. Only while no compiled code runs. */
  compile(regions: readonly Compiled[], level: number): RegionModule {
    const { options } = this;
    const writer = new Module();
    writer.importMemory('env', 'memory', 1);
    const dispatch = writer.importFunction('jit', 'dispatch', REGION_TYPE);
    const place = writer.importFunction('jit', 'place', PLACE_TYPE);
    const storeFlags = writer.importFunction('jit', 'storeFlags', STORE_FLAGS_TYPE);
    const cold = new Map<number, number>();
    for (const { plan } of regions)
      for (const form of plan.cold)
        if (!cold.has(form)) cold.set(form, writer.importFunction('cold', String(form), REGION_TYPE));
    const x87 = new Map<number, number>();
    for (const { plan } of regions)
      for (const place of plan.x87)
        if (!isCore(place) && !x87.has(place)) x87.set(place, writer.importFunction('x87', String(place), REGION_TYPE));
    const first = 3 + cold.size + x87.size;
    let next = first;
    const indices = regions.map(region => {
      const index = next;
      next += functionsOf(region);
      return index;
    });
    const functions = new Map(regions.map(({ key }, i) => [key, indices[i]!]));
    // Of regions for one address that differ in what lies there, the current one is found through a link.
    const keys = regions.map(({ key }) => key).sort((a, b) => a - b);
    keys.forEach((key, i) => {
      if (key === keys[i + 1]) functions.delete(key);
    });
    for (const region of regions) region.callers.clear();
    const module: RegionModule = {
      level,
      regions: new Set(regions),
      bytes: 0,
      table: undefined,
      links: new Map(),
      caches: [],
      words: [],
    };
    let slots = 1;
    const take = (count: number): number => {
      const address = this.pool.take(count);
      if (address === 0) throw new Error('the pool of words for compiled code has run out');
      module.words.push([address, count]);
      return address;
    };
    const byFunction = new Map(regions.map((region, i) => [indices[i]!, region]));
    regions.forEach((region, i) => {
      const imports: WriterImports = {
        view: this.view,
        traits: options.traits,
        regionType: writer.typeIndex(REGION_TYPE),
        dispatch,
        place,
        storeFlags,
        asks: options.asks,
        cold: form => cold.get(form)!,
        x87: place => (isCore(place) ? next + coreNumber(place) : x87.get(place)!),
        link: eip => {
          const key = regionKey((region.csBase + eip) | 0, region.codeKey);
          const target = functions.get(key);
          if (target !== undefined) {
            byFunction.get(target)!.callers.add(region);
            return { kind: 'direct', target };
          }
          let link = module.links.get(key);
          if (!link) {
            link = { module, address: take(1), slot: slots++ };
            module.links.set(key, link);
          }
          return { kind: 'slot', address: link.address };
        },
        site: (eip): Link => {
          const cache = { module, region, eip, address: take(Site.words), slot: slots, targets: [] };
          slots += Site.ways;
          module.caches.push(cache);
          return { kind: 'site', address: cache.address };
        },
        map: bytes => {
          const address = take((bytes.length + 3) >> 2);
          this.bytes.set(bytes, address);
          return address;
        },
      };
      const written = writeRegion(region, region.plan, imports, indices[i]! + 1);
      for (const { code, locals } of written) writer.addFunction(REGION_TYPE, locals, code);
      writer.export(String(region.index), indices[i]!);
    });
    if (regions.some(({ plan }) => [...plan.x87].some(isCore))) addCores(writer);
    writer.addToTable(dispatch);
    writer.reserveTable(slots - 1);
    writer.exportTable('table');
    const bytes = writer.bytes();
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: options.memory },
      jit: {
        dispatch: options.dispatcher.dispatch,
        place: options.dispatcher.place,
        storeFlags: options.dispatcher.storeFlags,
      },
      cold: Object.fromEntries([...cold.keys()].map(form => [String(form), options.cold(form)])),
      x87: Object.fromEntries([...x87.keys()].map(place => [String(place), options.x87(place)])),
    });
    const made = Object.assign(module, { bytes: bytes.length, table: instance.exports.table as WebAssembly.Table });
    this.modules.add(made);
    for (const region of regions)
      this.install(region, made, instance.exports[String(region.index)] as ExportedFunction);
    for (const [key, link] of made.links) {
      const known = this.incoming.get(key);
      if (known) known.add(link);
      else this.incoming.set(key, new Set([link]));
      const target = options.find(key);
      if (target?.run) this.connect(link, target);
    }
    for (const cache of made.caches) this.caches.set(cache.address, cache);
    return made;
  }

  private install(region: Compiled, module: RegionModule, run: ExportedFunction): void {
    region.run = run;
    region.module = module;
    this.options.dispatcher.regions.set(region.index, run);
    if (this.options.find(region.key) === region) this.lead(region);
    for (const cache of this.leading.get(region) ?? []) {
      cache.targets.forEach((target, way) => {
        if (target === region) cache.module.table?.set(cache.slot + way, run);
      });
    }
  }

  /** All links for the region's address go to this one. */
  lead(region: Compiled): void {
    for (const link of this.incoming.get(region.key) ?? []) this.connect(link, region);
  }

  private connect({ module, address, slot }: SlotLink, target: Compiled): void {
    module.table!.set(slot, target.run!);
    this.words[address >> 2] = slot;
  }

  /** Has an inline cache lead to a region. */
  fill(cache: InlineCache, eip: number, target: Compiled): void {
    const offset = siteWay(eip);
    const way = offset >> 3;
    this.empty(cache, way);
    cache.targets[way] = target;
    cache.module.table!.set(cache.slot + way, target.run!);
    this.words[(cache.address + offset + Site.eip) >> 2] = eip;
    this.words[(cache.address + offset + Site.slot) >> 2] = cache.slot + way;
    const known = this.leading.get(target);
    if (known) known.add(cache);
    else this.leading.set(target, new Set([cache]));
  }

  private empty(cache: InlineCache, way: number): void {
    const target = cache.targets[way];
    if (!target) return;
    cache.targets[way] = undefined;
    if (!cache.targets.includes(target)) this.leading.get(target)?.delete(cache);
    this.words[(cache.address + way * 8 + Site.slot) >> 2] = 0;
    cache.module.table?.set(cache.slot + way, null);
  }

  /** Nothing leads to the region any more but what its own module calls directly. `current`: links for its address have gone to it. */
  disconnect(region: Compiled, current: boolean): void {
    this.options.dispatcher.regions.set(region.index, null);
    if (current) {
      for (const { module, address, slot } of this.incoming.get(region.key) ?? []) {
        this.words[address >> 2] = 0;
        module.table?.set(slot, null);
      }
    }
    for (const cache of [...(this.leading.get(region) ?? [])]) {
      cache.targets.forEach((target, way) => {
        if (target === region) this.empty(cache, way);
      });
    }
    this.leading.delete(region);
    region.module?.regions.delete(region);
  }

  /** Gives back what a module has: its regions are gone, or live in another. Only while no compiled code runs. */
  release(module: RegionModule): void {
    this.modules.delete(module);
    for (const [key, link] of module.links) this.incoming.get(key)?.delete(link);
    for (const cache of module.caches) {
      for (let way = 0; way < Site.ways; way++) this.empty(cache, way);
      this.caches.delete(cache.address);
    }
    for (const [address, count] of module.words) this.pool.give(address, count);
    module.table = undefined;
  }

  /** Everything goes. Only while no compiled code runs. */
  reset(): void {
    for (const module of this.modules) {
      module.table = undefined;
      module.regions.clear();
    }
    this.modules.clear();
    this.caches.clear();
    this.incoming.clear();
    this.leading.clear();
    this.pool.reset();
  }
}
