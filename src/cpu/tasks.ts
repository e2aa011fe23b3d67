/**
 * Hardware task switching. Source: SDM vol. 3, chapter 7 (7.2 the TSS, 7.3 the switch, 7.2.1 its layouts; table 7-1 for the checks).
 *
 * Faults that arise after the commit point (loading the new task's LDT and segments) are raised in the new task's context.
 */
import { Flag } from '../isa/flags.ts';
import { clearLocalBreakpoints, Dr6 } from './breakpoints.ts';
import { loadPageDirectory } from './control-registers.ts';
import type { Cpu } from './cpu.ts';
import {
  Exception,
  isNull,
  loadSegment,
  markAccessed,
  readDescriptor,
  SystemType,
  selectorCode,
  stackSegment,
} from './descriptors.ts';
import {
  Access,
  baseOf,
  type Descriptor,
  isPresent,
  limitOf,
  privilegeOf,
  realSegment,
  setDescriptor,
  typeOf,
} from './segments.ts';
import { StackFrame } from './stack-frame.ts';

type How = 'jump' | 'call' | 'return' | 'interrupt';

const GENERALS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
const BUSY = 2;
/** Bytes of the dynamic and static fields, by kind of TSS. */
const LEAST_LIMIT = { wide: 103, narrow: 43 } as const;

/** `restart`: RF, when a fault's handler is a task: set in the flags saved, so that the faulting instruction goes on past its breakpoint. */
export function switchTask(cpu: Cpu, selector: number, how: How, errorCode: number | undefined, restart = 0): boolean {
  const { state } = cpu;
  const toSelector = how === 'return' ? cpu.linear.readSystem(state.taskBase, 2) : selector;
  if (toSelector < 0) return false;
  // A bad back link is the current task's fault.
  const vector = how === 'return' ? Exception.TS : Exception.GP;
  if ((toSelector & 4) !== 0 || isNull(toSelector)) return cpu.raise(vector, selectorCode(toSelector));
  const to = readDescriptor(cpu, toSelector, vector);
  if (!to) return false;
  const wanted = how === 'return' ? BUSY : 0;
  const type = typeOf(to);
  const isTss = (type & ~(8 | BUSY)) === SystemType.tss16;
  if (!isTss || (type & BUSY) !== wanted) return cpu.raise(vector, selectorCode(toSelector));
  if (!isPresent(to)) return cpu.raise(Exception.NP, selectorCode(toSelector));
  const wide = (type & 8) !== 0;
  const limit = limitOf(to);
  if (limit < (wide ? LEAST_LIMIT.wide : LEAST_LIMIT.narrow)) return cpu.raise(Exception.TS, selectorCode(toSelector));
  const base = baseOf(to) | 0;
  const oldWide = (state.taskAccess & 8) !== 0;
  const oldSize = oldWide ? 104 : 44;
  // All that may page-fault is touched before the switch begins.
  if (!cpu.linear.probe(state.taskBase, oldSize, true, false)) return false;
  if (!cpu.linear.probe(base, wide ? 104 : 44, true, false)) return false;

  let eflags = cpu.eflags | restart;
  if (how === 'jump' || how === 'return') setBusy(cpu, state.taskSelector, false);
  if (how === 'return') eflags &= ~Flag.NT;
  saveState(cpu, oldWide, eflags);
  if (how === 'call' || how === 'interrupt') cpu.linear.writeSystem(base, state.taskSelector, 2);
  if (how !== 'return') setBusy(cpu, toSelector, true);

  // Commit point: from here faults belong to the new task.
  cpu.events.taskSwitched = true;
  cpu.events.trapHeld = true;
  clearLocalBreakpoints(cpu);
  state.taskSelector = toSelector;
  state.taskBase = base;
  state.taskLimit = limit | 0;
  state.taskAccess = type | BUSY;
  state.cr0 |= 8;
  const image = readState(cpu, base, wide);
  if (how === 'call' || how === 'interrupt') image.eflags |= Flag.NT;
  if (wide && (state.cr0 & 0x80000000) !== 0 && image.cr3 !== state.cr3) {
    if (!loadPageDirectory(cpu, image.cr3)) return false;
  }
  GENERALS.forEach((name, i) => {
    state[name] = image.generals[i]!;
  });
  cpu.eflags = image.eflags & cpu.model.eflags;
  state.eip = image.eip;
  if (!loadTaskSegments(cpu, image)) return false;
  if (errorCode !== undefined) {
    const stack = StackFrame.current(cpu);
    const size = wide ? 4 : 2;
    if (!stack.reserve(1, size)) return false;
    stack.push(errorCode, size);
    state.esp = stack.espAfter(state.esp);
  }
  if (wide && (cpu.linear.readSystem(base + 100, 2) & 1) !== 0) {
    state.dr6 |= Dr6.BT;
    cpu.fault = { vector: Exception.DB, errorCode: undefined, keepsRf: true };
    return false;
  }
  cpu.events.taskSwitched = false;
  return true;
}

function setBusy(cpu: Cpu, selector: number, busy: boolean): void {
  const at = (cpu.state.gdtBase + (selector & 0xfff8) + 4) | 0;
  const high = cpu.linear.readSystem(at, 4);
  cpu.linear.writeSystem(at, busy ? high | (BUSY << 8) : high & ~(BUSY << 8), 4);
}

