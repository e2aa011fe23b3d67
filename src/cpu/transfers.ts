/**
 * Far transfers: JMP, CALL and RET between segments, through call gates and tasks, and IRET.
 * Source: SDM vol. 2, CALL, JMP, RET, IRET; vol. 3, 5.8. All answer false after raising a fault, with nothing changed.
 */
import { Flag } from '../isa/flags.ts';
import type { Cpu } from './cpu.ts';
import {
  dropPrivilegedSegments,
  Exception,
  innerStack,
  isNull,
  loadReal,
  markAccessed,
  readDescriptor,
  SystemType,
  selectorCode,
  stackSegment,
} from './descriptors.ts';
import { interruptFlagIsVirtual, loadFlags, refusesVirtualFlags } from './eflags.ts';
import {
  Access,
  accessOf,
  type Descriptor,
  isPresent,
  limitOf,
  privilegeOf,
  realSegment,
  setDescriptor,
  typeOf,
} from './segments.ts';
import { StackFrame } from './stack-frame.ts';
import { switchTask } from './tasks.ts';
import { noteReturn } from './transfer-cache.ts';

const CS = 1;
const SS = 2;
const USER = 3;
const CR4_VME = 1;
type Size = 2 | 4;

const isCode = (type: number): boolean => (type & (Access.segment | Access.code)) === (Access.segment | Access.code);
const isConforming = (type: number): boolean => (type & Access.expandDown) !== 0;

/** Continues at selector:offset in real or virtual-8086 mode. */
function enterReal(cpu: Cpu, selector: number, offset: number): boolean {
  loadReal(cpu, CS, selector);
  cpu.state.eip = offset | 0;
  cpu.updateMode();
  return true;
}

const realLimit = (cpu: Cpu): number => (cpu.virtual8086 ? 0xffff : cpu.segment(CS).limit);

function enter(cpu: Cpu, selector: number, d: Descriptor, cpl: number, offset: number): boolean {
  setCode(cpu, selector, d, cpl, offset);
  cpu.updateMode();
  return true;
}

function setCode({ state, words }: Cpu, selector: number, d: Descriptor, cpl: number, offset: number): void {
  state.cpl = cpl;
  setDescriptor(words, CS, (selector & ~3) | cpl, d);
  state.eip = offset | 0;
}

export function farJump(cpu: Cpu, selector: number, offset: number): boolean {
  if (cpu.realAddressing) {
    if (offset >>> 0 > realLimit(cpu)) return cpu.raise(Exception.GP, 0);
    return enterReal(cpu, selector, offset);
  }
  const target = transferTarget(cpu, selector);
  if (!target) return false;
  const type = typeOf(target);
  if (isCode(type)) {
    if (!checkDirect(cpu, selector, target, offset)) return false;
    return enter(cpu, selector, target, cpu.state.cpl, offset);
  }
  if (!checkSystemTarget(cpu, selector, target)) return false;
  if (isTaskTarget(type)) return jumpToTask(cpu, selector, target, 'jump');
  const gate = gateTarget(cpu, target);
  if (!gate) return false;
  // A jump never changes the privilege level.
  const privilege = privilegeOf(gate.code);
  const allowed = isConforming(typeOf(gate.code)) ? privilege <= cpu.state.cpl : privilege === cpu.state.cpl;
  if (!allowed) return cpu.raise(Exception.GP, selectorCode(gate.selector));
  if (!isPresent(gate.code)) return cpu.raise(Exception.NP, selectorCode(gate.selector));
  if (gate.offset > limitOf(gate.code)) return cpu.raise(Exception.GP, 0);
  if (!markAccessed(cpu, gate.code)) return false;
  return enter(cpu, gate.selector, gate.code, cpu.state.cpl, gate.offset);
}

