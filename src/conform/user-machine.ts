/**
 * A processor in user mode as an operating system would have set it up, for vectors recorded from a process on a real one: a page of code, a read-only
 * page, two pages of data, descriptor tables as the process had them, nothing else mapped. Every vector has a gate into ring 0, whose handler halts;
 * what the delivery pushed is what a kernel would report.
 *
 * Linear: the areas where the recording says; our own pages at SYSTEM, supervisor only: directory, tables, LDT, GDT, TSS, IDT, stack, handlers.
 */
import { emptyBus } from '../cpu/bus.ts';
import { Cpu } from '../cpu/cpu.ts';
import { segmentFrom } from '../cpu/descriptors.ts';
import type { MakeEngine } from '../cpu/engine.ts';
import { Access, type SegmentValue } from '../cpu/segments.ts';
import { Flag } from '../isa/flags.ts';
import { General32, Segments } from '../isa/registers.ts';
import type { RegisterValues, VectorAreas } from '../loaders/vector.ts';

const MEMORY = 1 << 18;
const PAGE = 0x1000;
const DIRECTORY = 0x1000;
/** Page tables, one an area: SYSTEM, code, data. They lie in different 4 MiB. */
const TABLES = [0x2000, 0x3000, 0x4000] as const;
/** Before a page that is not mapped: see `foreign`. */
const GDT_END = 0xa000;
const GDT_MOST = 0x400;
const LDT = 0x5400;
const TSS = 0x5800;
const IDT = 0x6000;
const HANDLERS = 0x7000;
const STACK_TOP = 0x8ff0;
const CODE_FRAME = 0x10000;
const DATA_FRAME = 0x20000;
const SYSTEM = 0xc0000000;
const [P, W, U] = [1, 2, 4];
const [INT3, HLT] = [0xcc, 0xf4];
const TSS_INDEX = 8;
const LDT_SELECTOR = 0x50;
const GATE = 0x8e00;
const USER_GATE = 0xee00;
const WITH_ERROR = new Set([8, 10, 11, 12, 13, 14, 17]);
/** More than any vector takes: a REP over the data pages. */
const MAX_INSNS = 40_000;
/** Read-only page and data pages. */
export const DATA_PAGES = 3;

/** JMP rel32. */
const [JMP, JUMP_BYTES] = [0xe9, 5];
/** Jumps to an instruction until an eager engine has compiled it, and one into what it made. */
const ROUNDS = 4;
const CS = Segments.indexOf('cs');

/**
 * How the instruction is come upon: in a block, as the only instruction of a slice (as near the end of a budget), or by a jump that has been taken
 * before, where there can be one without a trace.
 */
export type Arrival = 'block' | 'step' | 'jump';

/** How a vector ended. Numbers unsigned. */
export interface UserEnd {
  readonly vector: number;
  /** 0 for vectors without one. */
  readonly error: number;
  /** Of a page fault, else 0. */
  readonly cr2: number;
  readonly registers: RegisterValues;
}

export class UserMachine {
  readonly cpu: Cpu;
  private readonly areas: VectorAreas;
  private pattern: Uint8Array;
  private readonly gdt: number;
  private readonly memory: Uint8Array;
  private readonly view: DataView;
  /** Offsets in the code page that hold the instruction. */
  private placed: number[] = [];

