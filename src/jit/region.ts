/**
 * Regions: an entry and what jumps reach from it, as basic blocks of decoded records. What lies outside - another page that is not in the TLB,
 * code that has not been executed, too many instructions - is an exit.
 */
import type { ExecutableForm } from '../cpu/form-enumeration.ts';

/** How a block ends. */
export type End =
  /** Falls through to `next`. */
  | { readonly kind: 'next' }
  /** Jcc, LOOP, JCXZ: `taken` or `next`. */
  | { readonly kind: 'branch' }
  | { readonly kind: 'jump' }
  /** Direct call of `taken`, which returns to `next`. */
  | { readonly kind: 'call' }
  /** RET: to where only execution knows, the caller most likely. */
  | { readonly kind: 'return' }
  /** JMP to where only execution knows: one of `targets`, perhaps. */
  | { readonly kind: 'indirect'; readonly targets: readonly number[] }
  /** Indirect call, which returns to `next`. */
  | { readonly kind: 'indirect-call' }
  /** The last instruction ends the region: see Trait. */
  | { readonly kind: 'turn' }
  /** Before an instruction that a region cannot have. */
  | { readonly kind: 'leave' };

export interface Block {
  readonly eip: number;
  /** Address of the first record. */
  readonly record: number;
  readonly forms: readonly ExecutableForm[];
  /** EIP of each of them. */
  readonly eips: readonly number[];
  /** EIP of byte 0 of its page. */
  readonly pcBase: number;
  readonly end: End;
  /** EIP of the direct jump's target, or 0. */
  readonly taken: number;
  /** EIP after the block. */
  readonly next: number;
}

export interface Region {
  readonly entry: number;
  /** By EIP, in order of discovery: the entry first. */
  readonly blocks: ReadonlyMap<number, Block>;
  /** Instructions in all: no acyclic path through the region is longer. */
  readonly instructions: number;
}

/** Gives the block at an EIP, or undefined when it cannot be part of a region now. */
export type FindBlock = (eip: number) => Block | undefined;

const MOST_INSTRUCTIONS = 300;
/** With a jump through a table, all of whose targets are wanted: a bytecode interpreter's loop. */
const MOST_WITH_TABLE = 800;
const MOST_BLOCKS = 80;
const MOST_BLOCKS_WITH_TABLE = 300;

export function discover(entry: number, find: FindBlock): Region | undefined {
  const blocks = new Map<number, Block>();
  const queue = [entry];
  let instructions = 0;
  let most = MOST_INSTRUCTIONS;
  let mostBlocks = MOST_BLOCKS;
  for (let i = 0; i < queue.length && blocks.size < mostBlocks; i++) {
    const eip = queue[i]!;
    if (blocks.has(eip)) continue;
    const block = find(eip);
    if (!block || block.forms.length === 0 || instructions + block.forms.length > most) continue;
    instructions += block.forms.length;
    blocks.set(eip, block);
    if (block.end.kind === 'indirect' && block.end.targets.length > 0) {
      most = MOST_WITH_TABLE;
      mostBlocks = MOST_BLOCKS_WITH_TABLE;
    }
    for (const to of [...successors(block), ...targetsOf(block)]) if (!blocks.has(to)) queue.push(to);
  }
  if (!blocks.has(entry)) return undefined;
  for (const [eip, block] of blocks) blocks.set(eip, split(block, blocks));
  const total = [...blocks.values()].reduce((sum, { forms }) => sum + forms.length, 0);
  return { entry, blocks, instructions: total };
}

/** Ends a block where another begins, so that loops keep one head. */
function split(block: Block, blocks: ReadonlyMap<number, Block>): Block {
  const at = block.eips.findIndex((eip, i) => i > 0 && blocks.has(eip));
  if (at < 0) return block;
  return {
    ...block,
    forms: block.forms.slice(0, at),
    eips: block.eips.slice(0, at),
    end: { kind: 'next' },
    taken: 0,
    next: block.eips[at]!,
  };
}

/** EIPs a block goes on at within its region, in the order its code branches to them. */
export function successors({ end, taken, next }: Block): number[] {
  switch (end.kind) {
    case 'next':
    case 'call':
    case 'indirect-call':
      return [next];
    case 'branch':
      return [taken, next];
    case 'jump':
      return [taken];
    default:
      return [];
  }
}

/** EIPs an indirect jump may go to. */
export function targetsOf({ end }: Block): readonly number[] {
  return end.kind === 'indirect' ? end.targets : [];
}
