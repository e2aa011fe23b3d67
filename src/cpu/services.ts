/**
 * Services: the instructions, or parts of them, that are written once in TypeScript and called by the engines. Each answers true, or false
 * after raising a fault; what follows is in Services (src/isa/builder.ts).
 */
import { type ServiceName, ServiceNames, Services } from '../isa/builder.ts';
import { moveFromDebug, moveToDebug } from './breakpoints.ts';
import { moveFromControl, moveToControl } from './control-registers.ts';
import type { Cpu } from './cpu.ts';
import { identify } from './cpuid.ts';
import { Exception, loadSegment } from './descriptors.ts';
import { loadFlags } from './eflags.ts';
import { sysenter, sysexit } from './fast-system-call.ts';
import { fpuMemory, fpuRegister, fpuWait } from './fpu.ts';
import { restoreExtended, saveExtended } from './fxsave.ts';
import { hardwareBreakpoint, softwareInterrupt } from './interrupts.ts';
import { portIn, portOut, stringIn, stringOut } from './io.ts';
import { readCounter, readModelRegister, readTimestamp, writeModelRegister } from './model-registers.ts';
import { Outcome } from './outcome.ts';
import { loadAccessRights, loadLocalTable, loadSegmentLimit, loadTask, verify } from './selectors.ts';
import { simd } from './simd.ts';
import { StackFrame } from './stack-frame.ts';
import { segmentAt } from './state.ts';
import { farCall, farJump, farReturn, interruptReturn } from './transfers.ts';
import { clearInterruptFlag, interruptInstruction, setInterruptFlag } from './virtual-8086.ts';

/** True: done. False: a fault was raised. Or an Outcome other than what Services says. */
type Service = (cpu: Cpu, a: number, b: number, c: number, record: number) => boolean | number;

const SS = 2;

/** Performs service `number` for the instruction at `record`; returns an Outcome. */
export function performService(cpu: Cpu, number: number, record: number, a: number, b: number, c: number): number {
  const done = byNumber[number]!(cpu, a, b, c, record);
  if (typeof done === 'number') return done;
  if (!done) {
    if (!cpu.events.taskSwitched) return Outcome.fault;
    // The instruction is complete; the fault is the new task's.
    cpu.events.taskSwitched = false;
    cpu.events.deferred = cpu.fault;
    return Outcome.event;
  }
  const outcome = outcomes[number]!;
  return outcome === Outcome.event && cpu.events.goesOn(record) ? Outcome.jump : outcome;
}

const size = (value: number): 2 | 4 => (value === 4 ? 4 : 2);