/** `cpu.state.eip` is the return address. */
export function farCall(cpu: Cpu, selector: number, offset: number, size: Size): boolean {
  const { state } = cpu;
  const stack = StackFrame.current(cpu);
  const pushReturn = (width: Size) => {
    stack.push(cpu.selector(CS), width);
    stack.push(state.eip, width);
    state.esp = stack.espAfter(state.esp);
  };
  if (cpu.realAddressing) {
    if (offset >>> 0 > realLimit(cpu)) return cpu.raise(Exception.GP, 0);
    if (!stack.reserve(2, size)) return false;
    pushReturn(size);
    return enterReal(cpu, selector, offset);
  }
  const target = transferTarget(cpu, selector);
  if (!target) return false;
  const type = typeOf(target);
  if (isCode(type)) {
    if (!checkDirect(cpu, selector, target, offset, () => stack.reserve(2, size))) return false;
    pushReturn(size);
    return enter(cpu, selector, target, state.cpl, offset);
  }
  if (!checkSystemTarget(cpu, selector, target)) return false;
  if (isTaskTarget(type)) return jumpToTask(cpu, selector, target, 'call');
  const gate = gateTarget(cpu, target);
  if (!gate) return false;
  const privilege = privilegeOf(gate.code);
  if (privilege > state.cpl) return cpu.raise(Exception.GP, selectorCode(gate.selector));
  if (!isPresent(gate.code)) return cpu.raise(Exception.NP, selectorCode(gate.selector));
  if (!isConforming(typeOf(gate.code)) && privilege < state.cpl) return callInner(cpu, gate, privilege);
  if (!stack.reserve(2, gate.size)) return false;
  if (gate.offset > limitOf(gate.code)) return cpu.raise(Exception.GP, 0);
  if (!markAccessed(cpu, gate.code)) return false;
  pushReturn(gate.size);
  return enter(cpu, gate.selector, gate.code, state.cpl, gate.offset);
}

interface Gate {
  readonly selector: number;
  readonly code: Descriptor;
  readonly offset: number;
  readonly size: Size;
  readonly parameters: number;
}

/** A call through a gate to a more privileged level: a new stack, with the gate's parameters copied. */
function callInner(cpu: Cpu, gate: Gate, privilege: number): boolean {
  const { state } = cpu;
  const pointer = innerStack(cpu, privilege);
  if (pointer < 0) return false;
  const { innerSelector } = cpu;
  const ss = stackSegment(cpu, innerSelector, privilege, Exception.TS);
  if (!ss) return false;
  const { size, parameters } = gate;
  const stack = StackFrame.other(cpu, ss, pointer, privilege === 3);
  if (!stack.reserve(4 + parameters, size, selectorCode(innerSelector))) return false;
  const old = StackFrame.current(cpu);
  if (parameters > 0 && !old.available(parameters, size)) return false;
  if (gate.offset > limitOf(gate.code)) return cpu.raise(Exception.GP, 0);
  if (!markAccessed(cpu, ss) || !markAccessed(cpu, gate.code)) return false;
  const copied = Array.from({ length: parameters }, (_, i) => old.peek(i * size, size));
  stack.push(cpu.selector(SS), size);
  stack.push(state.esp, size);
  for (const value of copied.reverse()) stack.push(value, size);
  stack.push(cpu.selector(CS), size);
  stack.push(state.eip, size);
  setDescriptor(cpu.words, SS, innerSelector, ss);
  state.esp = stack.espAfter(state.esp);
  return enter(cpu, gate.selector, gate.code, privilege, gate.offset);
}

function transferTarget(cpu: Cpu, selector: number): Descriptor | false {
  if (isNull(selector)) return cpu.raise(Exception.GP, 0);
  return readDescriptor(cpu, selector, Exception.GP);
}

/** A code segment named directly: conforming at or below CPL in number, else exactly CPL. `hasRoom` checks the stack a call pushes to, in its turn. */
function checkDirect(cpu: Cpu, selector: number, d: Descriptor, offset: number, hasRoom = () => true): boolean {
  const { cpl } = cpu.state;
  const allowed = isConforming(typeOf(d)) ? privilegeOf(d) <= cpl : (selector & 3) <= cpl && privilegeOf(d) === cpl;
  if (!allowed) return cpu.raise(Exception.GP, selectorCode(selector));
  if (!isPresent(d)) return cpu.raise(Exception.NP, selectorCode(selector));
  if (!hasRoom()) return false;
  if (offset >>> 0 > limitOf(d)) return cpu.raise(Exception.GP, 0);
  return markAccessed(cpu, d);
}

