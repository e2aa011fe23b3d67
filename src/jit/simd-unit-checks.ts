/**
 * Whether the SIMD unit is as a region's instructions need it, where that is not known: CR0.EM and TS, CR4.OSFXSR, and of MXCSR the bits by which an inexact
 * result is of no consequence. Where it is not so, the interpreter goes on at the block or instruction that asked.
 */
import { MASK_SHIFT, Mxcsr } from '../cpu/simd-unit.ts';
import { fieldAddress } from '../cpu/state.ts';
import { type Code, Op } from '../wasm/code.ts';
import type { Block } from './region.ts';
import { Local, type RegionContext } from './region-context.ts';
import type { UnitFacts } from './simd-facts.ts';

const CR0 = fieldAddress('cr0');
const CR4 = fieldAddress('cr4');
const MXCSR = fieldAddress('mxcsr');
/** Either says that the x87 and SIMD units are not to be used now. */
export const CR0_EM_TS = 0xc;
const CR4_OSFXSR = 1 << 9;

const TRUSTED_MASK = Mxcsr.RC | (Mxcsr.PE << MASK_SHIFT) | Mxcsr.PE;
const TRUSTED = (Mxcsr.PE << MASK_SHIFT) | Mxcsr.PE;

/** What is needed. */
export interface UnitNeeds {
  present: boolean;
  enabled: boolean;
  trusted: boolean;
}

/** MXCSR rounds to nearest, masks inexact results, and knows of some. */
export const isTrusted = (state: Int32Array): boolean => (state[MXCSR >> 2]! & TRUSTED_MASK) === TRUSTED;

/** Leaves on the stack whether that is so. */
export function trusted(code: Code): void {
  code.const(0).load(4, MXCSR).const(TRUSTED_MASK).op(Op.i32_and).const(TRUSTED).op(Op.i32_eq);
}

export function roundsToNearest(code: Code): void {
  code.const(0).load(4, MXCSR).const(Mxcsr.RC).op(Op.i32_and).op(Op.i32_eqz);
}

/** Leaves before the instruction at `record` of a block unless all that is needed holds; then that is known. */
export function leaveUnlessReady(
  { code, pages, leaves }: RegionContext,
  { record, pcBase }: Pick<Block, 'record' | 'pcBase'>,
  needs: UnitNeeds,
  facts: UnitFacts,
): void {
  const unless = (address: number, mask: number, value: number) => {
    code.const(0).load(4, address).const(mask).op(Op.i32_and);
    if (value !== 0) code.const(value).op(Op.i32_ne);
    code.notExpected().if();
    code.const(record).set(Local.eip).br(leaves[pages.indexOf(pcBase)]!);
    code.end();
  };
  if (needs.present && !facts.present) unless(CR0, CR0_EM_TS, 0);
  if (needs.enabled && !facts.enabled) unless(CR4, CR4_OSFXSR, CR4_OSFXSR);
  if (needs.trusted && !facts.trusted) unless(MXCSR, TRUSTED_MASK, TRUSTED);
  facts.present ||= needs.present;
  facts.enabled ||= needs.enabled;
  facts.trusted ||= needs.trusted;
}
