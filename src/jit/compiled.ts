/** A region with all that is known of it: what stands in the tables of the second tier. */
import type { ExportedFunction, RegionModule } from './linker.ts';
import type { RegionFacts } from './order.ts';
import type { RegionSource } from './region-plan.ts';

export interface Compiled extends RegionSource {
  /** Its number: in the dispatcher's table, and of its word of validity. */
  readonly index: number;
  /** The entry's record, and EIP of byte 0 of its page. */
  readonly record: number;
  readonly pcBase: number;
  /** What its compilation has brought to light, once that is done. */
  facts: RegionFacts | undefined;
  /** Its function, and the module that has it. */
  run: ExportedFunction | undefined;
  module: RegionModule | undefined;
  /** Regions of the same module that jump to or call it directly. */
  readonly callers: Set<Compiled>;
  /** How often it could not run because a page was not in the TLB. */
  declines: number;
  /** How often its stack window did not fit. */
  windowMisses: number;
  /** How often it became the current one instead of another that differs in where the x87 stack is. */
  turns: number;
  /** Entries from the host, and instructions executed in them, since it was last judged by these. */
  entries: number;
  executed: number;
  dropped: boolean;
}

/** A region belongs to a linear address, a decode mode and a privilege. */
export const regionKey = (linear: number, codeKey: number): number => (linear >>> 0) * 16 + codeKey;

/** It was written for one place of the x87 stack. */
export const knowsStack = ({ facts }: Compiled): boolean => facts?.knowsStack === true;
