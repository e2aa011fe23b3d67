/**
 * Locals of regions that have x87 instructions: the registers, by their physical number, and what of the unit's state they go with live in locals as general registers
 * do, and are homes of the region as those are (simd-homes.ts). The 64-bit ones come first, then what instructions work with, then words.
 */
import { fieldAddress, fpuRegisterAddress } from '../cpu/state.ts';
import type { Code } from '../wasm/code.ts';

const REGISTERS = 8;
/** 64-bit locals that one instruction may use. */
export const WIDE_SCRATCH = 48;

/** Words of state that live in locals. */
const Words = [
  'fpuControl',
  'fpuStatus',
  'fpuTop',
  'fpuC1',
  'fpuFull0',
  'fpuFull4',
  'fpuOpcode',
  'fpuInstruction',
  'fpuInstructionSelector',
  'fpuData',
  'fpuDataSelector',
] as const;
export type X87Word = (typeof Words)[number];

/** Selectors: the local has the address of a word that holds it. Within a region they do not change, so it is enough to look at the end. */
const Selectors: readonly X87Word[] = ['fpuInstructionSelector', 'fpuDataSelector'];

const SIGNIFICANDS = 0;
const TOPS = REGISTERS;
const WORDS = 2 * REGISTERS;

/** How many homes there are. */
export const X87_HOMES = WORDS + Words.length;
/** Locals of either type. */
export const X87_WIDE = REGISTERS + WIDE_SCRATCH;
export const X87_NARROW = REGISTERS + Words.length;

/** Where the locals of a function begin. */
export interface X87Locals {
  readonly wide: number;
  readonly narrow: number;
}

/** Homes by what they hold, counted from the first of them. */
export const significandHome = (register: number): number => SIGNIFICANDS + register;
export const topHome = (register: number): number => TOPS + register;
export function wordHome(name: string): number | undefined {
  const at = (Words as readonly string[]).indexOf(name);
  return at < 0 ? undefined : WORDS + at;
}

export const scratchOf = ({ wide }: X87Locals): number => wide + REGISTERS;

/** The local of a home. */
export function x87Local(home: number, { wide, narrow }: X87Locals): number {
  return home < TOPS ? wide + home : narrow + home - TOPS;
}

function addressOf(home: number): number {
  if (home < TOPS) return fpuRegisterAddress(home);
  if (home < WORDS) return fpuRegisterAddress(home - TOPS) + 8;
  return fieldAddress(Words[home - WORDS]!);
}

const isSelector = (home: number): boolean => home >= WORDS && Selectors.includes(Words[home - WORDS]!);

export function loadX87Home(code: Code, home: number, locals: X87Locals): void {
  if (isSelector(home)) code.const(addressOf(home));
  else if (home < TOPS) code.const(0).load64(addressOf(home));
  else code.const(0).load(4, addressOf(home));
  code.set(x87Local(home, locals));
}

export function storeX87Home(code: Code, home: number, locals: X87Locals): void {
  code.const(0).get(x87Local(home, locals));
  if (home < TOPS) code.store64(addressOf(home));
  else {
    if (isSelector(home)) code.load(2, 0);
    code.store(4, addressOf(home));
  }
}
