/**
 * x87 instructions in a region, without JavaScript: what is short stands in the region itself, what is long is a call of the interpreter's x87 functions
 * (cpu/x87/functions.ts). What these refuse the service does.
 */
import type { Cores } from '../cpu/x87/cores.ts';
import { embedRow } from '../cpu/x87/embedded-row.ts';
import type { X87Function } from '../cpu/x87/functions.ts';
import { Code, I32, I64 } from '../wasm/code.ts';

export interface X87Call {
  readonly row: X87Function;
  /** The 11 bits that say which instruction it is. */
  readonly escapeCode: number;
  /** Index of the function in the module being written; undefined where the row is embedded. */
  readonly index: number | undefined;
  /** The next instruction notes its opcode and EIP in any case: it is one that nothing can keep from it. */
  readonly superseded: boolean;
  /** Has the service do the whole instruction. */
  fallback(): void;
  /** Registers and flags to memory and back, for instructions that have to do with them. */
  spill(): void;
  reload(): void;
}

/** 64-bit locals that a region keeps for embedded rows. */
export const EMBEDDED_LOCALS = 8;
/** Longer rows are called: a region of many of them would take the host long to compile. */
const LONGEST = 320;

const NO_CORES: Cores = { sum: 0, product: 0, quotient: 0 };
const embeddable = new Map<number, boolean>();

/** Whether a row is short, and content with the locals there are. */
export function isEmbeddable(row: X87Function): boolean {
  let known = embeddable.get(row.place);
  if (known === undefined) {
    const code = new Code();
    let wide = 0;
    let others = 0;
    const refused = code.block();
    const newLocal = (type: number): number => {
      if (type === I64) wide++;
      else if (type !== I32) others++;
      return 0;
    };
    let shared = false;
    const cores: Cores = {
      get sum() {
        shared = true;
        return 0;
      },
      get product() {
        shared = true;
        return 0;
      },
      get quotient() {
        shared = true;
        return 0;
      },
    };
    embedRow(row, { code, newLocal, operand: 0, refused }, cores);
    known = !shared && others === 0 && wide <= EMBEDDED_LOCALS && code.bytes.length <= LONGEST;
    embeddable.set(row.place, known);
  }
  return known;
}

export { NO_CORES };
