/**
 * Processors in random but mostly plausible states: code, descriptor tables, TSSs, page tables, control and debug registers, all from a seed. For fuzzing: whatever
 * such a machine runs into must be an architectural state.
 *
 *   00000400  stack of last resort   00001000  IDT      00003000  page directory, 00004000 table, 00005000 PDPTEs, 00006000-00008FFF PAE tables
 *   00000600  TSSs, 128 bytes each   00002000  GDT      00002800  LDT      00020000  code (16 KiB)      00040000  data and stacks
 */
import type { Cpu } from '../../src/cpu/cpu.ts';
import { opcodeBytes, Rows } from '../../src/isa/opcode-map.ts';
import { poke, pokeWords, type Random } from './rig.ts';

export const MachineModes = ['real', 'protected16', 'protected32', 'v86', 'paged'] as const;
export type MachineMode = (typeof MachineModes)[number];

export const CODE = 0x20000;
export const CODE_BYTES = 0x4000;
const TASKS = 0x600;
const IDT = 0x1000;
const GDT = 0x2000;
const LDT = 0x2800;
const DIRECTORY = 0x3000;
const TABLE = 0x4000;
const POINTERS = 0x5000;
const WIDE_DIRECTORY = 0x6000;
const WIDE_TABLE = 0x7000;
const DATA = 0x40000;
const DATA_BYTES = 0x8000;

const Selector = {
  code: 0x08,
  data: 0x10,
  userCode: 0x1b,
  userData: 0x23,
  code16: 0x28,
  data16: 0x30,
  ldt: 0x38,
} as const;
const FIRST_TASK = 0x40;
const TASK_COUNT = 4;
const GDT_ENTRIES = 64;

/** Opcode bytes as the map has them, prefixes now and then, operand bytes at random: mostly defined instructions. */
export function randomCode(random: Random, length = CODE_BYTES): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const row = random.pick(Rows);
    if (row.mnemonic === 'HLT' && random.below(20) !== 0) continue;
    const chunk: number[] = [];
    if (random.below(6) === 0)
      chunk.push(random.pick([0x66, 0x67, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0]));
    if (row.prefix !== 0) chunk.push(row.prefix);
    chunk.push(...opcodeBytes(row));
    // ModRM bytes that favour registers and small displacements, then bytes of any kind.
    chunk.push(random.pick([0xc0 | random.below(64), random.below(256), 0x40 | random.below(64)]));
    for (let i = random.below(5); i > 0; i--) chunk.push(random.pick([0, 0xff, random.below(16), random.below(256)]));
    for (const byte of chunk) if (at < length) bytes[at++] = byte;
  }
  return bytes;
}

type Pair = [low: number, high: number];

/** `access` is descriptor byte 5, `flags` the high nibble of byte 6: G 8, D/B 4. */
function segment(base: number, limit: number, access: number, flags: number): Pair {
  const low = ((base & 0xffff) << 16) | (limit & 0xffff);
  const high = (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff);
  return [low, high];
}

const gate = (selector: number, offset: number, access: number, parameters = 0): Pair => [
  (selector << 16) | (offset & 0xffff),
  (offset & 0xffff0000) | (access << 8) | parameters,
];

function anySelector(random: Random): number {
  const usual = random.pick(Object.values(Selector));
  if (random.below(3) !== 0) return usual;
  return (random.below(GDT_ENTRIES + 2) << 3) | random.below(8);
}

/** A descriptor of any kind: segments that overlap code and data, gates, tables, nonsense. */
function anyDescriptor(random: Random): Pair {
  const present = random.below(8) === 0 ? 0 : 0x80;
  const privilege = random.below(4) << 5;
  switch (random.below(6)) {
    case 0: {
      // 16- and 32-bit call gates, task gates.
      const type = random.pick([4, 5, 12]);
      const selector = type === 5 ? FIRST_TASK + 8 * random.below(TASK_COUNT) : anySelector(random);
      return gate(selector, CODE + random.below(CODE_BYTES), present | privilege | type, random.below(6));
    }
    case 1:
      return [random.word(), random.word()];
    default: {
      const base = random.pick([0, 0, CODE, DATA, random.below(0x60000)]);
      const limit = random.pick([0xfffff, 0xffff, random.below(0x100), random.below(0x10000)]);
      return segment(base, limit, present | privilege | 0x10 | random.below(16), random.below(4) << 2);
    }
  }
}

