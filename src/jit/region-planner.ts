/** Makes a region of the code at an address: what belongs to it, what must hold for it to run, how it will be written. Nothing is compiled yet. */
import type { EngineHost } from '../cpu/engine.ts';
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import { fieldAddress, TLB, TLB_SIZE } from '../cpu/state.ts';
import { type BlockFinder, CODE_LIMIT } from './block-finder.ts';
import { type Compiled, knowsStack, regionKey } from './compiled.ts';
import type { FormTraits } from './form-traits.ts';
import type { JitOptions } from './options.ts';
import { type Block, discover, type Region, successors, targetsOf } from './region.ts';
import { Site } from './region-frame.ts';
import type { RegionHistory } from './region-history.ts';
import { type RegionIndex, validityOf } from './region-index.ts';
import type { RegionPlan, RegionSource, WriterImports } from './region-plan.ts';
import { RegionWriter } from './region-writer.ts';
import { isTrusted } from './simd-unit-checks.ts';
import { findWindow, type StackUse } from './stack-window.ts';
import { shapeOf } from './structure.ts';
import { planX87, type X87Entry } from './x87-region.ts';

/** A call taken this part of what makes a jump hot has its target compiled along with the caller. */
const CALLEE_SHARE = 1 / 16;
/** Regions for one address that differ in where the x87 stack is; then one that does not ask is better. */
const MOST_STACKS = 3;
const CS_BASE = fieldAddress('csBase');
const CR0 = fieldAddress('cr0');
const CR0_PG = 0x80000000;

export interface RegionPlannerOptions {
  readonly memory: WebAssembly.Memory;
  readonly traits: FormTraits;
  readonly finder: BlockFinder;
  readonly options: JitOptions;
  readonly index: RegionIndex;
  readonly history: RegionHistory;
}

export class RegionPlanner {
  private readonly of: RegionPlannerOptions;
  private readonly words: Int32Array;
  private readonly view: DataView;

  constructor(of: RegionPlannerOptions) {
    this.of = of;
    this.words = new Int32Array(of.memory.buffer);
    this.view = new DataView(of.memory.buffer);
  }

  /** For an EIP of the present address space and mode. `former`: the one it replaces, if there was one. Undefined where there cannot be one now. */
  plan(
    host: EngineHost,
    eip: number,
    former: Compiled | undefined,
    region = this.discover(host, eip),
  ): Compiled | undefined {
    const { index, history, traits } = this.of;
    const { state } = host;
    const { codeKey, csBase } = state;
    const linear = (csBase + eip) | 0;
    const key = regionKey(linear, codeKey);
    if (!region) return undefined;
    const user = state.cpl === 3;
    const pages = this.pagesOf(region, user, csBase);
    if (!pages) return undefined;
    const number = index.takeNumber();
    if (number === undefined) return undefined;
    const straddles = history.straddling.has(key);
    const source = { region, user, linear, validAt: validityOf(number), pages, straddles };
    const others = index.at(key) ?? [];
    const plan = planRegion(source, this.view, traits, history.asking, {
      words: address => former?.plan.guards.get(address) ?? this.words[address >> 2]!,
      isSettled: !history.unsettled.has(key) && others.filter(knowsStack).length < MOST_STACKS,
    });
    if (!host.flat) {
      plan.guards.set(CS_BASE, csBase);
      plan.guards.set(CODE_LIMIT, this.words[CODE_LIMIT >> 2]!);
    }
    const { record, pcBase } = region.blocks.get(eip)!;
    // All have one shape for the host's engine, whatever the source's is.
    return {
      region,
      user,
      linear,
      validAt: source.validAt,
      pages,
      straddles,
      key,
      codeKey,
      csBase,
      index: number,
      record,
      pcBase,
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
  }

  /** What a region at an EIP would be of. */
  discover(host: EngineHost, eip: number): Region | undefined {
    const { state } = host;
    const narrow = this.of.history.confined.has(regionKey((state.csBase + eip) | 0, state.codeKey));
    return discover(
      eip,
      at => {
        const block = this.of.finder.blockAt(host, at);
        return block && narrow && !sharesPage(block, eip) ? undefined : block;
      },
      this.callsOften,
    );
  }

  /** EIPs that a region often calls: hot too, and best compiled together with it. */
  *callees(region: Region): Generator<number> {
    for (const block of region.blocks.values())
      if (block.end.kind === 'call' && this.callsOften(block)) yield block.taken;
  }

  /** The jump or call that ends a block has been taken often. */
  private readonly callsOften = ({ record, forms }: Block): boolean => {
    const jump = record + (forms.length - 1) * RECORD_SIZE;
    return this.view.getInt32(jump + Field.taken, true) >= this.of.options.hotJump * CALLEE_SHARE;
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
}

/** Finds the control flow, and by writing once what is used. `unit`: see planX87(). */
export function planRegion(
  source: RegionSource,
  view: DataView,
  traits: FormTraits,
  asks: ReadonlySet<number>,
  unit: X87Entry,
): RegionPlan {
  const { blocks, entry } = source.region;
  const guards = new Map<number, number>();
  const within = (list: readonly number[]) => list.filter(to => blocks.has(to));
  const shape = shapeOf(
    entry,
    eip => within(successors(blocks.get(eip)!)),
    eip => within(targetsOf(blocks.get(eip)!)),
  );
  const plan = {
    shape,
    homes: { read: new Set<number>(), written: new Set<number>(), lazyFlags: false },
    guards,
    unpaged: (view.getUint32(CR0, true) & CR0_PG) === 0,
    unit: planX87(source.region, view, unit, guards),
    cold: new Set<number>(),
    x87: new Set<number>(),
    window: undefined,
    neighbours: undefined,
    exact: !isTrusted(view),
    asks: new Set([...blocks.values()].flatMap(recordsOf).filter(record => asks.has(record))),
    plain: new Map<number, number>(),
    invariant: 0,
    vectors: { inline: 0, called: 0 },
    words: [],
  };
  const words: number[] = [];
  const uses = new Map<number, StackUse>();
  const imports: WriterImports = {
    view,
    traits,
    regionType: 0,
    dispatch: 0,
    place: 0,
    storeFlags: 0,
    asks: record => asks.has(record),
    link: () => {
      words.push(1);
      return { kind: 'slot', address: 0 };
    },
    site: () => {
      words.push(Site.words);
      return { kind: 'site', address: 0 };
    },
    map: bytes => {
      words.push((bytes.length + 3) >> 2);
      return 0;
    },
    cold: form => {
      plan.cold.add(form);
      return 0;
    },
    x87: place => {
      plan.x87.add(place);
      return 0;
    },
  };
  const trial = new RegionWriter(source, plan, imports, { uses });
  trial.write();
  const found = { ...plan, window: findWindow(source.region, uses), neighbours: trial.neighbours, words };
  return trial.vectors ? { ...found, ...trial.vectors.findPlain(), vectors: trial.vectors.counts } : found;
}

const recordsOf = ({ record, forms }: Block): number[] => forms.map((_, i) => record + i * RECORD_SIZE);

/** The block lies wholly on the page of an EIP. */
function sharesPage({ eip, next }: Block, with_: number): boolean {
  return eip >>> 12 === with_ >>> 12 && (next - 1) >>> 12 === with_ >>> 12;
}
