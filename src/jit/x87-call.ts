/** x87 instructions in a region: calls of the interpreter's x87 functions (cpu/x87/functions.ts), which need no JavaScript. What one refuses the service does. */
import type { X87Function } from '../cpu/x87/functions.ts';

export interface X87Call {
  readonly row: X87Function;
  /** The 11 bits that say which instruction it is. */
  readonly escapeCode: number;
  /** Index of the function in the module being written. */
  readonly index: number;
  /** The next instruction notes its opcode and EIP in any case: it is one that nothing can keep from it. */
  readonly superseded: boolean;
  /** Has the service do the whole instruction. */
  fallback(): void;
  /** Registers and flags to memory and back, for instructions that have to do with them. */
  spill(): void;
  reload(): void;
}