  /**
   * Throws RangeError where the areas are not what a recording has. `foreign` entries of the GDT follow those that are known: to name one ends in a page fault in
   * our own pages, which are above all that a process has.
   */
  constructor(areas: VectorAreas, engine: MakeEngine, foreign = 0) {
    const { code, data, gdt, ldt, pattern } = areas;
    if (gdt.length > GDT_MOST || ldt.length > TSS - LDT || pattern.length !== DATA_PAGES * PAGE)
      throw new RangeError('areas of a size that is not possible');
    this.areas = areas;
    this.pattern = pattern;
    this.gdt = GDT_END - gdt.length;
    const cpu = new Cpu({ memoryBytes: MEMORY, bus: emptyBus, engine });
    cpu.physical.map('ram', 0, MEMORY);
    this.cpu = cpu;
    this.memory = cpu.physical.bytes;
    this.view = new DataView(this.memory.buffer, this.memory.byteOffset, this.memory.length);
    this.map(TABLES[0], SYSTEM, 0, GDT_END / PAGE, W);
    this.map(TABLES[1], code, CODE_FRAME, 1, U);
    this.map(TABLES[2], data - PAGE, DATA_FRAME, 1, U);
    this.map(TABLES[2], data, DATA_FRAME + PAGE, 2, U | W);
    this.memory.fill(INT3, CODE_FRAME, CODE_FRAME + PAGE);
    this.memory.set(gdt, this.gdt);
    this.memory.set(ldt, LDT);
    const tss = SYSTEM + TSS;
    this.poke(TSS, 0, SYSTEM + STACK_TOP, 0x18);
    // The I/O map lies beyond the limit: every port is forbidden.
    this.poke(TSS + 0x64, 0x680000);
    for (let vector = 0; vector < 256; vector++) {
      const handler = SYSTEM + HANDLERS + vector;
      const access = vector === 3 || vector === 4 ? USER_GATE : GATE;
      this.poke(IDT + vector * 8, (8 << 16) | (handler & 0xffff), (handler & 0xffff0000) | access);
      this.memory[HANDLERS + vector] = HLT;
    }
    const { state } = cpu;
    const gdtLimit = gdt.length + foreign * 8 - 1;
    Object.assign(state, { gdtBase: SYSTEM + this.gdt, gdtLimit, idtBase: SYSTEM + IDT, idtLimit: 0x7ff });
    Object.assign(state, { ldtSelector: LDT_SELECTOR, ldtBase: SYSTEM + LDT, ldtLimit: ldt.length - 1 });
    Object.assign(state, { taskSelector: TSS_INDEX * 8, taskBase: tss, taskLimit: 0x67, taskAccess: 0x8b });
    state.cr3 = DIRECTORY;
    state.cr0 |= 0x80010001;
    cpu.flushTlb();
  }

  /** Other contents of the read-only and data pages than those of the areas, from now on. */
  fill(pattern: Uint8Array): void {
    this.pattern = pattern;
  }

