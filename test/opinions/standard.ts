/** What stands in the arena unless a case says otherwise: tables with a descriptor of each kind, a TSS with stacks, page tables, code that ends at once. */
import { descriptor, gate, Type } from './descriptors.ts';
import { ARENA, ARENA_BYTES, At, CodeOf, DataOf, HARNESS, Selector, stub, TASK_STUB } from './layout.ts';

const PAGE = 0x1000;
const INT3 = 0xcc;
const PRESENT_WRITABLE_USER = 7;
/** Accessed and dirty already, and for supervisors: what the harness does there leaves no trace. */
const OF_THE_HARNESS = 0x63;

/** Doublewords of a 32-bit TSS. SDM vol. 3, figure 7-2. */
export const Tss = {
  link: 0,
  esp0: 4,
  ss0: 8,
  esp1: 0xc,
  ss1: 0x10,
  esp2: 0x14,
  ss2: 0x18,
  cr3: 0x1c,
  eip: 0x20,
  eflags: 0x24,
  eax: 0x28,
  ecx: 0x2c,
  edx: 0x30,
  ebx: 0x34,
  esp: 0x38,
  ebp: 0x3c,
  esi: 0x40,
  edi: 0x44,
  es: 0x48,
  cs: 0x4c,
  ss: 0x50,
  ds: 0x54,
  fs: 0x58,
  gs: 0x5c,
  ldt: 0x60,
  /** T in bit 0; the offset of the I/O map in the high half. */
  trap: 0x64,
} as const;
export type TssField = keyof typeof Tss;
export const TSS_LIMIT = 0x3ff;

/** Words of a 16-bit TSS. SDM vol. 3, figure 7-10. */
export const NarrowTss = [
  ...(['link', 'sp0', 'ss0', 'sp1', 'ss1', 'sp2', 'ss2', 'ip', 'flags'] as const),
  ...(['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di', 'es', 'cs', 'ss', 'ds', 'ldt'] as const),
] as const;
export const NARROW_LIMIT = 0x2b;

export function standardArena(): Uint8Array {
  const bytes = new Uint8Array(ARENA_BYTES);
  const view = new DataView(bytes.buffer);
  const put = (at: number, ...words: readonly number[]) => {
    for (const [i, word] of words.entries()) view.setUint32(at - ARENA + 4 * i, word, true);
  };
  bytes.fill(INT3, At.code - ARENA, At.data - ARENA);
  bytes.fill(INT3, At.code16 - ARENA, At.data16 - ARENA);

  const gdt = (selector: number, [low, high]: readonly [number, number]) => put(At.gdt + (selector & ~7), low, high);
  const system = { limit: TSS_LIMIT, flags: 0 };
  gdt(Selector.tss, descriptor({ ...system, base: At.tss, type: Type.tss }));
  gdt(Selector.task, descriptor({ ...system, base: At.task, type: Type.tss }));
  gdt(Selector.narrowTss, descriptor({ base: At.narrowTss, limit: NARROW_LIMIT, flags: 0, type: Type.tss16 }));
  gdt(Selector.narrowTask, descriptor({ base: At.narrowTask, limit: NARROW_LIMIT, flags: 0, type: Type.tss16 }));
  gdt(Selector.faultTask, descriptor({ base: At.faultTask, limit: 0x67, flags: 0, type: Type.tss }));
  gdt(Selector.ldt, descriptor({ base: At.ldt, limit: 0x1ff, flags: 0, type: Type.ldt }));
  for (let level = 0; level < 4; level++) {
    gdt(CodeOf[level]!, descriptor({ type: Type.code | 1, dpl: level }));
    gdt(DataOf[level]!, descriptor({ type: Type.data | 1, dpl: level }));
  }
  gdt(Selector.conforming, descriptor({ type: Type.conforming | 1 }));
  const low = { base: ARENA, limit: 0xffff, flags: 0 };
  gdt(Selector.code16, descriptor({ ...low, type: Type.code | 1 }));
  gdt(Selector.data16, descriptor({ ...low, type: Type.data | 1 }));
  gdt(Selector.userCode16, descriptor({ ...low, type: Type.code | 1, dpl: 3 }));
  gdt(Selector.userData16, descriptor({ ...low, type: Type.data | 1, dpl: 3 }));

  for (let vector = 0; vector < 256; vector++) {
    const offset = stub(Math.min(vector, 0x7f));
    put(At.idt + 8 * vector, ...gate({ type: Type.interruptGate, selector: Selector.code0, offset, dpl: 3 }));
  }
  put(At.idt + 8 * 8, ...gate({ type: Type.taskGate, selector: Selector.faultTask }));

  const tss = (at: number, fields: Partial<Record<TssField, number>>) => {
    for (const [name, value] of Object.entries(fields)) put(at + Tss[name as TssField], value);
  };
  const stacks = {
    ...{ esp0: At.stack0, ss0: Selector.data0, esp1: At.stack1, ss1: Selector.data1 },
    ...{ esp2: At.stack2, ss2: Selector.data2 },
  };
  const data = { es: Selector.data0, ss: Selector.data0, ds: Selector.data0, cs: Selector.code0, eflags: 2 };
  const common = { ...stacks, ...data, cr3: At.directory, trap: 0x680000 };
  // Whoever comes back to the first task without having left it finds an end there too.
  tss(At.tss, { ...common, eip: At.target, esp: At.stack0 - 0x800 });
  tss(At.task, { ...common, eip: At.target, esp: At.stack0 - 0x400 });
  tss(At.faultTask, { ...common, eip: stub(TASK_STUB), esp: At.faultStack });
  const narrow = (at: number, words: Partial<Record<(typeof NarrowTss)[number], number>>) => {
    for (const [name, value] of Object.entries(words))
      view.setUint16(at - ARENA + 2 * NarrowTss.indexOf(name as 'ip'), value, true);
  };
  const narrowStack = { sp0: At.stack0 - ARENA, ss0: Selector.data16 };
  const narrowData = { flags: 2, cs: Selector.code16, ss: Selector.data16, ds: Selector.data16, es: Selector.data16 };
  narrow(At.narrowTss, { ...narrowStack, ...narrowData, ip: At.target - ARENA, sp: At.stack0 - 0x800 - ARENA });
  narrow(At.narrowTask, {
    ...{ ...narrowStack, ...narrowData, ip: At.target - ARENA, sp: At.stack0 - 0x400 - ARENA },
    ...{ ax: 0x1111, cx: 0x2222, dx: 0x3333, bx: 0x4444, bp: 0x5555, si: 0x6666, di: 0x7777 },
  });

  put(At.directory, At.table | PRESENT_WRITABLE_USER);
  put(At.pointers, At.paeDirectory | 1);
  put(At.paeDirectory, At.paeTable | PRESENT_WRITABLE_USER);
  for (let page = 0; page < 256; page++) {
    const linear = page * PAGE;
    const isHarness = linear >= HARNESS.begin && linear < HARNESS.end;
    const entry = linear | (isHarness ? OF_THE_HARNESS : PRESENT_WRITABLE_USER);
    put(At.table + 4 * page, entry);
    put(At.paeTable + 8 * page, entry);
  }
  return bytes;
}
