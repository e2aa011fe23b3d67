/** Regions as they are asked for: the code at an address, what belongs to it, what must hold for it to run. Nothing is compiled yet. */
import type { EngineHost } from '../cpu/engine.ts';
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import { SegmentCache, STATE_END, segmentAddress, TLB, TLB_SIZE, Tlb } from '../cpu/state.ts';
import type { BlockFinder } from './block-finder.ts';
import { type Compiled, knowsStack, regionKey } from './compiled.ts';
import type { JitOptions } from './options.ts';
import { type Block, discover, type Region } from './region.ts';
import { UNPAGED } from './region-context.ts';
import type { RegionHistory } from './region-history.ts';
import { type RegionIndex, validityOf } from './region-index.ts';
import type { RegionSource } from './region-plan.ts';
import { assumeEmptyStack, UNIT_WORDS } from './x87-region.ts';

/** A call taken this part of what makes a jump hot has its target compiled along with the caller. */
const CALLEE_SHARE = 1 / 16;
/** Regions for one address that differ in where the x87 stack is; then one that does not ask is better. */
const MOST_STACKS = 3;
const CR0_PG = 0x80000000;

export interface RegionSourcesOptions {
  readonly memory: WebAssembly.Memory;
  readonly finder: BlockFinder;
  readonly options: JitOptions;
  readonly index: RegionIndex;
  readonly history: RegionHistory;
}

export class RegionSources {
  private readonly of: RegionSourcesOptions;
  private readonly words: Int32Array;
  private readonly view: DataView;
  private nextId = 0;

  constructor(of: RegionSourcesOptions) {
    this.of = of;
    this.words = new Int32Array(of.memory.buffer);
    this.view = new DataView(of.memory.buffer);
  }

  /** For an EIP of the present address space and mode. `former`: the one it replaces, if there was one. Undefined where there cannot be one now. */
  make(
    host: EngineHost,
    eip: number,
    former: Compiled | undefined,
    region = this.discover(host, eip),
  ): Compiled | undefined {
    const { index, history } = this.of;
    const { codeKey, csBase, cpl } = host.state;
    const linear = (csBase + eip) | 0;
    const key = regionKey(linear, codeKey);
    if (!region) return undefined;
    const user = cpl === 3;
    const pages = this.pagesOf(region, user, csBase);
    if (!pages) return undefined;
    const number = index.takeNumber();
    if (number === undefined) return undefined;
    const state = this.words.slice(0, STATE_END >> 2);
    if (eip !== host.state.eip) assumeEmptyStack(state);
    for (const at of UNIT_WORDS) state[at >> 2] = former?.facts?.guards.get(at) ?? state[at >> 2]!;
    const { record, pcBase } = region.blocks.get(eip)!;
    return {
      id: this.nextId++,
      region,
      user,
      linear,
      key,
      codeKey,
      csBase,
      flat: host.flat,
      validAt: validityOf(number),
      straddles: history.straddling.has(key),
      pages,
      word: this.expectedWord(host, pages),
      asks: new Set(recordsOf(region).filter(at => history.asking.has(at))),
      state,
      isSettled: !history.unsettled.has(key) && (index.at(key) ?? []).filter(knowsStack).length < MOST_STACKS,
      index: number,
      record,
      pcBase,
      facts: undefined,
      run: undefined,
      module: undefined,
      callers: new Set(),
      declines: 0,
      windowMisses: 0,
      turns: 0,
      entries: former?.entries ?? 0,
      executed: former?.executed ?? 0,
      dropped: false,
    };
  }

  /**
   * See RegionSource. Without paging linear addresses are physical ones, but for devices. With paging all of a kernel lies in one piece of physical memory, mostly: so it
   * does where the page of the code and that of the stack have the same word.
   */
  expectedWord(host: EngineHost, [code]: RegionSource['pages']): number {
    const { words } = this;
    const { cr0, cpl, esp } = host.state;
    if ((cr0 & CR0_PG) === 0) return UNPAGED;
    const stackBase = words[(segmentAddress('ss') + SegmentCache.base) >> 2]!;
    const word = words[code![0] >> 2]!;
    return (word & Tlb.plain) !== 0 && words[readWordAt(stackBase + esp, cpl === 3) >> 2] === word ? word : 0;
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
        const at = readWordAt(csBase + eip, user);
        pages.set(at, this.words[at >> 2]!);
      }
    }
    return [...pages.values()].includes(0) ? undefined : [...pages];
  }
}

/** Address of the word of the TLB for reading at a linear address. */
const readWordAt = (linear: number, user: boolean): number => TLB + (user ? 2 : 0) * TLB_SIZE + (linear >>> 12) * 4;

/** Of all instructions of a region. */
export const recordsOf = ({ blocks }: Region): number[] =>
  [...blocks.values()].flatMap(({ record, forms }) => forms.map((_, i) => record + i * RECORD_SIZE));

/** The block lies wholly on the page of an EIP. */
function sharesPage({ eip, next }: Block, with_: number): boolean {
  return eip >>> 12 === with_ >>> 12 && (next - 1) >>> 12 === with_ >>> 12;
}
