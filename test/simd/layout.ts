/**
 * A case of the host comparison: the state before one instruction, and, in the same layout, after it. struct state in runner.c; all little-endian.
 *
 *   CODE   one page, execute and read
 *   DATA   one page, read and write; a case is about its last WINDOW bytes, and nothing is mapped after it
 */
export const CODE = 0x20000000;
export const DATA = 0x10000000;
export const PAGE = 0x1000;
export const WINDOW_BYTES = 256;
/** Linear address of the window. */
export const WINDOW = DATA + PAGE - WINDOW_BYTES;
export const NO_FAULT = 0xffffffff;

export const Layout = {
  code: 0,
  length: 16,
  /** After: vector of the fault or NO_FAULT, CR2 if it is a page fault, EIP less CODE. */
  vector: 20,
  cr2: 24,
  eip: 28,
  /** EAX to EDI in encoding order. */
  registers: 32,
  eflags: 64,
  /** As FXSAVE has it. */
  fx: 80,
  memory: 592,
  bytes: 848,
} as const;

/** Offsets within the FXSAVE image. Source: SDM vol. 1, 10.5. */
export const Fx = { control: 0, status: 2, tag: 4, mxcsr: 24, st: 32, xmm: 160 } as const;
