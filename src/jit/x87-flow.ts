/**
 * Where the x87 stack is at the beginning of each block of a region, given where it is at the entry: compilers leave it the same on every way to a place. What a row
 * does to it is found by writing it.
 *
 * What a function called returns on the stack nobody says. The code after the call tells: where it could not go on with the stack as it was, one more register
 * is taken to be full. The region looks whether that is so.
 */

import { Field, RECORD_SIZE } from '../cpu/record.ts';
import type { Cores } from '../cpu/x87/cores.ts';
import { type X87Function, x87FunctionOf } from '../cpu/x87/functions.ts';
import { escapeRow } from '../isa/x87-map.ts';
import { Code } from '../wasm/code.ts';
import type { Block, Region } from './region.ts';
import { successors, targetsOf } from './region.ts';
import { type After, type Stack, writeRegionRow } from './x87-row.ts';

/** An x87 instruction of a block. */
export interface Escape {
  /** The 11 bits that say which instruction it is. */
  readonly code: number;
  /** Its function, if it has one. */
  readonly row: X87Function | undefined;
  readonly mnemonic: string;
}

export interface X87Flow {
  /** By EIP of a block: the stack at its beginning. */
  readonly before: ReadonlyMap<number, Stack>;
  /** By EIP of a block that ends in a call: the stack after it, most likely. */
  readonly afterCalls: ReadonlyMap<number, Stack>;
}

/** Instructions that services do alone, and whose effect on the stack is certain as long as nothing unusual happens: it is looked at afterwards. */
const ServiceEffects: Readonly<Record<string, (stack: Stack) => Stack>> = {
  F2XM1: stack => stack,
  FSIN: stack => stack,
  FCOS: stack => stack,
  FPREM: stack => stack,
  FPREM1: stack => stack,
  FPTAN: push,
  FSINCOS: push,
  FXTRACT: push,
  FBLD: push,
  FYL2X: pop,
  FYL2XP1: pop,
  FPATAN: pop,
  FBSTP: pop,
};

function push({ top, full }: Stack): Stack {
  const next = (top + 7) & 7;
  return { top: next, full: full | (1 << next) };
}

function pop({ top, full }: Stack): Stack {
  return { top: (top + 1) & 7, full: full & ~(1 << top) };
}

/** The escape in place `index` of a block, or undefined where there is another instruction. */
export function escapeAt({ record, forms }: Block, index: number, view: DataView): Escape | undefined {
  if (forms[index]!.mnemonic !== 'ESC') return undefined;
  const code = view.getInt32(record + index * RECORD_SIZE + Field.imm, true);
  return { code, row: x87FunctionOf(code), mnemonic: escapeRow(code >> 8, code & 0xff)?.mnemonic ?? '' };
}

const effects = new Map<number, After>();
/** Programs use a few hundred of the millions there could be. */
const MOST_EFFECTS = 10_000;

/** What an instruction makes of the stack; undefined when nobody can say beforehand. */
export function effectOf({ code, row, mnemonic }: Escape, stack: Stack): After {
  if (!row) return ServiceEffects[mnemonic]?.(stack);
  const key = (code << 11) | (stack.top << 8) | stack.full;
  if (!effects.has(key)) {
    if (effects.size === MOST_EFFECTS) effects.clear();
    effects.set(key, observe(row, code & 7, stack));
  }
  return effects.get(key);
}

const NO_CORES: Cores = { sum: 0, product: 0, quotient: 0 };

function observe(row: X87Function, operand: number, stack: Stack): After {
  const code = new Code();
  const refused = code.block();
  const any = () => 0;
  const site = { code, newLocal: any, home: any, general: any, operand, refused, stack };
  return writeRegionRow(row, { ...site, ready: true, brief: true, control: undefined }, NO_CORES);
}

/** Undefined where ways with different stacks meet. */
export function findFlow({ blocks, entry }: Region, atEntry: Stack, view: DataView): X87Flow | undefined {
  const before = new Map<number, Stack>([[entry, atEntry]]);
  const afterCalls = new Map<number, Stack>();
  const queue = [entry];
  for (const eip of queue) {
    const block = blocks.get(eip)!;
    let after = throughBlock(block, before.get(eip)!, view) ?? before.get(eip)!;
    if (block.end.kind === 'call' || block.end.kind === 'indirect-call') {
      after = afterCall(blocks.get(block.next), after, view);
      afterCalls.set(eip, after);
    }
    for (const to of [...successors(block), ...targetsOf(block)]) {
      if (!blocks.has(to)) continue;
      const known = before.get(to);
      if (known && (known.top !== after.top || known.full !== after.full)) return undefined;
      if (known) continue;
      before.set(to, after);
      queue.push(to);
    }
  }
  return { before, afterCalls };
}

function throughBlock(block: Block, from: Stack, view: DataView): After {
  let stack: After = from;
  for (let i = 0; i < block.forms.length && stack; i++) {
    const escaped = escapeAt(block, i, view);
    if (escaped) stack = effectOf(escaped, stack);
  }
  return stack;
}

function afterCall(next: Block | undefined, stack: Stack, view: DataView): Stack {
  if (!next || throughBlock(next, stack, view)) return stack;
  return throughBlock(next, push(stack), view) ? push(stack) : stack;
}
