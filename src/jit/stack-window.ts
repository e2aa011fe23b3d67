/**
 * The stack window: a region whose stack accesses all lie close to where ESP was at its entry checks once that they lie in one page that may be written
 * at once, or in two that are neighbours in the host's memory too, and then goes there without asking the TLB. After a call it checks again.
 *
 * Positions are byte offsets of ESP from where it was at the region's entry, found while the region is planned: each block is written once to see what it does
 * to ESP, and positions follow along its edges. Where they are not known, or differ by the way one comes, accesses ask the TLB.
 */
import type { Block, Region } from './region.ts';
import { successors, targetsOf } from './region.ts';

/** What a block does with the stack, by offset from where ESP is at its beginning. */
export interface StackUse {
  readonly accesses: { readonly offset: number; readonly size: number }[];
  /** ESP at the end of the block; undefined when nobody knows. */
  end: number | undefined;
}

export interface StackWindow {
  /** Lowest byte, and the one after the highest. */
  readonly low: number;
  readonly high: number;
  /** Position of ESP at the beginning of blocks, where it is known. */
  readonly positions: ReadonlyMap<number, number>;
}

/** Accesses farther away are left to the TLB: the window is to lie in two pages at most. */
const REACH = 1024;
/** A window for fewer accesses does not pay. */
const LEAST = 2;

export function findWindow(region: Region, uses: ReadonlyMap<number, StackUse>): StackWindow | undefined {
  const positions = new Map<number, number>([[region.entry, 0]]);
  const unknown = new Set<number>();
  const queue = [region.entry];
  for (const eip of queue) {
    const block = region.blocks.get(eip)!;
    const from = unknown.has(eip) ? undefined : positions.get(eip);
    const end = uses.get(eip)?.end;
    const at = from === undefined || end === undefined ? undefined : from + end;
    for (const to of goesTo(block)) {
      if (!region.blocks.has(to) || unknown.has(to)) continue;
      const known = positions.get(to);
      if (known === at && at !== undefined) continue;
      if (known === undefined && at !== undefined) positions.set(to, at);
      else {
        positions.delete(to);
        unknown.add(to);
      }
      queue.push(to);
    }
  }
  let low = REACH;
  let high = -REACH;
  let count = 0;
  for (const [eip, position] of positions) {
    for (const { offset, size } of uses.get(eip)?.accesses ?? []) {
      const at = position + offset;
      if (at < -REACH || at + size > REACH) continue;
      low = Math.min(low, at);
      high = Math.max(high, at + size);
      count++;
    }
  }
  return count < LEAST ? undefined : { low, high, positions };
}

const goesTo = (block: Block): readonly number[] => [...successors(block), ...targetsOf(block)];
