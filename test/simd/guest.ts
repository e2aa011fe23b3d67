/**
 * Our processor in the place of the host's: user mode with flat segments, SSE enabled, the pages of layout.ts, and gates for all vectors into ring 0, whose
 * handlers halt. INT3 follows the instruction. Supervisor pages lie at SYSTEM: directory, tables, GDT, IDT, TSS, stack, handlers.
 */
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import { fpuRegisterAddress, xmmAddress } from '../../src/cpu/state.ts';
import { enablePaging, enterProtected, makeCpu, pokeWords } from '../cpu/rig.ts';
import { CODE, DATA, Fx, Layout, NO_FAULT, PAGE, WINDOW_BYTES } from './layout.ts';

const DIRECTORY = 0x1000;
const SYSTEM_TABLE = 0x2000;
const CODE_TABLE = 0x3000;
const DATA_TABLE = 0x4000;
const GDT = 0x5000;
const TSS = 0x5800;
const IDT = 0x6000;
const HANDLERS = 0x7000;
const STACK_TOP = 0x8ff0;
const CODE_FRAME = 0x10000;
const DATA_FRAME = 0x20000;
const WINDOW_FRAME = DATA_FRAME + PAGE - WINDOW_BYTES;
const SYSTEM = 0xc0000000;
/** Where a jump to the instruction stands, in its page. */
const JUMP = 0x80;
const HLT = 0xf4;
const INT3 = 0xcc;
const WITH_ERROR = new Set([8, 10, 11, 12, 13, 14, 17]);

export class Guest {
  private readonly cpu;
  private readonly ram: Uint8Array;
  private readonly stack: DataView;

  constructor(engine: MakeEngine = wasmEngine) {
    const cpu = makeCpu({ engine });
    this.cpu = cpu;
    this.ram = cpu.physical.bytes;
    this.stack = new DataView(this.ram.buffer, this.ram.byteOffset, this.ram.length);
    const map = (table: number, linear: number, frame: number, count: number, rights: number) => {
      pokeWords(cpu, DIRECTORY + (linear >>> 22) * 4, [table | 7]);
      for (let i = 0; i < count; i++)
        pokeWords(cpu, table + (((linear >>> 12) + i) & 0x3ff) * 4, [(frame + i * PAGE) | rights]);
    };
    map(SYSTEM_TABLE, SYSTEM, 0, 16, 3);
    map(CODE_TABLE, CODE, CODE_FRAME, 1, 5);
    map(DATA_TABLE, DATA, DATA_FRAME, 1, 7);
    pokeWords(cpu, GDT, [0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300, 0xffff, 0xcffb00, 0xffff, 0xcff300]);
    const tss = (SYSTEM + TSS) >>> 0;
    pokeWords(cpu, TSS, [0, SYSTEM + STACK_TOP, 0x10]);
    for (let vector = 0; vector < 32; vector++) {
      const handler = (SYSTEM + HANDLERS + vector) >>> 0;
      const access = vector === 3 ? 0xee00 : 0x8e00;
      pokeWords(cpu, IDT + vector * 8, [(8 << 16) | (handler & 0xffff), (handler & 0xffff0000) | access]);
      this.ram[HANDLERS + vector] = HLT;
    }
    Object.assign(cpu.state, { gdtBase: SYSTEM + GDT, gdtLimit: 0x27, idtBase: SYSTEM + IDT, idtLimit: 0xff });
    Object.assign(cpu.state, { taskSelector: 0x28, taskBase: tss, taskLimit: 0x67, taskAccess: 0x8b });
    cpu.state.cr4 = 0x600;
    cpu.state.cr0 |= 0x40020;
    enablePaging(cpu, DIRECTORY, true);
  }

  /** Executes the case at byte `at` of `states`, in slices of `stride` instructions, and puts the state after it in its place. */
  run(states: DataView, at: number, stride = 100): void {
    this.loadCode(states, at);
    this.load(states, at);
    this.go(stride);
    this.save(states, at);
  }

  /** The same by way of a jump, `times` times from the same state: an engine that compiles what jumps reach does so then. */
  runByJump(states: DataView, at: number, times: number): void {
    const { cpu } = this;
    this.loadCode(states, at);
    const distance = -JUMP - 5;
    [0xe9, ...[0, 8, 16, 24].map(shift => (distance >>> shift) & 0xff)].forEach((byte, i) => {
      cpu.writePhysical(CODE_FRAME + JUMP + i, byte, 1);
    });
    for (let i = 0; i < times; i++) {
      this.load(states, at);
      cpu.state.eip = CODE + JUMP;
      this.go(100);
    }
    this.save(states, at);
  }

