/** What a region is written from, and what is decided about it before. */
import type { Code } from '../wasm/code.ts';
import type { Locals } from '../wasm/module.ts';
import type { ColdCallImports } from './cold-call.ts';
import type { FormTraits } from './form-traits.ts';
import type { AccessId, Extent } from './neighbours.ts';
import type { Region } from './region.ts';
import type { Homes } from './region-context.ts';
import type { FrameImports, Link } from './region-frame.ts';
import type { VectorCounts, VectorPlan } from './simd-region.ts';
import type { StackUse, StackWindow } from './stack-window.ts';
import type { X87Plan } from './x87-region.ts';

/** Slack above the region's instructions: what the interpreter needs to enter a block. */
export const MARGIN = 64;
export interface RegionSource {
  /** No other has ever had it. */
  readonly id: number;
  readonly region: Region;
  readonly user: boolean;
  /** Linear address of its entry; what it is found by (see regionKey()), and the part of that which is no address. */
  readonly linear: number;
  readonly key: number;
  readonly codeKey: number;
  readonly csBase: number;
  /** 32-bit code with flat segments. */
  readonly flat: boolean;
  /** Address of the word that is not zero while the region's code is unchanged. */
  readonly validAt: number;
  /** Its stack window has often not fitted. */
  readonly straddles: boolean;
  /** Words of the read TLB that must hold for the region's pages: [address, word]. */
  readonly pages: readonly (readonly [number, number])[];
  /** Records of instructions whose accesses are often slow. */
  readonly asks: ReadonlySet<number>;
  /**
   * The word of the TLB that pages are expected to have, or 0. Then a place is an address and a constant, and not what has been loaded for its page: an access to a page with
   * another word is not plain.
   */
  readonly word: number;
  /** Words of the processor's state when it was asked for, from address 0. What the region takes to be so for ever its entry checks. */
  readonly state: Int32Array;
  /** The x87 stack has been at the same place, mostly, whenever it was entered. */
  readonly isSettled: boolean;
}

export interface WriterImports extends FrameImports, ColdCallImports {
  readonly view: DataView;
  readonly traits: FormTraits;
  /** The way to the region that begins at an EIP. */
  link(eip: number): Link;
  /** Function index of an x87 function, by its place. */
  x87(place: number): number;
  /** An inline cache for the indirect jump or call at an EIP. */
  site(eip: number): Link;
  /** Function indices of the dispatcher's. */
  readonly place: number;
  readonly storeFlags: number;
  /** Address of `bytes` bytes for a map of jump targets, which stay zero but for what `fill` writes. */
  map(bytes: Uint8Array): number;
}

export interface RegionFunction {
  readonly code: Code;
  readonly locals: Locals;
}

/** What of a region's function depends on the region, and the state of the processor when it was found, alone. */
export interface RegionPlan extends VectorPlan {
  readonly homes: Homes;
  readonly guards: Map<number, number>;
  /** Forms whose interpreter functions are called. */
  readonly cold: Set<number>;
  /** x87 functions called, by place. */
  readonly x87: Set<number>;
  readonly window: StackWindow | undefined;
  /** See neighbours.ts; undefined while planning. */
  readonly neighbours: Map<AccessId, Extent> | undefined;
  readonly vectors: VectorCounts;
  readonly unit: X87Plan | undefined;
  /** What each version of its function takes of the pool of words: links, inline caches and maps, by length. */
  readonly words: readonly number[];
}

/** Which version of a region is written: the one with the stack window, given the function that goes on where that does not fit; or without. */
export type Version =
  | { readonly window: StackWindow; readonly plain: number | undefined }
  | 'plain'
  /** A trial, which tells what blocks do with the stack. */
  | { readonly uses: Map<number, StackUse> };

/** How many functions writeRegion() makes. */
export const functionsOf = ({ source, plan }: { source: RegionSource; plan: RegionPlan }): number =>
  plan.window && source.straddles ? 2 : 1;
