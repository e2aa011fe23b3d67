/** What a trace of allocations consists of: plain data, as reports and the page carry it. Addresses are unsigned; `insn` counts from the reset vector. */
import type { AllocatorName } from './functions.ts';

/** Where a request got its memory from. */
export type Source =
  /** Memory of an allocation that has been freed. */
  | { readonly kind: 'reuse'; readonly of: number }
  /** Memory that the kernel gave earlier and nobody has had yet: no system call. */
  | { readonly kind: 'unused' }
  /** The heap was grown for it. */
  | { readonly kind: 'brk'; readonly from: number; readonly to: number }
  /** The kernel mapped memory for it; `own`: for it alone. */
  | { readonly kind: 'mmap'; readonly start: number; readonly length: number; readonly own: boolean }
  /** The mapping of before was made longer or shorter, and perhaps moved. */
  | { readonly kind: 'mremap'; readonly from: number; readonly start: number; readonly length: number }
  /** The block stayed where it was. */
  | { readonly kind: 'in-place' };

/** What went back to the kernel. */
export type Release =
  | { readonly kind: 'brk'; readonly from: number; readonly to: number }
  | { readonly kind: 'munmap'; readonly start: number; readonly length: number };

export type Problem =
  | { readonly kind: 'double-free'; readonly id: number }
  /** Not the beginning of a block: in the middle of one (`id`, `offset`), or no block's at all. */
  | { readonly kind: 'bad-free'; readonly id: number | null; readonly offset: number };

export interface Caller {
  /** Return address. */
  readonly address: number;
  readonly symbol: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

export interface AllocationEvent {
  /** Counts from 1. */
  readonly number: number;
  readonly pid: number;
  readonly insn: number;
  readonly call: AllocatorName;
  readonly values: readonly number[];
  readonly caller: Caller;
  /** Pointer that it gave; null for free, and where the call did not return. */
  readonly result: number | null;
  readonly returned: boolean;
  /** The allocation it made: a number of its own, from 1; null when it made none. */
  readonly id: number | null;
  readonly size: number | null;
  readonly source: Source | null;
  /** The allocation that it freed, or that realloc made another of. */
  readonly frees: number | null;
  readonly freedSize: number | null;
  readonly releases: readonly Release[];
  readonly problem: Problem | null;
  /** Afterwards: bytes in use, and bytes that the kernel has given. */
  readonly live: number;
  readonly held: number;
  readonly brk: number;
}

export interface LiveBlock {
  readonly id: number;
  readonly address: number;
  readonly size: number;
  readonly mapped: boolean;
  readonly caller: Caller;
}

/** How a process stood when it ended. */
export interface AllocationSummary {
  readonly pid: number;
  readonly calls: number;
  readonly frees: number;
  /** Requests by where they got memory; `failed`: got none. */
  readonly served: Readonly<Record<Source['kind'] | 'failed', number>>;
  readonly problems: number;
  readonly liveBytes: number;
  readonly liveBlocks: number;
  readonly peakBytes: number;
  readonly held: number;
  readonly heap: { readonly start: number; readonly end: number };
  readonly mappedBytes: number;
  /** Freed memory below the end of the heap that is in one piece; null: none. */
  readonly largestHole: { readonly start: number; readonly end: number } | null;
  readonly holeBytes: number;
  /** The block that keeps the heap from shrinking: the highest one in it; and how much freed memory lies below it, unused above it. */
  readonly pin: (LiveBlock & { readonly freeBelow: number; readonly above: number }) | null;
  /** Of blocks never freed, the places that made them: largest sum first. */
  readonly leaks: readonly { readonly caller: Caller; readonly blocks: number; readonly bytes: number }[];
}