function writeTables(cpu: Cpu, random: Random, offset: () => number): void {
  const entries: Pair[] = [
    [0, 0],
    segment(0, 0xfffff, 0x9b, 12),
    segment(0, 0xfffff, 0x93, 12),
    segment(0, 0xfffff, 0xfb, 12),
    segment(0, 0xfffff, 0xf3, 12),
    segment(CODE, 0xffff, 0x9b, 0),
    segment(DATA, 0xffff, 0x93, 0),
    segment(LDT, 0x7f, 0x82, 0),
  ];
  for (let i = 0; i < TASK_COUNT; i++) {
    const wide = random.below(4) !== 0;
    entries.push(segment(TASKS + 128 * i, random.below(16) === 0 ? random.below(128) : 127, wide ? 0xe9 : 0xe1, 0));
    writeTask(cpu, random, TASKS + 128 * i, wide, offset);
  }
  while (entries.length < GDT_ENTRIES) entries.push(anyDescriptor(random));
  pokeWords(cpu, GDT, entries.flat());
  pokeWords(cpu, LDT, Array.from({ length: 16 }, () => anyDescriptor(random)).flat());
  const vectors = Array.from({ length: 256 }, (): Pair => {
    const kind = random.below(20);
    const privilege = random.below(4) << 5;
    if (kind === 0) return gate(FIRST_TASK + 8 * random.below(TASK_COUNT), 0, 0x85 | privilege);
    if (kind === 1) return anyDescriptor(random);
    if (kind === 2) return gate(Selector.code16, random.below(CODE_BYTES), 0x86 | random.below(2) | privilege);
    if (kind === 3) return gate(anySelector(random), offset(), 0x8e | random.below(2) | privilege);
    return gate(Selector.code, offset(), 0x8e | random.below(2) | privilege);
  });
  pokeWords(cpu, IDT, vectors.flat());
}

function writeTask(cpu: Cpu, random: Random, at: number, wide: boolean, offset: () => number): void {
  for (let i = 0; i < 128; i += 4) cpu.writePhysical(at + i, random.word(), 4);
  const stack = () => DATA + random.below(DATA_BYTES);
  const code = random.pick([Selector.code, Selector.userCode, anySelector(random)]);
  const data = (code & 3) === 3 ? Selector.userData : Selector.data;
  if (!wide) {
    const halves = [
      0,
      stack() & 0xffff,
      Selector.data16,
      0,
      anySelector(random),
      0,
      anySelector(random),
      offset() & 0xffff,
    ];
    for (const [i, value] of halves.entries()) cpu.writePhysical(at + 2 * i, value, 2);
    for (const [i, value] of [data, code, data, data].entries()) cpu.writePhysical(at + 0x22 + 2 * i, value, 2);
    cpu.writePhysical(at + 0x2a, random.pick([0, Selector.ldt]), 2);
    return;
  }
  pokeWords(cpu, at + 4, [stack(), Selector.data, stack(), anySelector(random), stack(), anySelector(random)]);
  const flags = (random.word() & 0x4cd7) | 2 | (random.below(6) === 0 ? 0x20000 : 0) | (random.below(4) << 12);
  pokeWords(cpu, at + 0x1c, [DIRECTORY, offset(), flags]);
  pokeWords(cpu, at + 0x48, [data, code, data, data, random.pick([0, data]), anySelector(random)]);
  pokeWords(cpu, at + 0x60, [
    random.pick([0, Selector.ldt]),
    (random.below(100) << 16) | (random.below(8) === 0 ? 1 : 0),
  ]);
}

