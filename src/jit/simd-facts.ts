/**
 * What is known at a place in a region because it has been checked on every way there: an instruction checks what it needs only where it is not known.
 *
 * Of the unit: what holds at the end of a block holds in all blocks it dominates, unless something in the region may undo it.
 *
 * Of XMM registers: whether their elements are finite and no denormals ("plain"). An operation that goes ahead leaves its operands and its result so; what
 * comes from memory is unknown. While a region is planned each block notes what it makes of that knowledge, and then it follows the edges of the region
 * to a fixed point.
 */
import { xmmAddress } from '../cpu/state.ts';
import type { Region } from './region.ts';
import { successors, targetsOf } from './region.ts';

export interface UnitFacts {
  /** CR0 has neither EM nor TS. What sets them ends a region. */
  present: boolean;
  /** CR4 has OSFXSR. */
  enabled: boolean;
  /** Rounding is to nearest, inexact results are masked and have been noted. */
  trusted: boolean;
  /** No x87 exception is pending, and the x87 registers are MMX registers. */
  mmx: boolean;
}

export const nothingKnown = (): UnitFacts => ({ present: false, enabled: false, trusted: false, mmx: false });

/** Plain elements: eight bits a kind, one for each register. */
export type Plain = number;

/** The first bit of each kind: the low double, the low single, both doubles, all four singles. */
export const Kind = { double: 1, single: 1 << 8, doubles: 1 << 16, singles: 1 << 24 } as const;

const ALL_KINDS = Kind.double | Kind.single | Kind.doubles | Kind.singles;
const EVERYTHING: Plain = -1;

/** What an instruction makes of the knowledge before it. */
export type Effect = (plain: Plain) => Plain;

/** The number of an XMM register by its address in state. */
const numberOf = (address: number): number => (address - xmmAddress(0)) >> 4;
export const bits = (kinds: number, address: number): Plain => kinds << numberOf(address);

export const isPlain = (plain: Plain, kind: number, address: number): boolean => (plain & bits(kind, address)) !== 0;

/** Nothing is known of a register any more. */
export const forget =
  (address: number): Effect =>
  plain =>
    plain & ~bits(ALL_KINDS, address);

/** It holds zeros, or other plain numbers by any reading. */
export const becomes =
  (kinds: number, address: number): Effect =>
  plain =>
    plain | bits(kinds, address);

export const becomesZero = (address: number): Effect => becomes(ALL_KINDS, address);

export const copies =
  (to: number, from: number): Effect =>
  plain =>
    (plain & ~bits(ALL_KINDS, to)) | (((plain >>> numberOf(from)) & ALL_KINDS) << numberOf(to));

/** Its low element becomes plain, and the others stay as they are: all are plain if they were. `all`: the kind that says so. */
export const replacesElement =
  (element: number, all: number, address: number): Effect =>
  plain =>
    forget(address)(plain) | (plain & bits(all, address)) | bits(element, address);

/** It takes the low element of another. */
export const takesElement =
  (element: number, all: number, to: number, from: number): Effect =>
  plain =>
    isPlain(plain, element, from) ? replacesElement(element, all, to)(plain) : forget(to)(plain);

/** Its low element becomes one of two: itself or that of another. */
export const meets =
  (element: number, all: number, to: number, from: number): Effect =>
  plain =>
    isPlain(plain, element, to) ? takesElement(element, all, to, from)(plain) : forget(to)(plain);

/** Of `wanted`, what is of the register with this number. */
export const ofRegister = (wanted: Plain, number: number): Plain => wanted & (ALL_KINDS << number);

/** The knowledge at the beginning of each block, given that at the entry. `effects`: what blocks do to it, in order. */
export function plainAtBlocks(
  { blocks, entry }: Region,
  atEntry: Plain,
  effects: ReadonlyMap<number, readonly Effect[]>,
): ReadonlyMap<number, Plain> {
  const known = new Map<number, Plain>([[entry, atEntry]]);
  const queue = [entry];
  for (const eip of queue) {
    const block = blocks.get(eip)!;
    const calls = block.end.kind === 'call' || block.end.kind === 'indirect-call';
    const after = calls ? 0 : (effects.get(eip) ?? []).reduce((plain, effect) => effect(plain), known.get(eip)!);
    for (const to of [...successors(block), ...targetsOf(block)]) {
      if (!blocks.has(to)) continue;
      const before = known.get(to) ?? EVERYTHING;
      const met = before & after;
      if (known.has(to) && met === before) continue;
      known.set(to, met);
      queue.push(to);
    }
  }
  return known;
}
