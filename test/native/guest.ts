/**
 * Our processor in the place of the host's: user mode as Linux sets it up, with the same pages (layout.ts) and the same segments, and gates for all
 * vectors into ring 0, whose handlers halt. What the delivery pushed is what a kernel would report: the outcome is read from there.
 *
 * Supervisor pages, at SYSTEM: directory, page tables, GDT, LDT, IDT, TSS, ring-0 stack, handlers. FREE_END and above is otherwise unmapped here but not
 * on the host: a case that touches it is no case.
 */
import type { Cpu } from '../../src/cpu/cpu.ts';
import { segmentFrom } from '../../src/cpu/descriptors.ts';
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import type { SegmentValue } from '../../src/cpu/segments.ts';
import { enablePaging, makeCpu, pokeWords } from '../cpu/rig.ts';
import type { Case, Change, Outcome } from './case.ts';
import { CODE, CODE_BYTES, DATA_BYTES, FREE_END, INT3, PATTERN_BYTES, READ_ONLY_BYTES } from './layout.ts';
import { descriptorOf, localSegments } from './local-segments.ts';

const DIRECTORY = 0x1000;
/** Page tables for SYSTEM, CODE and DATA. */
const SYSTEM_TABLE = 0x2000;
const CODE_TABLE = 0x3000;
const DATA_TABLE = 0x4000;
const IDT = 0x5000;
const HANDLERS = 0x6000;
const LDT = 0x7000;
const TSS = 0x7800;
const STACK_TOP = 0x8ff0;
/**
 * Twelve entries before a page that is not mapped. The next four are the host's own: the C library's thread segment, and one that holds the number of
 * the processor. A case that names them is found out by the page fault.
 */
const GDT = 0xa000 - 12 * 8;
const CODE_FRAME = 0x10000;
const DATA_FRAME = 0x20000;
/** Linear address of physical 0: above FREE_END, so that no case touches it. */
const SYSTEM = 0xc0000000;
const [P, W, U] = [1, 2, 4];
const HLT = 0xf4;
const WITH_ERROR = new Set([8, 10, 11, 12, 13, 14, 17]);
/** More than any case that ends takes: a REP over the data pages. */
const MAX_INSNS = 40_000;

/** Linux's descriptors by selector index: SDM vol. 3, 3.4.5; values as in the kernel's GDT. Others are not asked for. */
const DESCRIPTORS: Readonly<Record<number, readonly [number, number]>> = {
  1: [0xffff, 0xcf9b00],
  2: [0xffff, 0xaf9b00],
  3: [0xffff, 0xcf9300],
  4: [0xffff, 0xcffb00],
  5: [0xffff, 0xcff300],
  6: [0xffff, 0xaffb00],
};
/** 64-bit code, which our processor does not have: data to it, and no place to go. */
const LONG_CODE_INDEX = 6;
const TSS_INDEX = 8;
const LDT_SELECTOR = 0x50;

/** Why a case is not one for the host, or what became of it here. */
export type GuestOutcome = Outcome | { readonly unfit: string };

export class Guest {
  readonly cpu: Cpu;
  private readonly memory: Uint8Array;
  private readonly view: DataView;
  private readonly start = new Uint8Array(DATA_BYTES);
  private runs = 0;

  constructor(data: number, engine: MakeEngine = wasmEngine) {
    const cpu = makeCpu({ engine });
    this.cpu = cpu;
    this.memory = cpu.physical.bytes;
    this.view = new DataView(this.memory.buffer, this.memory.byteOffset, this.memory.length);
    const map = (table: number, linear: number, frame: number, count: number, rights: number) => {
      pokeWords(cpu, DIRECTORY + (linear >>> 22) * 4, [table | P | W | U]);
      const entries = Array.from({ length: count }, (_, i) => (frame + i * 0x1000) | rights | P);
      pokeWords(cpu, table + ((linear >>> 12) & 0x3ff) * 4, entries);
    };
    map(SYSTEM_TABLE, SYSTEM, 0, 10, W);
    map(CODE_TABLE, CODE, CODE_FRAME, 1, U);
    map(DATA_TABLE, data - READ_ONLY_BYTES, DATA_FRAME, 1, U);
    map(DATA_TABLE, data, DATA_FRAME + READ_ONLY_BYTES, 2, U | W);
    this.memory.fill(INT3, CODE_FRAME, CODE_FRAME + CODE_BYTES);
    for (const [index, words] of Object.entries(DESCRIPTORS)) pokeWords(cpu, GDT + Number(index) * 8, words);
    const local = localSegments(data).map(descriptorOf);
    pokeWords(cpu, LDT, local.flat());
    Object.assign(cpu.state, { ldtSelector: LDT_SELECTOR, ldtBase: SYSTEM + LDT, ldtLimit: local.length * 8 - 1 });
    const tss = (SYSTEM + TSS) >>> 0;
    pokeWords(cpu, GDT + TSS_INDEX * 8, [
      ((tss & 0xffff) << 16) | 0x67,
      (tss & 0xff000000) | 0x8b00 | ((tss >>> 16) & 0xff),
    ]);
    // The I/O map lies beyond the limit: every port is forbidden.
    pokeWords(cpu, TSS, [0, SYSTEM + STACK_TOP, 0x18]);
    pokeWords(cpu, TSS + 0x64, [0x680000]);
    for (let vector = 0; vector < 256; vector++) {
      const handler = (SYSTEM + HANDLERS + vector) >>> 0;
      // Interrupt gates; INT3 and INTO may be called from user mode.
      const access = vector === 3 || vector === 4 ? 0xee00 : 0x8e00;
      pokeWords(cpu, IDT + vector * 8, [(8 << 16) | (handler & 0xffff), (handler & 0xffff0000) | access]);
      this.memory[HANDLERS + vector] = HLT;
    }
    Object.assign(cpu.state, { gdtBase: SYSTEM + GDT, gdtLimit: 0x7f, idtBase: SYSTEM + IDT, idtLimit: 0x7ff });
    Object.assign(cpu.state, { taskSelector: TSS_INDEX * 8, taskBase: tss, taskLimit: 0x67, taskAccess: 0x8b });
    cpu.state.cr0 |= 1;
    enablePaging(cpu, DIRECTORY, true);
  }

