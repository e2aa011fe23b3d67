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
  /** Direct call of a function that is part of the region: see findLeaf(). */
  | { readonly kind: 'enter' }
  /** RET: to where only execution knows, the caller most likely; in a function that is part of the region it is at `to`. */
  | { readonly kind: 'return'; readonly to?: number }
  /** JMP to where only execution knows: one of `targets`, perhaps. */
  | { readonly kind: 'indirect'; readonly targets: readonly number[] }
  /** Indirect call, which returns to `next`; `targets`: where it has been seen to go. */
  | { readonly kind: 'indirect-call'; readonly targets: readonly number[] }
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
/** Of a function that becomes part of the region that calls it; and how many of them for one indirect call. */
const MOST_OF_LEAF = 40;
const MOST_BLOCKS_OF_LEAF = 8;
const MOST_LEAVES = 8;

/** `isHot`: the call that ends a block has been made often. */
export function discover(entry: number, find: FindBlock, isHot: (block: Block) => boolean): Region | undefined {
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
    const leaves = leavesOf(block, find, blocks, isHot);
    if (leaves && instructions + countOf(leaves) <= most) {
      instructions += countOf(leaves);
      const { end } = block;
      blocks.set(eip, {
        ...block,
        end: end.kind === 'indirect-call' ? { ...end, kind: 'indirect' } : { kind: 'enter' },
      });
      for (const inner of leaves) blocks.set(inner.eip, inner);
    }
    if (block.end.kind === 'indirect' && block.end.targets.length > 0) {
      most = MOST_WITH_TABLE;
      mostBlocks = MOST_BLOCKS_WITH_TABLE;
    }
    for (const to of [...successors(block), ...targetsOf(block)]) if (!blocks.has(to)) queue.push(to);
  }
  if (!blocks.has(entry)) return undefined;
  for (const [eip, block] of blocks) blocks.set(eip, split(block, blocks));
  return { entry, blocks, instructions: countOf([...blocks.values()]) };
}

const countOf = (blocks: readonly Block[]): number => blocks.reduce((sum, { forms }) => sum + forms.length, 0);

/** The functions that a block calls, or has been seen to, where all of them can become part of the region: their blocks. */
function leavesOf(
  block: Block,
  find: FindBlock,
  known: ReadonlyMap<number, Block>,
  isHot: (block: Block) => boolean,
): Block[] | undefined {
  const { end, taken } = block;
  if (end.kind === 'call') return isHot(block) ? findLeaf(block, taken, find, known) : undefined;
  if (end.kind !== 'indirect-call' || end.targets.length === 0 || end.targets.length > MOST_LEAVES) return undefined;
  const all = new Map(known);
  const found: Block[] = [];
  for (const target of end.targets) {
    const leaf = findLeaf(block, target, find, all);
    if (!leaf) return undefined;
    for (const inner of leaf) all.set(inner.eip, inner);
    found.push(...leaf);
  }
  return found;
}

/**
 * The function at `entry` that a block calls, if it is short, calls nobody and is not part of the region yet: all its blocks, with returns that lead back behind the
 * call. They look at where they return to, so nothing else is asked of the function.
 */
function findLeaf(
  caller: Block,
  entry: number,
  find: FindBlock,
  known: ReadonlyMap<number, Block>,
): Block[] | undefined {
  const leaf = new Map<number, Block>();
  const queue = [entry];
  for (const eip of queue) {
    if (leaf.has(eip)) continue;
    const block = known.has(eip) || eip === caller.next ? undefined : find(eip);
    if (!block || block.forms.length === 0 || leaf.size >= MOST_BLOCKS_OF_LEAF) return undefined;
    if (!['next', 'branch', 'jump', 'return'].includes(block.end.kind)) return undefined;
    leaf.set(eip, block.end.kind === 'return' ? { ...block, end: { kind: 'return', to: caller.next } } : block);
    queue.push(...successors(block));
  }
  const found = [...leaf.values()];
  return countOf(found) <= MOST_OF_LEAF && found.some(({ end }) => end.kind === 'return') ? found : undefined;
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
    case 'enter':
      return [taken];
    case 'return':
      return end.to === undefined ? [] : [end.to];
    default:
      return [];
  }
}

/** It calls functions that are not part of it. */
export const callsOut = ({ blocks }: Region): boolean =>
  [...blocks.values()].some(({ end }) => end.kind === 'call' || end.kind === 'indirect-call');

/** EIPs an indirect jump may go to. */
export function targetsOf({ end }: Block): readonly number[] {
  return end.kind === 'indirect' ? end.targets : [];
}
