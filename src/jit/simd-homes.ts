/**
 * Locals of regions that have SIMD instructions: XMM registers live in locals as general registers do, and are homes of the region as those are. They
 * stand before the temporaries, whose number is known last.
 */
import { xmmAddress } from '../cpu/state.ts';
import { type Code, Op } from '../wasm/code.ts';
import type { Locals } from '../wasm/module.ts';
import { VectorMemoryOp } from '../wasm/vector-op.ts';
import type { Region } from './region.ts';
import { HOMES, Local } from './region-context.ts';
import { loadX87Home, storeX87Home, X87_NARROW, X87_WIDE, type X87Locals } from './x87-homes.ts';

const REGISTERS = 8;
const DOUBLES = 3;
const VECTORS = 4;
const SINGLES = 3;

const doubles = Local.temporaries;
const homes = doubles + DOUBLES;
const vectors = homes + REGISTERS;
const singles = vectors + VECTORS;

/** Locals that emitters use within an instruction, beside the registers. */
export const VectorLocal = {
  /** f64: destination's element, source's, and what comes of them. */
  double: { x: doubles, y: doubles + 1, result: doubles + 2 },
  /** f32. */
  single: { x: singles, y: singles + 1, result: singles + 2 },
  /** v128. */
  vector: { x: vectors, y: vectors + 1, result: vectors + 2, spare: vectors + 3 },
  temporaries: singles + SINGLES,
} as const;

/** XMM registers are homes from this number on, and after them x87. */
const FIRST_HOME = HOMES.length;
const FIRST_X87_HOME = FIRST_HOME + REGISTERS;

/** The number among homes of XMM register `number`, and of the one at an address of state. */
export const vectorHomeNumber = (number: number): number => FIRST_HOME + number;
export const vectorHome = (address: number): number => vectorHomeNumber((address - xmmAddress(0)) >> 4);

/** The local an XMM register lives in, by its number among homes. */
export const vectorHomeLocal = (home: number): number => homes + home - FIRST_HOME;

/** What a function's homes are written to. */
export interface HomeSite {
  readonly code: Code;
  readonly x87: X87Locals;
}

/** The number among homes of one of x87 (x87-homes.ts). */
export const x87HomeNumber = (home: number): number => FIRST_X87_HOME + home;

/** Fills the local of a home, of any kind, from state. */
export function loadHome({ code, x87 }: HomeSite, home: number): void {
  if (home >= FIRST_X87_HOME) {
    loadX87Home(code, home - FIRST_X87_HOME, x87);
    return;
  }
  code.const(0);
  if (home >= FIRST_HOME) {
    code.vectorAccess(VectorMemoryOp.v128_load, xmmAddress(home - FIRST_HOME)).set(vectorHomeLocal(home));
  } else code.load(4, HOMES[home]!).set(Local.homes + home);
}

export function storeHome({ code, x87 }: HomeSite, home: number): void {
  if (home >= FIRST_X87_HOME) {
    storeX87Home(code, home - FIRST_X87_HOME, x87);
    return;
  }
  code.const(0);
  if (home >= FIRST_HOME) {
    code.get(vectorHomeLocal(home)).vectorAccess(VectorMemoryOp.v128_store, xmmAddress(home - FIRST_HOME));
  } else code.get(Local.homes + home).store(4, HOMES[home]!);
}

/** Which locals the instructions of a region want. */
export function extraLocals({ blocks }: Region): ExtraLocals {
  const all = [...blocks.values()];
  const has = (name: string) => all.some(({ forms }) => forms.some(({ mnemonic }) => mnemonic === name));
  return { vectors: has('SIMD'), x87: has('ESC') };
}

/** Which locals a region's function has beside the common ones. */
export interface ExtraLocals {
  readonly vectors: boolean;
  readonly x87: boolean;
}

/** Where x87 instructions have theirs. */
export function x87Locals({ vectors, x87 }: ExtraLocals): X87Locals {
  const wide = vectors ? VectorLocal.temporaries : Local.temporaries;
  return { wide, narrow: wide + (x87 ? X87_WIDE : 0) };
}

export const firstTemporary = (extra: ExtraLocals): number => x87Locals(extra).narrow + (extra.x87 ? X87_NARROW : 0);

/** Locals of a region's function. */
export function regionLocals(extra: ExtraLocals, temporaries: number): Locals {
  const narrow = temporaries + (extra.x87 ? X87_NARROW : 0);
  const fixed = { i64: 1, i32: Local.temporaries - 2, wide: extra.x87 ? X87_WIDE : 0, temporaries: narrow };
  return extra.vectors ? { ...fixed, f64: DOUBLES, v128: REGISTERS + VECTORS, f32: SINGLES } : fixed;
}

let supported: boolean | undefined;

/** Whether the engine has WebAssembly's SIMD: hosts without SSE4.1 or its like do not. */
export function hostHasVectors(): boolean {
  // (module (func (result i32) (v128.any_true (v128.const 0))))
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 10];
  const body = [0, 0xfd, 12, ...new Array<number>(16).fill(0), 0xfd, 83, Op.end];
  supported ??= WebAssembly.validate(Uint8Array.from([...head, body.length + 2, 1, body.length, ...body]));
  return supported;
}
