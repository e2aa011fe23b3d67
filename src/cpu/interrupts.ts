/**
 * Delivery of exceptions and interrupts. Source: SDM vol. 3, chapter 6 (6.12 gates, 6.13 error codes, 6.15 double fault), 21.1.4 (real mode), 21.3
 * (from virtual-8086 mode).
 *
 * A delivery checks everything before it changes anything but memory below the stack pointer, so a fault in it finds the state of before.
 */
import { Flag } from '../isa/flags.ts';
import { enterDebugHandler } from './breakpoints.ts';
import type { Fault } from './bus.ts';
import type { Cpu } from './cpu.ts';
import {
  Exception,
  innerStack,
  innerStackAt,
  isNull,
  loadReal,
  markAccessed,
  NULL_SEGMENT,
  readDescriptor,
  readEntry,
  SystemType,
  selectorCode,
  stackSegment,
} from './descriptors.ts';
import { Access, type Descriptor, isPresent, limitOf, privilegeOf, setDescriptor, typeOf } from './segments.ts';
import { StackFrame } from './stack-frame.ts';
import { switchTask } from './tasks.ts';
import { noteDelivery, SOFTWARE } from './transfer-cache.ts';

/** Who asked: decides the privilege check of the gate and the EXT bit of error codes. */
type Source = 'exception' | 'external' | 'software';

const CS = 1;
const SS = 2;
const USER = 3;
/** Error code bits: an IDT entry is meant; the event was external to the program. */
const IDT_CODE = 2;
const EXT = 1;

/** The interrupt controller's interrupt. False: the processor shut down. */
export function deliverInterrupt(cpu: Cpu): boolean {
  const vector = cpu.bus.acknowledgeInterrupt();
  return deliver(cpu, vector, 'external', undefined) || deliverFault(cpu, cpu.fault);
}

/** The NMI that is pending; no other comes through before IRET. False: the processor shut down. */
export function deliverNmi(cpu: Cpu): boolean {
  cpu.events.nmi = false;
  cpu.nmiBlocked = true;
  return deliver(cpu, Exception.NMI, 'external', undefined) || deliverFault(cpu, cpu.fault);
}

/** INT n, INT3, INTO. EIP is already the next instruction's. False after raising a fault. */
export function softwareInterrupt(cpu: Cpu, vector: number): boolean {
  const { cpl, eip, esp } = cpu.state;
  const done = deliver(cpu, vector, 'software', undefined);
  if (done && cpl === USER && cpu.observesTransfers && cpu.state.cpl !== USER)
    cpu.bus.observeTransfer?.({ kind: 'enter', vector, eip: eip >>> 0, esp: esp >>> 0 });
  return done;
}

/** INT1: #DB as if a debugger's hardware asked, so the gate's privilege is not checked. Source: SDM vol. 2, INT n. */
export function hardwareBreakpoint(cpu: Cpu): boolean {
  return deliver(cpu, Exception.DB, 'external', undefined);
}

const isContributory = (vector: number): boolean => vector === 0 || (vector >= 10 && vector <= 13);

/** Two exceptions that become a double fault when the second arises in delivering the first. */
function doubles(first: number, second: number): boolean {
  if (isContributory(first)) return isContributory(second);
  return first === Exception.PF && (isContributory(second) || second === Exception.PF);
}

/** Exceptions delivered in one go. Benign ones that fault again and again - #AC on a misaligned stack - have no end: time must pass in between. */
const MOST_IN_A_ROW = 4;

/** Delivers an exception, with what may follow from it, some of it after the next count of an instruction. False: a fault in delivering a double fault; the processor shuts down. */
export function deliverFault(cpu: Cpu, fault: Fault): boolean {
  const chain: Fault[] = [];
  let current = fault;
  for (;;) {
    chain.push(current);
    cpu.bus.observeException?.(current);
    cpu.events.taskSwitched = false;
    if (deliver(cpu, current.vector, 'exception', current.errorCode, isRestarted(current) ? Flag.RF : 0)) return true;
    const next = cpu.fault;
    if (current.vector === Exception.DF) {
      cpu.shutdown = [...chain, next];
      return false;
    }
    if (doubles(current.vector, next.vector)) {
      chain.push(next);
      current = { vector: Exception.DF, errorCode: 0 };
    } else if (chain.length === MOST_IN_A_ROW) {
      cpu.events.undelivered = next;
      return true;
    } else {
      current = next;
    }
  }
}

/** `restart`: RF, for a fault, so that an instruction breakpoint does not fire again when the instruction is begun anew. */
function deliver(cpu: Cpu, vector: number, source: Source, errorCode: number | undefined, restart = 0): boolean {
  const done = cpu.protectedMode
    ? cpu.deliverAgain(vector, source === 'software' ? SOFTWARE : 0, errorCode, restart) ||
      deliverThroughGate(cpu, vector, source, errorCode, restart)
    : deliverReal(cpu, vector);
  cpu.events.trapHeld ||= done;
  if (done && vector === Exception.DB) enterDebugHandler(cpu);
  if (done || !cpu.protectedMode) return done;
  const { fault } = cpu;
  if (source !== 'software' && fault.errorCode !== undefined && fault.vector !== Exception.PF) {
    cpu.raise(fault.vector, fault.errorCode | EXT);
  }
  return false;
}

