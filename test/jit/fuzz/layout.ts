/**
 * Where things lie in the 1 MiB of a fuzzing machine. Linear is physical, but for the windows, and for what a program changes.
 *
 *   00000  vectors of real mode     01000  IDT     02000  GDT     02800  TSS
 *   03000  page directory, 04000 its table; 05000, 06000 those of the other address space
 *   02900  another task's TSS
 *   08000  handlers: flat 32-bit code at CPL 0, whatever the program is
 *   12000  top of the stack of CPL 0
 *   20000  the program, and from 2C000 its code of the other width
 *   30000  four pages to which code is copied; 38000 four linear pages that show any of these: the windows
 *   40000  data: the cells below, then bytes at random
 *   80000  top of the program's stack
 *   E0000  four pages of ROM, whose bytes are those of the pages for copies; F0000 a page of the test device
 *   400000 linear: the first MiB once more, by a large page
 */
export const Layout = {
  idt: 0x1000,
  gdt: 0x2000,
  task: 0x2800,
  otherTask: 0x2900,
  directory: 0x3000,
  table: 0x4000,
  otherDirectory: 0x5000,
  otherTable: 0x6000,
  handlers: 0x8000,
  innerStack: 0x12000,
  taskStack: 0x14000,
  code: 0x20000,
  otherCode: 0x2c000,
  copies: 0x30000,
  windows: 0x38000,
  data: 0x40000,
  dataBytes: 0x6000,
  stack: 0x80000,
  rom: 0xe0000,
  device: 0xf0000,
  end: 0x100000,
  again: 0x400000,
} as const;

/** What programs and handlers keep at the beginning of the data, by offset. */
export const Cell = {
  /** Offset in the program at which it goes on after a fault. */
  recover: 0,
  /** A stack pointer to come back to. */
  stack: 4,
  /** Calls that a recursion still makes. */
  recursion: 8,
  ticks: 0xc,
  /** Single steps until TF is cleared. */
  steps: 0x10,
  /** Turns of whatever alternates. */
  turn: 0x14,
  /** Far pointers and descriptor-table registers that are being made up. */
  pointer: 0x18,
  counters: 0x40,
  /** Random bytes from here on. */
  bytes: 0x400,
} as const;

/** Selectors of the GDT: see tables.ts. */
export const Selector = {
  code: 0x08,
  data: 0x10,
  userCode: 0x1b,
  userData: 0x23,
  task: 0x28,
  /** The program's own segments in kinds that have bases and limits; of CPL 0 or 3. */
  program: 0x30,
  programData: 0x38,
  programStack: 0x40,
  /** The program's code, to be written. */
  programAlias: 0x48,
  /** The code of the other width. */
  otherCode: 0x50,
  readOnly: 0x58,
  absent: 0x60,
  callGate: 0x68,
  otherTask: 0x70,
  /** The program's code once more, which ends sooner. */
  programShort: 0x78,
} as const;

/** Ports of the test device: see board.ts. */
export const Port = {
  clock: 0x40,
  interrupt: 0x41,
  address: 0x42,
  dma: 0x43,
  stop: 0x44,
  gate: 0x45,
  nmi: 0x46,
} as const;