  /** Runs one instruction from these registers, over the pattern with `memory` (linear address, value) put into it. Undefined when it never ends. */
  run(
    bytes: Uint8Array,
    start: RegisterValues,
    memory: readonly (readonly [number, number])[],
    arrival: Arrival,
  ): UserEnd | undefined {
    this.load(start);
    const place = this.placeOfCode();
    this.put(place, bytes);
    if (arrival !== 'jump' || !this.jumpTo(place)) return this.go(memory, arrival === 'step' ? 1 : MAX_INSNS);
    // Each time from the same state; an engine that compiles what is jumped to has done so by the last.
    const target = this.cpu.state.eip;
    let end: UserEnd | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      this.load({ ...start, eip: target });
      end = this.go(memory, MAX_INSNS);
    }
    return end;
  }

  /** Whether the instruction is one that jumps into its own bytes, so that another, which nobody has chosen, comes after it. */
  jumpsIntoItself(bytes: Uint8Array, start: RegisterValues, memory: readonly (readonly [number, number])[]): boolean {
    this.load(start);
    const first = this.placeOfCode();
    this.put(first, bytes);
    this.fillData(memory);
    this.cpu.run(1);
    const next = this.placeOfCode();
    return this.cpu.state.cpl === 3 && next !== first && this.placed.includes(next);
  }

  private fillData(memory: readonly (readonly [number, number])[]): void {
    this.memory.set(this.pattern, DATA_FRAME);
    for (const [linear, value] of memory) {
      const at = this.dataPlace(linear);
      if (at !== undefined) this.memory[at] = value;
    }
  }

  private go(memory: readonly (readonly [number, number])[], stride: number): UserEnd | undefined {
    const { cpu } = this;
    this.fillData(memory);
    for (let left = MAX_INSNS; !cpu.halted && left > 0; left -= stride)
      if (cpu.run(stride) === 'triple-fault') return undefined;
    return cpu.halted ? this.end() : undefined;
  }

  /** The read-only and data pages now. */
  get data(): Uint8Array {
    return this.memory.subarray(DATA_FRAME, DATA_FRAME + DATA_PAGES * PAGE);
  }

  private dataPlace(linear: number): number | undefined {
    const offset = linear - (this.areas.data - PAGE);
    return offset >= 0 && offset < DATA_PAGES * PAGE ? DATA_FRAME + offset : undefined;
  }

  private map(table: number, linear: number, frame: number, count: number, rights: number): void {
    this.poke(DIRECTORY + (linear >>> 22) * 4, table | P | W | U);
    for (let i = 0; i < count; i++)
      this.poke(table + (((linear >>> 12) + i) & 0x3ff) * 4, (frame + i * PAGE) | rights | P);
  }

  private poke(physical: number, ...words: number[]): void {
    for (const [i, word] of words.entries()) this.view.setUint32(physical + i * 4, word >>> 0, true);
  }

  private load(start: RegisterValues): void {
    const { cpu } = this;
    const { state } = cpu;
    for (const name of General32) state[name] = start[name] ?? 0;
    cpu.eflags = start.eflags ?? 2;
    state.cpl = 3;
    state.eip = (start.eip ?? 0) | 0;
    state.cr2 = 0;
    cpu.halted = false;
    cpu.events.shadow = false;
    Segments.forEach((name, i) => {
      cpu.setSegment(i, this.segment((start[name] ?? 0) & 0xffff));
    });
    cpu.updateMode();
  }

  /** Offset in the code page of CS:EIP, or beyond it. */
  private placeOfCode(): number {
    const { cpu } = this;
    return (((cpu.segment(CS).base + cpu.state.eip) >>> 0) - this.areas.code) >>> 0;
  }

  private put(place: number, bytes: Uint8Array): void {
    for (const i of this.placed) this.pokeCode(i, INT3);
    this.placed = [];
    for (let i = 0; i < bytes.length && place + i < PAGE; i++) {
      this.pokeCode(place + i, bytes[i]!);
      this.placed.push(place + i);
    }
  }

  /** Puts a jump to `place` at the start of the code page and EIP there, where nothing of that shows: in flat 32-bit code without single step. */
  private jumpTo(place: number): boolean {
    const { cpu, view } = this;
    const { base, limit, access } = cpu.segment(CS);
    const flat = base === 0 && limit === 0xffffffff && (access & Access.big) !== 0;
    if (!flat || (cpu.eflags & Flag.TF) !== 0 || place >= PAGE || place < JUMP_BYTES) return false;
    if (view.getUint8(CODE_FRAME) !== JMP || view.getInt32(CODE_FRAME + 1, true) !== place - JUMP_BYTES) {
      this.pokeCode(0, JMP);
      for (let i = 0; i < 4; i++) this.pokeCode(1 + i, ((place - JUMP_BYTES) >> (8 * i)) & 0xff);
    }
    cpu.state.eip = this.areas.code | 0;
    return true;
  }

  /** Through the processor, which then knows that what it has decoded there is stale. */
  private pokeCode(place: number, byte: number): void {
    this.cpu.writePhysical(CODE_FRAME + place, byte, 1);
  }

  /** The cache of a segment register that holds this selector; null and what is in neither table: unusable. */
  segment(selector: number): SegmentValue {
    const [table, limit] = selector & 4 ? [LDT, this.areas.ldt.length] : [this.gdt, this.areas.gdt.length];
    const index = selector & ~7;
    if (selector < 4 || index + 8 > limit) return { selector, base: 0, limit: 0, access: 0 };
    const at = table + index;
    const [low, high] = [this.view.getUint32(at, true), this.view.getUint32(at + 4, true)];
    return segmentFrom(selector, { low, high, at });
  }

  private end(): UserEnd {
    const { cpu, view } = this;
    const vector = (cpu.state.eip >>> 0) - SYSTEM - HANDLERS - 1;
    let at = (cpu.state.esp >>> 0) - SYSTEM;
    const pop = (): number => {
      at += 4;
      return view.getUint32(at - 4, true);
    };
    const error = WITH_ERROR.has(vector) ? pop() : 0;
    const [eip, cs, eflags, esp, ss] = [pop(), pop() & 0xffff, pop(), pop(), pop() & 0xffff];
    const registers: Record<string, number> = { eip, eflags };
    for (const name of General32) registers[name] = cpu.state[name] >>> 0;
    Segments.forEach((name, i) => {
      registers[name] = cpu.segment(i).selector;
    });
    return { vector, error, cr2: vector === 14 ? cpu.state.cr2 >>> 0 : 0, registers: { ...registers, esp, cs, ss } };
  }
}