const isTaskTarget = (type: number): boolean =>
  type === SystemType.taskGate || type === SystemType.tss16 || type === SystemType.tss32;
const isCallGate = (type: number): boolean => type === SystemType.callGate16 || type === SystemType.callGate32;

/** Gates and TSS descriptors: the privilege of the descriptor itself. */
function checkSystemTarget(cpu: Cpu, selector: number, d: Descriptor): boolean {
  const type = typeOf(d);
  const privileged = privilegeOf(d) >= cpu.state.cpl && privilegeOf(d) >= (selector & 3);
  if (!(isTaskTarget(type) || isCallGate(type)) || !privileged) return cpu.raise(Exception.GP, selectorCode(selector));
  return isPresent(d) ? true : cpu.raise(Exception.NP, selectorCode(selector));
}

function jumpToTask(cpu: Cpu, selector: number, d: Descriptor, how: 'jump' | 'call'): boolean {
  return switchTask(cpu, typeOf(d) === SystemType.taskGate ? d.low >>> 16 : selector, how, undefined);
}

function gateTarget(cpu: Cpu, d: Descriptor): Gate | false {
  const wide = typeOf(d) === SystemType.callGate32;
  const selector = d.low >>> 16;
  if (isNull(selector)) return cpu.raise(Exception.GP, 0);
  const code = readDescriptor(cpu, selector, Exception.GP);
  if (!code) return false;
  if (!isCode(typeOf(code)) || privilegeOf(code) > cpu.state.cpl)
    return cpu.raise(Exception.GP, selectorCode(selector));
  const offset = wide ? ((d.high & 0xffff0000) | (d.low & 0xffff)) >>> 0 : d.low & 0xffff;
  return { selector, code, offset, size: wide ? 4 : 2, parameters: d.high & 31 };
}

/** `release`: bytes of parameters to drop from the stack, or both stacks. */
export function farReturn(cpu: Cpu, release: number, size: Size): boolean {
  const { state } = cpu;
  const stack = StackFrame.current(cpu);
  if (!stack.available(2, size)) return false;
  const offset = stack.peek(0, size);
  const selector = stack.peek(size, size) & 0xffff;
  if (cpu.realAddressing) {
    if (offset > realLimit(cpu)) return cpu.raise(Exception.GP, 0);
    stack.pointer += 2 * size + release;
    state.esp = stack.espAfter(state.esp);
    return enterReal(cpu, selector, offset);
  }
  const target = returnTarget(cpu, selector);
  if (!target) return false;
  const level = selector & 3;
  if (level === state.cpl) {
    if (offset > limitOf(target)) return cpu.raise(Exception.GP, 0);
    if (!markAccessed(cpu, target)) return false;
    stack.pointer += 2 * size + release;
    state.esp = stack.espAfter(state.esp);
    return enter(cpu, selector, target, level, offset);
  }
  if (!stack.available(2, size, 2 * size + release)) return false;
  const outerEsp = stack.peek(2 * size + release, size);
  const stackSelector = stack.peek(3 * size + release, size) & 0xffff;
  const ss = stackSegment(cpu, stackSelector, level, Exception.GP);
  if (!ss) return false;
  if (offset > limitOf(target)) return cpu.raise(Exception.GP, 0);
  if (!markAccessed(cpu, ss) || !markAccessed(cpu, target)) return false;
  return leaveToOuter(cpu, selector, target, offset, stackSelector, ss, outerEsp + release);
}

/** Completes a return to a less privileged level. */
function leaveToOuter(
  cpu: Cpu,
  selector: number,
  target: Descriptor,
  offset: number,
  stackSelector: number,
  ss: Descriptor,
  esp: number,
): boolean {
  setDescriptor(cpu.words, SS, stackSelector, ss);
  cpu.state.esp = (accessOf(ss) & Access.big) !== 0 ? esp | 0 : (cpu.state.esp & ~0xffff) | (esp & 0xffff);
  setCode(cpu, selector, target, selector & 3, offset);
  dropPrivilegedSegments(cpu);
  cpu.updateMode();
  return true;
}

