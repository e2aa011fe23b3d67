/** What the parts that write a region have in common: its locals, and what is known while it is written. */
import { type FieldName, fieldAddress, registerAddress, SegmentCache, segmentAddress, Tlb } from '../cpu/state.ts';
import type { LocalPool } from '../cpu/wasm-arithmetic.ts';
import { type Code, type Label, Op } from '../wasm/code.ts';
import type { Neighbours } from './neighbours.ts';
import type { Range } from './ranges.ts';
import type { RegionFlags } from './region-flags.ts';
import type { ScalarFormat } from './simd-scalar-format.ts';
import type { X87Locals } from './x87-homes.ts';

/** Locals of a region's function, after its parameter and the 64-bit temporary. */
export const Local = {
  depth: 0,
  budget: 2,
  /** Where to go on, at an exit: EIP, or the record for LEAVE. */
  eip: 3,
  status: 4,
  /** What DISPATCH goes to, by number. */
  target: 5,
  left: 6,
  right: 7,
  /** TLB word of the page in which the stack window lies. */
  stack: 8,
  /** What ESP should be after the call under way. */
  expected: 9,
  /** See region-flags.ts. */
  flagKind: 10,
  flagA: 11,
  flagB: 12,
  flagTemporaries: 13,
  homes: 18,
  temporaries: 35,
} as const;

/** General registers, the lazy flag words, segment bases: what lives in locals, from Local.homes. */
export const HOMES: readonly number[] = [
  ...Array.from({ length: 8 }, (_, i) => registerAddress('eax') + 4 * i),
  ...(['zero', 'sign', 'carry'] as const).map(fieldAddress),
  ...Array.from({ length: 6 }, (_, i) => segmentAddress(i) + SegmentCache.base),
];

/** The number among HOMES of a word of state that has a name. */
export const homeOf = (name: FieldName): number => HOMES.indexOf(fieldAddress(name));

/** Which of HOMES a region reads and writes. */
export interface Homes {
  readonly read: Set<number>;
  readonly written: Set<number>;
  /** Flags stand as operations and their operands now and then: see region-flags.ts. */
  lazyFlags: boolean;
}

/** What an instruction's neighbours make of it. */
export interface Surroundings {
  /** Nobody can see the flags it leaves. */
  readonly flagsDead: boolean;
  /** The next instruction looks at a condition. */
  readonly conditionFollows: boolean;
  /** Its memory accesses are seldom plain hits in the TLB: a function is asked before the region is left. */
  readonly asks: boolean;
}

/** Where ESP is, while a block is written: see stack-window.ts. */
export interface StackState {
  /** From where it was at the entry of the region, or of the block while that is planned; undefined when nobody knows. */
  position: number | undefined;
  /** Bytes within the window, by position; none while planning, and in the plain version of a region. */
  readonly window: { readonly low: number; readonly high: number } | undefined;
  /** Hears of each access at a known position. */
  readonly note: ((offset: number, size: number) => void) | undefined;
}

/** What instructions of one region share while it is written out. */
export interface RegionContext {
  readonly code: Code;
  readonly pool: LocalPool;
  readonly view: DataView;
  /** See RegionSource. */
  readonly state: Int32Array;
  readonly user: boolean;
  /** See RegionSource. */
  readonly word: number;
  readonly homes: Homes;
  /** Words of state that the region takes to be constant, by address: its entry checks them. */
  readonly guards: Map<number, number>;
  /** EIPs of byte 0 of the region's pages. */
  readonly pages: readonly number[];
  readonly flags: RegionFlags;
  readonly neighbours: Neighbours;
  /** What compares floats in VectorLocal whose comparison has left the flags. */
  compared: ScalarFormat | undefined;
  /** The common way out: Local.eip and Local.status are set. */
  exit: Label;
  readonly stack: StackState;
  /** The way to the interpreter, by page: Local.eip is the record it goes on at. */
  leaves: readonly Label[];
  /** Function index of place(): see dispatcher.ts. */
  readonly place: number;
  /** Where locals of x87 begin. */
  readonly x87: X87Locals;
  /** What is known of homes in the block that is being written. */
  readonly ranges: Map<number, Range>;
}

/** Where an instruction goes that jumps; the region writer knows. */
export interface Branches {
  direct(): void;
  /** Local.eip is set. */
  indirect(): void;
}

/** Of instructions that do not jump. */
export const NO_BRANCHES: Branches = { direct: () => {}, indirect: () => {} };

/** Its number among HOMES. */
export const ESP = 4;
/** Where linear addresses are physical ones: the TLB word of pages that are plain RAM. It is part of the constant that is added to places then. */
export const UNPAGED = 0x1000 | Tlb.plain;

/** Takes instructions that have been executed off the budget. */
export function takeOff(code: Code, instructions: number): void {
  code.get(Local.budget).const(instructions).op(Op.i32_sub).set(Local.budget);
}