function deliverReal(cpu: Cpu, vector: number): boolean {
  const { state } = cpu;
  if (vector * 4 + 3 > state.idtLimit >>> 0) return cpu.raise(Exception.GP);
  const entry = cpu.linear.readSystem(state.idtBase + vector * 4, 4);
  if (entry < 0) return false;
  const stack = StackFrame.current(cpu);
  if (!stack.reserve(3, 2)) return cpu.raise(Exception.SS);
  stack.pushAll([cpu.eflags, cpu.selector(CS), state.eip], 2);
  state.esp = stack.espAfter(state.esp);
  state.eflags &= ~(Flag.IF | Flag.TF | Flag.AC | Flag.RF);
  loadReal(cpu, CS, entry >>> 16);
  state.eip = entry & 0xffff;
  return true;
}

function deliverThroughGate(
  cpu: Cpu,
  vector: number,
  source: Source,
  errorCode: number | undefined,
  restart: number,
): boolean {
  const { state } = cpu;
  const { cpl } = state;
  const code = vector * 8 + IDT_CODE;
  if (vector * 8 + 7 > state.idtLimit >>> 0) return cpu.raise(Exception.GP, code);
  const gate = readEntry(cpu, (state.idtBase + vector * 8) | 0);
  if (!gate) return false;
  const { low, high } = gate;
  const type = typeOf(gate);
  const isTaskGate = type === SystemType.taskGate;
  const wide = type === SystemType.interruptGate32 || type === SystemType.trapGate32;
  const narrow = type === SystemType.interruptGate16 || type === SystemType.trapGate16;
  if (!isTaskGate && !wide && !narrow) return cpu.raise(Exception.GP, code);
  if (source === 'software' && privilegeOf(gate) < cpl) return cpu.raise(Exception.GP, code);
  if (!isPresent(gate)) return cpu.raise(Exception.NP, code);
  const selector = low >>> 16;
  if (isTaskGate) return switchTask(cpu, selector, 'interrupt', errorCode, restart);

  if (isNull(selector)) return cpu.raise(Exception.GP, 0);
  const target = readDescriptor(cpu, selector, Exception.GP);
  if (!target) return false;
  const targetType = typeOf(target);
  const privilege = privilegeOf(target);
  if ((targetType & (Access.segment | Access.code)) !== (Access.segment | Access.code) || privilege > cpl) {
    return cpu.raise(Exception.GP, selectorCode(selector));
  }
  if (!isPresent(target)) return cpu.raise(Exception.NP, selectorCode(selector));
  const conforming = (targetType & Access.expandDown) !== 0;
  const inner = !conforming && privilege < cpl;
  const virtual = (state.eflags & Flag.VM) !== 0;
  if (virtual && (!inner || privilege !== 0)) return cpu.raise(Exception.GP, selectorCode(selector));

  const size = wide ? 4 : 2;
  const newCpl = inner ? privilege : cpl;
  const offset = wide ? (high & 0xffff0000) | (low & 0xffff) : low & 0xffff;
  let newStack: Descriptor | undefined;
  let stackSelector = 0;
  let stack: StackFrame;
  if (inner) {
    const pointer = innerStack(cpu, privilege);
    if (pointer < 0) return false;
    stackSelector = cpu.innerSelector;
    const d = stackSegment(cpu, stackSelector, privilege, Exception.TS);
    if (!d) return false;
    newStack = d;
    stack = StackFrame.other(cpu, d, pointer, privilege === 3);
  } else stack = StackFrame.current(cpu);
  const words = 3 + (inner ? 2 : 0) + (virtual ? 4 : 0) + (errorCode === undefined ? 0 : 1);
  if (!stack.reserve(words, size, selectorCode(stackSelector))) return false;
  if (offset >>> 0 > limitOf(target)) return cpu.raise(Exception.GP, 0);
  if (newStack && !markAccessed(cpu, newStack)) return false;
  if (!markAccessed(cpu, target)) return false;

  if (virtual) for (const segment of [5, 4, 3, 0]) stack.push(cpu.selector(segment), size);
  const flags = cpu.eflags | restart;
  if (inner) stack.pushAll([cpu.selector(SS), state.esp, flags, cpu.selector(CS), state.eip], size);
  else stack.pushAll([flags, cpu.selector(CS), state.eip], size);
  if (errorCode !== undefined) stack.push(errorCode, size);

  const isInterruptGate = type === SystemType.interruptGate16 || type === SystemType.interruptGate32;
  const clearedFlags = Flag.TF | Flag.NT | Flag.VM | Flag.RF | (isInterruptGate ? Flag.IF : 0);
  state.eflags &= ~clearedFlags;
  if (virtual) for (const segment of [0, 3, 4, 5]) cpu.setSegment(segment, NULL_SEGMENT);
  state.esp = stack.espAfter(state.esp);
  if (newStack) setDescriptor(cpu.words, SS, stackSelector, newStack);
  state.cpl = newCpl;
  setDescriptor(cpu.words, CS, (selector & ~3) | newCpl, target);
  state.eip = offset;
  cpu.updateMode();
  if (wide && !virtual && vector !== Exception.DB) {
    const software = source === 'software';
    const stackPointerAt = inner ? innerStackAt(cpu, privilege) : 0;
    noteDelivery(cpu, { vector, software, cpl, gate, code: target, stack: newStack, stackPointerAt, clearedFlags });
  }
  return true;
}

/** Exceptions reported before the instruction: not traps (#BP, #OF, #DB for the most part), instruction breakpoints, or the abort #DF. */
function isRestarted({ vector, keepsRf }: Fault): boolean {
  return !keepsRf && vector !== Exception.BP && vector !== Exception.OF && vector !== Exception.DF;
}
