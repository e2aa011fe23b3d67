/**
 * What goes to a compiler of regions, and what comes back. Neither has functions in it, or memory that anybody else writes to, so that the compiler may work beside
 * the run: see compile-channel.ts. There is one order at a time.
 */
import type { RegionSource } from './region-plan.ts';
import type { VectorCounts } from './simd-region.ts';
import type { PoolState } from './word-pool.ts';

/** Words of the pool: byte address, and how many. */
export type WordRun = readonly [address: number, count: number];

export interface Order {
  /** Regions to be planned and compiled, as one module; and the ids of compiled ones to be compiled again, as one module. */
  readonly sources: readonly RegionSource[];
  readonly merged: readonly number[];
  /** Ids of regions that are no more. */
  readonly forgotten: readonly number[];
  /** Words that nobody uses any more. */
  readonly returned: readonly WordRun[];
  /** All regions and words of before are forgotten. */
  readonly afresh: boolean;
  /** What another compiler had, whose work is to be gone on with. */
  readonly inherited?: Inheritance | undefined;
}

export interface Inheritance {
  /** Regions it has compiled, and that may be merged. */
  readonly sources: readonly RegionSource[];
  readonly pool: PoolState;
}

/** What whoever runs a region has to know of it. */
export interface RegionFacts {
  readonly id: number;
  /** Words of state by address, as the region needs them. Its entry checks them. */
  readonly guards: ReadonlyMap<number, number>;
  /** It was written for one place of the x87 stack. */
  readonly knowsStack: boolean;
  /** Ids of regions of this module that it jumps to or calls directly. */
  readonly goesTo: readonly number[];
  readonly vectors: VectorCounts;
}

/** A module of compiled regions: each is exported by its id. Its exported table has the dispatcher in slot 0. */
export interface ModuleImage {
  readonly module: WebAssembly.Module;
  readonly bytes: number;
  readonly regions: readonly RegionFacts[];
  /** Forms of the interpreter's functions it imports, and places of the x87 functions. */
  readonly cold: readonly number[];
  readonly x87: readonly number[];
  readonly links: readonly { readonly key: number; readonly address: number; readonly slot: number }[];
  /** Of the jump or call at an EIP of the region with that id; `slot` is the first of as many as a site has ways. */
  readonly caches: readonly {
    readonly region: number;
    readonly eip: number;
    readonly address: number;
    readonly slot: number;
  }[];
  /** What it has of the pool, to be zero but for the maps. */
  readonly words: readonly WordRun[];
  readonly maps: readonly { readonly address: number; readonly bytes: Uint8Array }[];
}

export interface Delivery {
  /** None where the pool had no words for it. */
  readonly image: ModuleImage | undefined;
  /** What it took, and whether that was beside the run. */
  readonly milliseconds: number;
  readonly beside: boolean;
}

export interface Compiling {
  /** Only when what was ordered before has been delivered, or is not wanted any more. */
  order(order: Order): void;
  /** What has been ordered last, once it is there; once. */
  delivered(): Delivery | undefined;
}