interface TaskImage {
  readonly cr3: number;
  readonly eip: number;
  eflags: number;
  readonly generals: readonly number[];
  /** ES, CS, SS, DS, FS, GS. */
  readonly segments: readonly number[];
  readonly ldt: number;
}

function saveState(cpu: Cpu, wide: boolean, eflags: number): void {
  const { state } = cpu;
  const base = state.taskBase;
  const size = wide ? 4 : 2;
  let at = base + (wide ? 0x20 : 0x0e);
  const put = (value: number) => {
    cpu.linear.writeSystem(at, value, size);
    at += size;
  };
  put(state.eip);
  put(eflags);
  for (const name of GENERALS) put(state[name]);
  const segments = wide ? 6 : 4;
  for (let i = 0; i < segments; i++) {
    // Of a 32-bit slot only the selector's word is written.
    cpu.linear.writeSystem(at, cpu.selector(i), 2);
    at += size;
  }
}

function readState(cpu: Cpu, base: number, wide: boolean): TaskImage {
  const size = wide ? 4 : 2;
  let at = base + (wide ? 0x20 : 0x0e);
  const get = (): number => {
    const value = cpu.linear.readSystem(at, size);
    at += size;
    return value | 0;
  };
  const cr3 = wide ? cpu.linear.readSystem(base + 0x1c, 4) | 0 : 0;
  const eip = get();
  const eflags = get() | 2;
  // A 16-bit TSS leaves the high halves undefined: all ones, as processors do.
  const generals = GENERALS.map(() => (wide ? get() : get() | 0xffff0000));
  const segments = Array.from({ length: wide ? 6 : 4 }, () => get() & 0xffff);
  while (segments.length < 6) segments.push(0);
  return { cr3, eip, eflags, generals, segments, ldt: get() & 0xffff };
}

function loadTaskSegments(cpu: Cpu, image: TaskImage): boolean {
  const { state } = cpu;
  const TS = Exception.TS;
  // Selectors are in place first, unusable until each is checked.
  image.segments.forEach((selector, i) => {
    cpu.setSegment(i, { selector, base: 0, limit: 0, access: 0 });
  });
  state.ldtSelector = image.ldt;
  state.ldtLimit = 0;
  const virtual = (image.eflags & Flag.VM) !== 0;
  state.cpl = virtual ? 3 : image.segments[1]! & 3;
  cpu.updateMode();
  if (!loadTaskLdt(cpu, image.ldt)) return withoutStack(cpu);
  if (virtual) {
    const access = Access.present | Access.segment | Access.writable | Access.accessed | (3 << Access.privilegeShift);
    image.segments.forEach((selector, i) => {
      cpu.setSegment(i, realSegment(selector, 0xffff, access));
    });
    cpu.updateMode();
    return true;
  }
  const cs = image.segments[1]!;
  const { cpl } = state;
  // The stack before the code, so that the handler of a fault in what follows has one (table 7-1).
  const ss = stackSegment(cpu, image.segments[2]!, cpl, TS);
  if (!ss || !markAccessed(cpu, ss)) return withoutStack(cpu);
  setDescriptor(cpu.words, 2, image.segments[2]!, ss);
  const code = isNull(cs) ? cpu.raise(TS, 0) : readDescriptor(cpu, cs, TS);
  if (!code) return false;
  if (!codeFits(code, cpl)) return cpu.raise(TS, selectorCode(cs));
  if (!isPresent(code)) return cpu.raise(Exception.NP, selectorCode(cs));
  for (const segment of [0, 3, 4, 5]) if (!loadSegment(cpu, segment, image.segments[segment]!, cpl, TS)) return false;
  if (!markAccessed(cpu, code)) return false;
  setDescriptor(cpu.words, 1, cs, code);
  cpu.updateMode();
  if (image.eip >>> 0 > limitOf(code)) return cpu.raise(Exception.GP, 0);
  return true;
}

function loadTaskLdt(cpu: Cpu, selector: number): boolean {
  const { state } = cpu;
  if (isNull(selector)) return true;
  const d =
    (selector & 4) === 0
      ? readDescriptor(cpu, selector, Exception.TS)
      : cpu.raise(Exception.TS, selectorCode(selector));
  if (!d) return false;
  if (typeOf(d) !== SystemType.ldt || !isPresent(d)) return cpu.raise(Exception.TS, selectorCode(selector));
  state.ldtBase = baseOf(d) | 0;
  state.ldtLimit = limitOf(d) | 0;
  return true;
}

/** A fault before the new task has a stack: as from level 3, its handler gets one from the TSS. The manual does not say which it has. */
function withoutStack({ state }: Cpu): false {
  state.cpl = 3;
  return false;
}

function codeFits(d: Descriptor, cpl: number): boolean {
  const type = typeOf(d);
  if ((type & (Access.segment | Access.code)) !== (Access.segment | Access.code)) return false;
  return (type & Access.expandDown) !== 0 ? privilegeOf(d) <= cpl : privilegeOf(d) === cpl;
}