  /** Contents of the read-only and data pages before each case from now on. */
  fill(pattern: Uint8Array): void {
    this.memory.set(pattern, DATA_FRAME);
    this.start.set(pattern.subarray(READ_ONLY_BYTES, PATTERN_BYTES));
  }

  run(one: Case): GuestOutcome {
    const { cpu } = this;
    this.load(one);
    // Every other case instruction by instruction, as near the end of a budget; the others as blocks.
    const stride = this.runs++ % 2 === 1 ? 1 : MAX_INSNS;
    let left = MAX_INSNS;
    while (!cpu.halted && left > 0) {
      if (cpu.run(stride) === 'triple-fault') return this.finish(one, { unfit: 'shut down' });
      left -= stride;
    }
    return this.finish(one, cpu.halted ? this.outcome(one) : { unfit: 'endless' });
  }

  private get data(): Uint8Array {
    const at = DATA_FRAME + READ_ONLY_BYTES;
    return this.memory.subarray(at, at + DATA_BYTES);
  }

  private load({ code, eip, place, registers, eflags, selectors, patches }: Case): void {
    const { cpu } = this;
    const { state } = cpu;
    for (const [i, byte] of code.entries()) this.pokeCode(place + i, byte);
    for (const { offset, bytes } of patches) this.data.set(bytes, offset);
    for (const [i, value] of registers.entries()) cpu.setRegister(i, value, 4);
    cpu.eflags = eflags;
    state.cpl = 3;
    state.eip = eip | 0;
    state.cr2 = 0;
    cpu.halted = false;
    cpu.events.shadow = false;
    for (const [i, selector] of selectors.entries()) cpu.setSegment(i, this.segment(selector));
    cpu.updateMode();
  }

  /** The cache of a segment register that holds this selector; null and what is in neither table: unusable. */
  private segment(selector: number): SegmentValue {
    const at = (selector & 4 ? LDT : GDT) + (selector & ~7);
    const [low, high] = [this.view.getUint32(at, true), this.view.getUint32(at + 4, true)];
    return selector < 4 ? { selector, base: 0, limit: 0, access: 0 } : segmentFrom(selector, { low, high, at });
  }

  private pokeCode(place: number, byte: number): void {
    if (place < CODE_BYTES) this.cpu.writePhysical(CODE_FRAME + place, byte, 1);
  }

  /** Puts memory back. */
  private finish({ code, place, patches }: Case, outcome: GuestOutcome): GuestOutcome {
    for (const i of code.keys()) this.pokeCode(place + i, INT3);
    if (!('unfit' in outcome)) for (const { offset, bytes } of outcome.changes) this.restore(offset, bytes.length);
    else this.restore(0, DATA_BYTES);
    for (const { offset, bytes } of patches) this.restore(offset, bytes.length);
    return outcome;
  }

  private restore(offset: number, length: number): void {
    this.data.set(this.start.subarray(offset, offset + length), offset);
  }

  private outcome({ patches }: Case): GuestOutcome {
    const { cpu, view } = this;
    const vector = (cpu.state.eip >>> 0) - SYSTEM - HANDLERS - 1;
    const physical = (linear: number): number => (linear >>> 0) - SYSTEM;
    let at = physical(cpu.state.esp);
    const pop = (): number => {
      at += 4;
      return view.getUint32(at - 4, true);
    };
    const error = WITH_ERROR.has(vector) ? pop() : 0;
    const [eip, cs, eflags, esp, ss] = [pop(), pop(), pop(), pop(), pop()] as const;
    const cr2 = vector === 14 ? cpu.state.cr2 >>> 0 : 0;
    if (cr2 >= FREE_END) return { unfit: 'touches what only the host has' };
    if (cs >> 3 === LONG_CODE_INDEX) return { unfit: 'enters 64-bit code' };
    const registers = Array.from({ length: 8 }, (_, i) => (i === 4 ? esp : cpu.register(i) >>> 0));
    const selectors = Array.from({ length: 6 }, (_, i) => (i === 1 ? cs : i === 2 ? ss : cpu.segment(i).selector));
    return { vector, error, cr2, eip, eflags, registers, selectors, changes: this.changes(patches) };
  }

  private changes(patches: Case['patches']): Change[] {
    const expected = this.start.slice();
    for (const { offset, bytes } of patches) expected.set(bytes, offset);
    return differences(this.data, expected);
  }
}

/** Runs of bytes in which `now` differs from `before`: as the runner reports them, 8 equal bytes end a run. */
function differences(now: Uint8Array, before: Uint8Array): Change[] {
  if (Buffer.compare(now, before) === 0) return [];
  const changes: Change[] = [];
  for (let at = 0; at < now.length; at++) {
    if (now[at] === before[at]) continue;
    let end = at + 1;
    for (let i = end; i < now.length && i < end + 8; i++) if (now[i] !== before[i]) end = i + 1;
    changes.push({ offset: at, bytes: now.slice(at, end) });
    at = end - 1;
  }
  return changes;
}