  private go(stride: number): void {
    const { cpu } = this;
    while (!cpu.halted) cpu.run(stride);
  }

  private loadCode(states: DataView, at: number): void {
    const { cpu } = this;
    const length = states.getUint32(at + Layout.length, true);
    for (let i = 0; i < length; i++) cpu.writePhysical(CODE_FRAME + i, states.getUint8(at + i), 1);
    cpu.writePhysical(CODE_FRAME + length, INT3, 1);
  }

  private load(states: DataView, at: number): void {
    const { cpu } = this;
    const { state, view } = cpu;
    for (let i = 0; i < WINDOW_BYTES; i += 4)
      this.stack.setUint32(WINDOW_FRAME + i, states.getUint32(at + Layout.memory + i, true), true);
    enterProtected(cpu, { cpl: 3 });
    for (let i = 0; i < 6; i++) cpu.setSegment(i, { ...cpu.segment(i), selector: i === 1 ? 0x1b : 0x23 });
    for (let i = 0; i < 8; i++) cpu.setRegister(i, states.getInt32(at + Layout.registers + 4 * i, true), 4);
    cpu.eflags = states.getUint32(at + Layout.eflags, true);
    cpu.updateMode();
    state.eip = CODE;
    state.cr2 = 0;
    cpu.halted = false;
    const fx = at + Layout.fx;
    state.fpuControl = states.getUint16(fx + Fx.control, true);
    cpu.fpu.status = states.getUint16(fx + Fx.status, true);
    cpu.fpu.tags = states.getUint8(fx + Fx.tag);
    state.mxcsr = states.getInt32(fx + Fx.mxcsr, true);
    this.registers((ours, theirs, words) => {
      for (let i = 0; i < words; i++) view.setUint32(ours + 4 * i, states.getUint32(fx + theirs + 4 * i, true), true);
    });
  }

  /** Calls back with address in our state, offset in the image and size of every x87 and XMM register; ST(0) is the register TOP tells. */
  private registers(each: (ours: number, theirs: number, words: number) => void): void {
    const top = this.cpu.fpu.top;
    for (let i = 0; i < 8; i++) {
      each(fpuRegisterAddress((top + i) & 7), Fx.st + 16 * i, 3);
      each(xmmAddress(i), Fx.xmm + 16 * i, 4);
    }
  }

  private save(states: DataView, at: number): void {
    const { cpu } = this;
    const { state, view } = cpu;
    const vector = (state.eip >>> 0) - SYSTEM - HANDLERS - 1;
    let frame = (state.esp >>> 0) - SYSTEM + (WITH_ERROR.has(vector) ? 4 : 0);
    const pop = (): number => {
      frame += 4;
      return this.stack.getUint32(frame - 4, true);
    };
    const [eip, , eflags, esp] = [pop(), pop(), pop(), pop()] as const;
    const put = (offset: number, value: number) => states.setUint32(at + offset, value, true);
    put(Layout.vector, vector === 3 ? NO_FAULT : vector);
    put(Layout.cr2, vector === 14 ? state.cr2 : 0);
    put(Layout.eip, eip - CODE - (vector === 3 ? 1 : 0));
    for (let i = 0; i < 8; i++) put(Layout.registers + 4 * i, i === 4 ? esp : cpu.register(i));
    put(Layout.eflags, eflags);
    const fx = at + Layout.fx;
    states.setUint16(fx + Fx.control, state.fpuControl, true);
    states.setUint16(fx + Fx.status, cpu.fpu.status, true);
    states.setUint8(fx + Fx.tag, cpu.fpu.tags);
    states.setUint32(fx + Fx.mxcsr, state.mxcsr, true);
    this.registers((ours, theirs, words) => {
      for (let i = 0; i < words; i++) states.setUint32(fx + theirs + 4 * i, view.getUint32(ours + 4 * i, true), true);
    });
    for (let i = 0; i < WINDOW_BYTES; i += 4) put(Layout.memory + i, this.stack.getUint32(WINDOW_FRAME + i, true));
  }
}