/** The code segment of a RET or IRET. */
function returnTarget(cpu: Cpu, selector: number): Descriptor | false {
  const target = transferTarget(cpu, selector);
  if (!target) return false;
  const type = typeOf(target);
  const level = selector & 3;
  const privilege = privilegeOf(target);
  const allowed =
    isCode(type) && level >= cpu.state.cpl && (isConforming(type) ? privilege <= level : privilege === level);
  if (!allowed) return cpu.raise(Exception.GP, selectorCode(selector));
  return isPresent(target) ? target : cpu.raise(Exception.NP, selectorCode(selector));
}

export function interruptReturn(cpu: Cpu, size: Size): boolean {
  const { state } = cpu;
  cpu.nmiBlocked = false;
  const virtual = interruptFlagIsVirtual(cpu);
  if (virtual && (size === 4 || (state.cr4 & CR4_VME) === 0)) return cpu.raise(Exception.GP, 0);
  const real = cpu.realAddressing;
  if (!real && (state.eflags & Flag.NT) !== 0) return switchTask(cpu, 0, 'return', undefined);
  const stack = StackFrame.current(cpu);
  if (!stack.available(3, size)) return false;
  const offset = stack.peek(0, size);
  const selector = stack.peek(size, size) & 0xffff;
  const flags = stack.peek(2 * size, size);
  if (real) {
    if (offset > realLimit(cpu) || (virtual && refusesVirtualFlags(cpu, flags))) return cpu.raise(Exception.GP, 0);
    stack.pointer += 3 * size;
    state.esp = stack.espAfter(state.esp);
    enterReal(cpu, selector, offset);
    loadFlags(cpu, flags, size, 'iret', state.cpl);
    return true;
  }
  if ((flags & Flag.VM) !== 0 && state.cpl === 0 && size === 4)
    return returnToVirtual8086(cpu, stack, offset, selector, flags);
  const target = returnTarget(cpu, selector);
  if (!target) return false;
  const before = state.cpl;
  const iopl = (state.eflags & Flag.IOPL) >> 12;
  const level = selector & 3;
  let outer: Descriptor | undefined;
  if (level === before) {
    if (offset > limitOf(target)) return cpu.raise(Exception.GP, 0);
    if (!markAccessed(cpu, target)) return false;
    stack.pointer += 3 * size;
    state.esp = stack.espAfter(state.esp);
    enter(cpu, selector, target, level, offset);
  } else {
    if (!stack.available(2, size, 3 * size)) return false;
    const outerEsp = stack.peek(3 * size, size);
    const stackSelector = stack.peek(4 * size, size) & 0xffff;
    const ss = stackSegment(cpu, stackSelector, level, Exception.GP);
    if (!ss) return false;
    if (offset > limitOf(target)) return cpu.raise(Exception.GP, 0);
    if (!markAccessed(cpu, ss) || !markAccessed(cpu, target)) return false;
    leaveToOuter(cpu, selector, target, offset, stackSelector, ss, outerEsp);
    outer = ss;
  }
  loadFlags(cpu, flags, size, 'iret', before);
  if (size === 4) noteReturn(cpu, before, iopl, target, outer);
  if (outer && level === USER && cpu.observesTransfers) cpu.bus.observeTransfer?.({ kind: 'leave' });
  return true;
}

/** IRET at CPL 0 with VM set in the flags popped. */
function returnToVirtual8086(cpu: Cpu, stack: StackFrame, offset: number, selector: number, flags: number): boolean {
  const { state } = cpu;
  if (!stack.available(6, 4, 12)) return false;
  const [esp, ss, es, ds, fs, gs] = [12, 16, 20, 24, 28, 32].map(at => stack.peek(at, 4)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (offset > 0xffff) return cpu.raise(Exception.GP, 0);
  cpu.eflags = flags & cpu.model.eflags;
  state.cpl = 3;
  const access = Access.present | Access.segment | Access.writable | Access.accessed | (3 << Access.privilegeShift);
  for (const [segment, value] of [
    [0, es],
    [1, selector],
    [2, ss],
    [3, ds],
    [4, fs],
    [5, gs],
  ] as const) {
    cpu.setSegment(segment, realSegment(value & 0xffff, 0xffff, access));
  }
  state.esp = esp | 0;
  state.eip = offset | 0;
  cpu.updateMode();
  return true;
}