const table: Readonly<Record<ServiceName, Service>> = {
  farJump: (cpu, selector, offset) => farJump(cpu, selector, offset),
  farCall: (cpu, selector, offset, width) => farCall(cpu, selector, offset, size(width)),
  farReturn: (cpu, release, width) => farReturn(cpu, release, size(width)),
  interruptReturn: (cpu, width) => interruptReturn(cpu, size(width)),
  interrupt: (cpu, vector) => interruptInstruction(cpu, vector),
  breakpoint: (cpu, vector) => (vector === Exception.DB ? hardwareBreakpoint(cpu) : softwareInterrupt(cpu, vector)),
  simd,
  enterNested,
  loadSegment: (cpu, cache, selector) => {
    const segment = segmentAt(cache);
    if (!loadSegment(cpu, segment, selector & 0xffff)) return false;
    if (segment === SS) cpu.events.holdOff();
    return true;
  },
  popSegment: (cpu, cache, selector, width) => {
    const segment = segmentAt(cache);
    const { state } = cpu;
    // Of the stack that is popped, also when it is SS that is loaded.
    const mask = state.stackMask;
    if (!loadSegment(cpu, segment, selector & 0xffff)) return false;
    state.esp = (state.esp & ~mask) | ((state.esp + width) & mask);
    if (segment === SS) cpu.events.holdOff();
    return true;
  },
  loadFarPointer: (cpu, target, selector, offset) => {
    if (!loadSegment(cpu, target & 15, selector & 0xffff)) return false;
    cpu.setRegister(target >> 8, offset, (target >> 4) & 15);
    return true;
  },
  setFlags: (cpu, image, width) => {
    loadFlags(cpu, image, width, 'popf', cpu.state.cpl);
    return true;
  },
  setInterruptFlag: cpu => setInterruptFlag(cpu),
  clearInterruptFlag: cpu => clearInterruptFlag(cpu),
  halt: cpu => {
    cpu.halted = true;
    return true;
  },
  in: (cpu, port, width) => portIn(cpu, port, width),
  out: (cpu, port, width, value) => portOut(cpu, port, width, value),
  stringIn,
  stringOut,
  loadDescriptorTable: (cpu, which, limit, base) => {
    const { state } = cpu;
    if (which === 0) {
      state.gdtLimit = limit;
      state.gdtBase = base;
    } else {
      state.idtLimit = limit;
      state.idtBase = base;
    }
    return true;
  },
  loadLocalTable,
  loadTask,
  moveToControl,
  moveFromControl,
  moveToDebug,
  moveFromDebug,
  loadStatus: (cpu, word) => {
    // LMSW sets PE, MP, EM, TS and cannot clear PE.
    const low = (word & 15) | (cpu.state.cr0 & 1);
    return moveToControl(cpu, 0, (cpu.state.cr0 & ~15) | low);
  },
  clearTaskSwitched: cpu => {
    cpu.state.cr0 &= ~8;
    return true;
  },
  invalidatePage: (cpu, base, offset) => {
    cpu.translation.flushPage((base + offset) | 0);
    return true;
  },
  invalidateCaches: () => true,
  readMsr: cpu => readModelRegister(cpu),
  writeMsr: cpu => writeModelRegister(cpu),
  readCounter: cpu => readCounter(cpu),
  readTimestamp: cpu => readTimestamp(cpu),
  identify: cpu => identify(cpu),
  loadAccessRights,
  loadSegmentLimit,
  verifyRead: (cpu, selector) => verify(cpu, selector, false),
  verifyWrite: (cpu, selector) => verify(cpu, selector, true),
  fpuRegister,
  fpuMemory,
  fpuWait,
  saveExtended,
  restoreExtended,
  sysenter: cpu => sysenter(cpu),
  sysexit: cpu => sysexit(cpu),
};

/** The table by number, and what each answers when it is done, if somebody may want to be heard before the next instruction. */
const byNumber: readonly Service[] = ServiceNames.map(name => table[name]);
const outcomes: readonly number[] = ServiceNames.map(name => (Services[name].ends ? Outcome.event : Outcome.next));

/**
 * ENTER with nesting: the frame pointers of enclosing levels are copied, one read and one push at a time, so that a pointer may be read from what has
 * just been pushed. All accesses are checked in that order before the first push. Source: SDM vol. 2, ENTER.
 */
function enterNested(cpu: Cpu, level: number, bytes: number, width: number): boolean {
  const { state } = cpu;
  const step = size(width);
  const user = state.cpl === 3;
  const stack = StackFrame.current(cpu);
  if (!stack.reserve(1, step)) return false;
  const sources: number[] = [];
  for (let i = 1; i < level; i++) {
    const source = cpu.segmented.linearOf(SS, (state.ebp - i * step) & state.stackMask, step, false);
    if (source === undefined || cpu.linear.read(source, step, user) < 0 || !stack.reserve(i + 1, step)) return false;
    sources.push(source);
  }
  if (!stack.reserve(level + 1, step)) return false;
  const end = (stack.pointer - (level + 1) * step - bytes) & state.stackMask;
  const last = cpu.segmented.linearOf(SS, end, step, true);
  if (last === undefined || !cpu.linear.probe(last, step, true, user)) return false;
  stack.push(state.ebp, step);
  // All of ESP at this point, also with a 16-bit stack.
  const frame = stack.espAfter(state.esp);
  for (const source of sources) stack.push(cpu.linear.read(source, step, user), step);
  stack.push(frame, step);
  cpu.setRegister(5, frame, step);
  stack.pointer -= bytes;
  state.esp = stack.espAfter(state.esp);
  return true;
}
