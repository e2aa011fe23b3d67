/**
 * The 64 KiB of a case, at physical 20000h, and what stands there unless the case says otherwise. Linear addresses are physical ones in the first MiB; page
 * tables for that are there too, of 32 bits and of PAE, so that a case need but turn paging on.
 */
export const ARENA = 0x20000;
export const ARENA_BYTES = 0x10000;
/** The harness: its pages must be mapped as they are, for supervisors to read, write and execute. */
export const HARNESS = { begin: 0x8000, end: 0x10000 } as const;

/** Gates of vector n lead to `stub(n)`, in real mode to `realStub(n)`: guest/entry.s. */
export const stub = (vector: number): number => 0x8200 + 8 * vector;
export const realStub = (vector: number): number => 0x8600 + 8 * vector;
export const TASK_STUB = 0x40;

export const At = {
  gdt: 0x20000,
  ldt: 0x20400,
  idt: 0x20800,
  /** The current TSS, with room for an interrupt redirection map and an I/O map; another one; both of 16 bits; the one of #DF. */
  tss: 0x21000,
  task: 0x21400,
  narrowTss: 0x21800,
  narrowTask: 0x21a00,
  faultTask: 0x21c00,
  code: 0x22000,
  /** Where gates and tasks of a case lead, in the page of the code. */
  target: 0x22800,
  data: 0x23000,
  stack0: 0x24f00,
  stack1: 0x25800,
  stack2: 0x25f00,
  stack3: 0x26f00,
  directory: 0x27000,
  table: 0x28000,
  spareTable: 0x29000,
  pointers: 0x2a000,
  paeDirectory: 0x2b000,
  paeTable: 0x2c000,
  faultStack: 0x2df00,
  code16: 0x2e000,
  data16: 0x2f000,
} as const;

/** Selectors of the GDT, RPL as in use. */
export const Selector = {
  code0: 0x08,
  data0: 0x10,
  tss: 0x18,
  task: 0x20,
  narrowTss: 0x28,
  faultTask: 0x30,
  ldt: 0x38,
  code1: 0x41,
  data1: 0x49,
  code2: 0x52,
  data2: 0x5a,
  code3: 0x63,
  data3: 0x6b,
  conforming: 0x70,
  /** 64 KiB at ARENA: what 16-bit offsets reach. */
  code16: 0x78,
  data16: 0x80,
  userCode16: 0x8b,
  userData16: 0x93,
  narrowTask: 0x98,
  /** Free for the case from here on. */
  free: 0x100,
} as const;
export const GDT_BYTES = 0x400;
export const LDT_BYTES = 0x200;

/** Selectors of code and stack by privilege level. */
export const CodeOf = [Selector.code0, Selector.code1, Selector.code2, Selector.code3] as const;
export const DataOf = [Selector.data0, Selector.data1, Selector.data2, Selector.data3] as const;
export const StackOf = [At.stack0, At.stack1, At.stack2, At.stack3] as const;

/** What lies at an address of the arena: `TSS+4`. */
export function placeName(linear: number): string {
  const [name, at] = Object.entries(Places)
    .filter(([, begin]) => begin <= linear)
    .sort(([, a], [, b]) => b - a)[0] ?? ['arena', ARENA];
  return `${name}+${(linear - at).toString(16)}`;
}

const Places: Readonly<Record<string, number>> = {
  ...At,
  stack0: 0x24000,
  stack1: 0x25000,
  stack2: 0x25800,
  stack3: 0x26000,
  faultStack: 0x2d000,
};
