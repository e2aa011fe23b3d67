/**
 * Modules of compiled regions (module-writer.ts) as they run, and the links between them: which slot of a module's table leads where, and which words name it.
 */
import type { Compiled } from './compiled.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { ModuleImage, WordRun } from './order.ts';
import { Site, siteWay } from './region-frame.ts';

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
  readonly table: WebAssembly.Table;
  /** Links to other regions, by key. */
  readonly links: Map<number, SlotLink>;
  readonly caches: InlineCache[];
  /** What it has of the pool. */
  readonly words: readonly WordRun[];
}

export interface LinkerOptions {
  readonly memory: WebAssembly.Memory;
  readonly dispatcher: Dispatcher;
  /** The interpreter's function of a form. */
  cold(form: number): WebAssembly.ExportValue;
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
  /** Links of all modules to a region, by its key. */
  private readonly incoming = new Map<number, Set<SlotLink>>();
  /** Inline caches that lead to a region. */
  private readonly leading = new Map<Compiled, Set<InlineCache>>();
  /** Words of modules that are gone. */
  private unused: WordRun[] = [];

  constructor(options: LinkerOptions) {
    this.options = options;
    const { buffer } = options.memory;
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  /** Takes a module in, and links it. `regions`: what was ordered, by id; of them those that are no more are left out. Only while no compiled code runs. */
  install(image: ModuleImage, regions: ReadonlyMap<number, Compiled>, level: number): void {
    const { options } = this;
    for (const [address, count] of image.words) this.words.fill(0, address >> 2, (address >> 2) + count);
    for (const { address, bytes } of image.maps) this.bytes.set(bytes, address);
    const { dispatch, place, storeFlags } = options.dispatcher;
    const { exports } = new WebAssembly.Instance(image.module, {
      env: { memory: options.memory },
      jit: { dispatch, place, storeFlags },
      cold: Object.fromEntries(image.cold.map(form => [String(form), options.cold(form)])),
      x87: Object.fromEntries(image.x87.map(at => [String(at), options.x87(at)])),
    });
    const module: RegionModule = {
      level,
      regions: new Set(),
      table: exports.table as WebAssembly.Table,
      links: new Map(),
      caches: [],
      words: image.words,
    };
    this.modules.add(module);
    for (const { id } of image.regions) {
      const region = regions.get(id)!;
      if (!region.dropped) this.enter(region, module, exports[String(id)] as ExportedFunction);
    }
    for (const { key, address, slot } of image.links) {
      const link = { module, address, slot };
      module.links.set(key, link);
      const known = this.incoming.get(key);
      if (known) known.add(link);
      else this.incoming.set(key, new Set([link]));
      const target = options.find(key);
      if (target?.run) this.connect(link, target);
    }
    for (const { region, eip, address, slot } of image.caches) {
      const cache: InlineCache = { module, region: regions.get(region)!, eip, address, slot, targets: [] };
      module.caches.push(cache);
      this.caches.set(address, cache);
    }
  }

  /** Words that nobody uses any more, once. */
  takeUnused(): readonly WordRun[] {
    const { unused } = this;
    this.unused = [];
    return unused;
  }

  /** Nothing of a module is wanted any more. */
  discard({ words }: Pick<ModuleImage, 'words'>): void {
    this.unused.push(...words);
  }

  private enter(region: Compiled, module: RegionModule, run: ExportedFunction): void {
    region.module?.regions.delete(region);
    region.run = run;
    region.module = module;
    module.regions.add(region);
    this.options.dispatcher.regions.set(region.index, run);
    if (this.options.find(region.key) === region) this.lead(region);
    for (const cache of this.leading.get(region) ?? []) {
      cache.targets.forEach((target, way) => {
        if (target === region) cache.module.table.set(cache.slot + way, run);
      });
    }
  }

  /** All links for the region's address go to this one. */
  lead(region: Compiled): void {
    for (const link of this.incoming.get(region.key) ?? []) this.connect(link, region);
  }

  private connect({ module, address, slot }: SlotLink, target: Compiled): void {
    module.table.set(slot, target.run!);
    this.words[address >> 2] = slot;
  }

  /** Has an inline cache lead to a region. */
  fill(cache: InlineCache, eip: number, target: Compiled): void {
    const offset = siteWay(eip);
    const way = offset >> 3;
    this.empty(cache, way);
    cache.targets[way] = target;
    cache.module.table.set(cache.slot + way, target.run!);
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
    cache.module.table.set(cache.slot + way, null);
  }

  /** Nothing leads to the region any more but what its own module calls directly. `current`: links for its address have gone to it. */
  disconnect(region: Compiled, current: boolean): void {
    this.options.dispatcher.regions.set(region.index, null);
    if (current) {
      for (const { module, address, slot } of this.incoming.get(region.key) ?? []) {
        this.words[address >> 2] = 0;
        module.table.set(slot, null);
      }
    }
    for (const cache of [...(this.leading.get(region) ?? [])]) {
      cache.targets.forEach((target, way) => {
        if (target === region) this.empty(cache, way);
      });
    }
    this.leading.delete(region);
    region.module?.regions.delete(region);
    region.module = undefined;
  }

  /** Gives back what a module has: its regions are gone, or live in another. Only while no compiled code runs. */
  release(module: RegionModule): void {
    this.modules.delete(module);
    for (const [key, link] of module.links) this.incoming.get(key)?.delete(link);
    for (const cache of module.caches) {
      for (let way = 0; way < Site.ways; way++) this.empty(cache, way);
      this.caches.delete(cache.address);
    }
    this.discard(module);
  }

  /** Everything goes. Only while no compiled code runs. */
  reset(): void {
    for (const module of this.modules) module.regions.clear();
    this.modules.clear();
    this.caches.clear();
    this.incoming.clear();
    this.leading.clear();
    this.unused = [];
  }
}
