/** What a second run up to a fault can tell of it: see session/autopsy.ts. Plain data. */
import type { Caller } from './allocations/events.ts';

/** The block, or the mapping, that an address was part of. */
export interface MemoryHistory {
  /** The allocation: its number, bounds, who made it; and who freed it. */
  readonly block: {
    readonly id: number;
    readonly address: number;
    readonly size: number;
    readonly madeBy: Caller;
    readonly madeAt: number;
    readonly freedBy: Caller | null;
    readonly freedAt: number | null;
  } | null;
  /** The system call that took the page away, or its rights, last. */
  readonly lost: {
    readonly call: string;
    readonly insn: number;
    readonly start: number;
    readonly end: number;
    readonly by: Caller | null;
  } | null;
}

/** A step on the way of a value, the last one first. */
export interface OriginStep {
  /** Where the value was put: `eax`, or `0xbf0f1d54`. */
  readonly target: string;
  /** Address, when it is memory. */
  readonly address: number | null;
  readonly insnNumber: number;
  readonly place: Caller;
  readonly insn: string;
  /** It was the kernel that did, for a system call. */
  readonly byKernel: boolean;
}

export interface FaultHistory {
  /** Of the address that could not be accessed, of that of a block given to free. */
  readonly memory: MemoryHistory | null;
  /** The value that was bad, and how it got there. */
  readonly value: number | null;
  readonly origin: readonly OriginStep[];
  /** Memory that the value was read from had been freed before. */
  readonly staleSource: MemoryHistory | null;
  /** Wrong calls of free that were seen, as lines. */
  readonly problems: readonly string[];
}