/** Rights of a page: mostly all of them. */
function rights(random: Random, generous: boolean): number {
  const usual = generous || random.below(6) !== 0 ? 7 : random.below(8);
  return usual | (random.below(4) === 0 ? 0x100 : 0);
}

function writePages(cpu: Cpu, random: Random): void {
  const page = (i: number): Pair => {
    const generous = i < 0x28;
    const frame = random.below(24) === 0 && !generous ? random.below(0x100) : i;
    const high = random.below(30) === 0 && !generous ? random.pick([0x80000000, 0x10, 1]) : 0;
    return [(frame << 12) | rights(random, generous), high];
  };
  const pages = Array.from({ length: 256 }, (_, i) => page(i));
  pokeWords(cpu, DIRECTORY, [TABLE | 7, random.pick([0, 0x87, 0x400087, random.word()]), random.word()]);
  pokeWords(
    cpu,
    TABLE,
    pages.map(([low]) => low),
  );
  pokeWords(cpu, POINTERS, [WIDE_DIRECTORY | 1, 0, 0, 0, 0, 0, random.below(4) === 0 ? random.word() : 0, 0]);
  pokeWords(cpu, WIDE_DIRECTORY, [
    WIDE_TABLE | 7,
    0,
    0x87,
    0,
    0x2000e7,
    random.pick([0, 0x80000000]),
    random.word(),
    random.word(),
  ]);
  pokeWords(cpu, WIDE_TABLE, pages.flat());
}

