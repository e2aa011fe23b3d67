/** A case in the making: the standard arena and an idle processor in flat protected mode at CPL 0, which a family then changes. */
import { assemble } from '../../src/isa/assemble.ts';
import { Random } from '../cpu/rig.ts';
import { type Case, type Patch, Way } from './case.ts';
import { type DescriptorFields, descriptor, type GateFields, gate } from './descriptors.ts';
import { ARENA, At, CodeOf, DataOf, GDT_BYTES, Selector, StackOf } from './layout.ts';
import { Tss, type TssField } from './standard.ts';
import type { State, StateWord } from './state.ts';

export const Cr0 = {
  PE: 1,
  MP: 2,
  EM: 4,
  TS: 8,
  ET: 0x10,
  NE: 0x20,
  WP: 0x10000,
  AM: 0x40000,
  PG: 0x80000000,
} as const;
export const Cr4 = {
  VME: 1,
  PVI: 2,
  TSD: 4,
  DE: 8,
  PSE: 0x10,
  PAE: 0x20,
  PGE: 0x80,
  PCE: 0x100,
  OSFXSR: 0x200,
} as const;

export class Draft {
  readonly random: Random;
  readonly patches: Patch[] = [];
  readonly state: State = {
    ...{ eax: 0xa0a0a0a0, ecx: 0xc1c1c1c1, edx: 0xd2d2d2d2, ebx: 0xb3b3b3b3 },
    ...{ esp: At.stack0, ebp: 0xeb5eb5eb, esi: 0x51515151, edi: 0xd1d1d1d1 },
    ...{ eip: At.code, eflags: 2, es: Selector.data0, cs: Selector.code0, ss: Selector.data0, ds: Selector.data0 },
    ...{ fs: 0, gs: 0, ldtr: 0, tr: Selector.tss },
    ...{ cr0: Cr0.PE | Cr0.ET | Cr0.NE, cr2: 0, cr3: At.directory, cr4: 0 },
    ...{ dr0: 0, dr1: 0, dr2: 0, dr3: 0, dr6: 0xffff0ff0, dr7: 0x400 },
    ...{ gdtLimit: (GDT_BYTES - 1) << 16, gdtBase: At.gdt, idtLimit: 0x7ff << 16, idtBase: At.idt },
    ...{ sysenterCs: 0, sysenterEsp: 0, sysenterEip: 0 },
  };
  title = '';
  way: Way = Way.sameLevel;
  timer = false;
  /** Of the code that comes next. */
  bits: 16 | 32 = 32;
  private free: number = Selector.free;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  set(words: Partial<Record<StateWord, number>>): this {
    Object.assign(this.state, words);
    return this;
  }

  /** Chances are one in `of`. */
  chance(of: number): boolean {
    return this.random.below(of) === 0;
  }

  bytes(at: number, bytes: ArrayLike<number>): this {
    this.patches.push({ at, bytes: Uint8Array.from(bytes) });
    return this;
  }

  words(at: number, ...words: readonly number[]): this {
    const bytes = new Uint8Array(4 * words.length);
    const view = new DataView(bytes.buffer);
    for (const [i, word] of words.entries()) view.setUint32(4 * i, word >>> 0, true);
    return this.bytes(at, bytes);
  }

  /** Code at its beginning, or elsewhere in its page. INT3 follows. */
  code(text: string, at = linearOf(this), bits = this.bits): this {
    return this.bytes(at, assemble(text, bits, bits === 16 && at >= ARENA ? at - ARENA : at).bytes);
  }

  /** Puts a descriptor into the GDT, at the next free place unless told; its selector, RPL 0. */
  segment(fields: DescriptorFields | readonly [number, number], selector = this.next()): number {
    this.words(At.gdt + (selector & ~7), ...('type' in fields ? descriptor(fields) : fields));
    return selector;
  }

  local(index: number, fields: DescriptorFields): number {
    this.words(At.ldt + 8 * index, ...descriptor(fields));
    return (index << 3) | 4;
  }

  idt(vector: number, fields: GateFields): this {
    return this.words(At.idt + 8 * vector, ...gate(fields));
  }

  callGate(fields: GateFields): number {
    return this.segment(gate(fields));
  }

  tss(fields: Partial<Record<TssField, number>>, at: number = At.tss): this {
    for (const [name, value] of Object.entries(fields)) this.words(at + Tss[name as TssField], value);
    return this;
  }

  /** Runs at this level, flat. */
  level(cpl: number): this {
    this.way = cpl === 0 ? Way.sameLevel : Way.outerLevel;
    const data = DataOf[cpl]!;
    return this.set({ cs: CodeOf[cpl]!, ss: data, ds: data, es: data, esp: StackOf[cpl]! });
  }

  /** Runs in 16-bit segments that begin at ARENA, at level 0 or 3. */
  narrow(cpl: 0 | 3): this {
    this.bits = 16;
    this.way = cpl === 0 ? Way.sameLevel : Way.outerLevel;
    const [cs, data] = cpl === 0 ? [Selector.code16, Selector.data16] : [Selector.userCode16, Selector.userData16];
    return this.set({ cs, ss: data, ds: data, es: data, esp: StackOf[cpl]! - ARENA, eip: At.code - ARENA });
  }

  /** Runs in virtual-8086 mode, segments at ARENA. */
  virtual(iopl: number): this {
    this.bits = 16;
    this.way = Way.virtual8086;
    const segment = ARENA >>> 4;
    return this.set({
      ...{ cs: segment, ss: segment, ds: segment, es: segment, fs: segment, gs: segment },
      ...{ esp: At.stack3 - ARENA, eip: At.code - ARENA, eflags: 0x20002 | (iopl << 12) },
    });
  }

  /** Runs in real mode, segments at ARENA; its interrupt table is the arena's IDT. */
  real(handler: (vector: number) => number): this {
    this.bits = 16;
    this.way = Way.real;
    const segment = ARENA >>> 4;
    for (let vector = 0; vector < 64; vector++) this.words(At.idt + 4 * vector, handler(vector));
    return this.set({
      ...{ cs: segment, ss: segment, ds: segment, es: segment, fs: segment, gs: segment },
      ...{ esp: At.stack3 - ARENA, eip: At.code - ARENA, cr0: Cr0.ET | Cr0.NE, tr: 0 },
      idtLimit: 0x3ff << 16,
    });
  }

  paged(): this {
    this.state.cr0 = (this.state.cr0 | Cr0.PG) >>> 0;
    return this;
  }

  pae(): this {
    for (const task of [At.tss, At.task, At.faultTask]) this.tss({ cr3: At.pointers }, task);
    return this.paged().set({ cr3: At.pointers, cr4: this.state.cr4 | Cr4.PAE });
  }

  /** The entry of the standard tables that maps this address. */
  pageEntry(linear: number): number {
    return (this.state.cr4 & Cr4.PAE) !== 0 ? At.paeTable + 8 * (linear >>> 12) : At.table + 4 * (linear >>> 12);
  }

  finish(family: string): Case {
    const { title, way, timer, state, patches } = this;
    return { family, title, way, timer, state, patches };
  }

  private next(): number {
    const selector = this.free;
    this.free += 8;
    return selector;
  }
}

const linearOf = ({ state, bits }: Draft): number => (bits === 16 && state.eip < ARENA ? state.eip + ARENA : state.eip);