/** Puts a processor that has been reset, its memory cleared, into a state of `mode`. The same seed gives the same state. */
export function prepareRandom(cpu: Cpu, mode: MachineMode, random: Random): void {
  const { state } = cpu;
  const based = mode === 'protected16';
  const offset = () => (based ? 0 : CODE) + random.below(CODE_BYTES);
  for (let at = DATA; at < DATA + DATA_BYTES; at += 4) cpu.writePhysical(at, random.word(), 4);
  poke(cpu, CODE, randomCode(random));
  if (mode !== 'real' && mode !== 'v86') writeTables(cpu, random, offset);
  else writeTables(cpu, random, () => CODE + random.below(CODE_BYTES));
  writePages(cpu, random);
  // Vectors of real mode, and of programs in virtual-8086 mode, lie below all else.
  if (mode === 'real' || mode === 'v86') {
    const vectors = mode === 'real' ? 256 : 256 - 128;
    pokeWords(
      cpu,
      0,
      Array.from({ length: vectors }, () => ((CODE >> 4) << 16) | random.below(CODE_BYTES)),
    );
  }
  state.cr4 = random.below(2) === 0 ? 0 : random.word() & cpu.model.cr4 & ~0x20;
  for (const name of ['eax', 'ecx', 'edx', 'ebx', 'ebp', 'esi', 'edi'] as const) {
    const selector = anySelector(random);
    state[name] = random.pick([random.word(), DATA + random.below(DATA_BYTES), random.below(256), selector]) | 0;
  }
  let flags = random.word() & 0xcd5;
  if (random.below(4) === 0) flags |= random.word() & 0x3c7000;
  if (random.below(16) === 0) flags |= 0x100;
  Object.assign(state, { sysenterCs: random.pick([0, 8]), sysenterEsp: DATA + 0x4000, sysenterEip: CODE });
  if (random.below(4) === 0) {
    Object.assign(state, {
      dr0: CODE + random.below(CODE_BYTES),
      dr1: DATA + random.below(DATA_BYTES),
      dr2: random.word(),
    });
    state.dr7 = (random.word() & 0xffff03ff) | 0x400;
    cpu.breakpoints.update(cpu);
  }
  Object.assign(state, { gdtBase: GDT, gdtLimit: GDT_ENTRIES * 8 - 1, idtBase: IDT, idtLimit: 0x7ff });
  if (mode === 'real') {
    Object.assign(state, { idtBase: 0, idtLimit: 0x3ff });
    for (let i = 0; i < 6; i++) cpu.setSegment(i, { selector: 0x2000, base: CODE, limit: 0xffff, access: 0x93 });
    // Unreal mode now and then: the limits of protected mode stay.
    if (random.below(4) === 0) cpu.setSegment(3, { selector: 0, base: 0, limit: 0xffffffff, access: 0x93 });
    state.eip = random.below(CODE_BYTES);
    state.esp = 0x8000;
    cpu.eflags = flags & ~0x20000;
    cpu.updateMode();
    return;
  }
  state.cr0 |= 1 | (random.word() & 0x50020);
  Object.assign(state, { taskSelector: FIRST_TASK, taskBase: TASKS, taskLimit: 127, taskAccess: 0x8b });
  cpu.writePhysical(GDT + FIRST_TASK + 5, 0x8b, 1);
  Object.assign(state, { ldtSelector: Selector.ldt, ldtBase: LDT, ldtLimit: 0x7f });
  const user = mode === 'v86' || (mode !== 'protected16' && random.below(2) === 0);
  const cpl = user ? 3 : 0;
  state.cpl = cpl;
  const flat = { base: 0, limit: 0xffffffff };
  for (let i = 0; i < 6; i++) {
    const isCode = i === 1;
    if (mode === 'v86') cpu.setSegment(i, { selector: 0x2000, base: CODE, limit: 0xffff, access: 0xf3 });
    else if (based)
      cpu.setSegment(i, {
        selector: isCode ? Selector.code16 : Selector.data16,
        base: isCode ? CODE : DATA,
        limit: 0xffff,
        access: isCode ? 0x9b : 0x93,
      });
    else
      cpu.setSegment(i, {
        ...flat,
        selector: (isCode ? 8 : 16) + (user ? 0x13 : 0),
        access: (isCode ? 0xc09b : 0xc093) | (cpl << 5),
      });
  }
  state.eip = mode === 'v86' || based ? random.below(CODE_BYTES) : offset();
  state.esp = mode === 'v86' ? 0x8000 : based ? 0x4000 : DATA + 0x4000;
  cpu.eflags = mode === 'v86' ? flags | 0x20000 : flags & ~0x20000;
  if (mode === 'paged' || (mode === 'v86' && random.below(2) === 0)) {
    const wide = random.below(2) === 0;
    if (wide) {
      state.cr4 |= 0x20;
      state.efer = random.pick([0, 0x800]);
      Object.assign(state, { pdpte0: WIDE_DIRECTORY | 1 });
    }
    state.cr3 = wide ? POINTERS : DIRECTORY;
    state.cr0 |= 0x80000000;
  }
  cpu.flushTlb();
}

/** What is wrong with a state as such, or undefined: no instruction sequence may lead to it. */
export function impossible(cpu: Cpu): string | undefined {
  const { state } = cpu;
  const cpl = state.cpl;
  if (cpl < 0 || cpl > 3) return `CPL ${cpl}`;
  if (!cpu.protectedMode && cpl !== 0) return `CPL ${cpl} in real mode`;
  if ((state.cr0 & 0x80000001) === (0x80000000 | 0)) return 'paging without protection';
  if (cpu.virtual8086 && cpl !== 3) return `CPL ${cpl} in virtual-8086 mode`;
  if ((cpu.eflags & 0xffc08028) !== 0 || (cpu.eflags & 2) === 0) return `EFLAGS ${(cpu.eflags >>> 0).toString(16)}`;
  if ((state.cr4 & ~cpu.model.cr4) !== 0) return `CR4 ${state.cr4.toString(16)}`;
  if ((state.dr6 & 0xffff0ff0) !== (0xffff0ff0 | 0) || (state.dr6 & 0x1000) !== 0)
    return `DR6 ${state.dr6.toString(16)}`;
  return undefined;
}
