/**
 * Reading descriptors and loading segment registers in protected mode. Source: SDM vol. 3, 5.6 (privilege), vol. 2 MOV, LDS, POP.
 * Functions answer false after raising a fault.
 */
import type { Cpu } from './cpu.ts';
import {
  Access,
  accessOf,
  baseOf,
  type Descriptor,
  isPresent,
  limitOf,
  privilegeOf,
  realSegment,
  type SegmentValue,
  setDescriptor,
  typeOf,
} from './segments.ts';
import { SegmentWord, segmentWord } from './state.ts';
import { noteLoad } from './transfer-cache.ts';

export const Exception = {
  DE: 0,
  DB: 1,
  NMI: 2,
  BP: 3,
  OF: 4,
  BR: 5,
  UD: 6,
  NM: 7,
  DF: 8,
  TS: 10,
  NP: 11,
  SS: 12,
  GP: 13,
  PF: 14,
  MF: 16,
  AC: 17,
  XM: 19,
} as const;

/** System descriptor types. */
export const SystemType = {
  tss16: 1,
  ldt: 2,
  tss16Busy: 3,
  callGate16: 4,
  taskGate: 5,
  interruptGate16: 6,
  trapGate16: 7,
  tss32: 9,
  tss32Busy: 11,
  callGate32: 12,
  interruptGate32: 14,
  trapGate32: 15,
} as const;

export const isNull = (selector: number): boolean => (selector & 0xfffc) === 0;
/** Error code that names a selector: its index and table, RPL bits clear. */
export const selectorCode = (selector: number): number => selector & 0xfffc;

const SS = 2;

/** The descriptor a selector names. Beyond its table: raises `vector` with the selector. */
export function readDescriptor(cpu: Cpu, selector: number, vector: number): Descriptor | false {
  const { state } = cpu;
  const local = (selector & 4) !== 0;
  const limit = (local ? state.ldtLimit : state.gdtLimit) >>> 0;
  if ((selector | 7) > limit || (local && isNull(state.ldtSelector))) return cpu.raise(vector, selectorCode(selector));
  return readEntry(cpu, ((local ? state.ldtBase : state.gdtBase) + (selector & 0xfff8)) | 0);
}

/** The two doublewords of a table at a linear address; false after a page fault. */
export function readEntry(cpu: Cpu, at: number): Descriptor | false {
  const place = cpu.linear.plain(at, 8, false, false);
  if (place >= 0) return { low: cpu.view.getInt32(place, true), high: cpu.view.getInt32(place + 4, true), at };
  const low = cpu.linear.readSystem(at, 4);
  if (low < 0) return false;
  const high = cpu.linear.readSystem(at + 4, 4);
  return high < 0 ? false : { low: low | 0, high: high | 0, at };
}

/** Sets the accessed bit in the table, as loading a segment register does. */
export function markAccessed(cpu: Cpu, d: Descriptor): boolean {
  if ((d.high & 0x100) !== 0) return true;
  return cpu.linear.writeSystem(d.at + 4, d.high | 0x100, 4);
}

export function segmentFrom(selector: number, d: Descriptor): SegmentValue {
  return { selector, base: baseOf(d) | 0, limit: limitOf(d), access: accessOf(d) | Access.accessed };
}

/** Loads ES, SS, DS, FS or GS in the current mode. `cpl` for loads on behalf of a new privilege level. */
export function loadSegment(
  cpu: Cpu,
  segment: number,
  selector: number,
  cpl = cpu.state.cpl,
  vector: number = Exception.GP,
): boolean {
  if (cpu.realAddressing) {
    loadReal(cpu, segment, selector);
    return true;
  }
  if (segment !== SS && isNull(selector)) {
    cpu.setSegment(segment, { ...NULL_SEGMENT, selector });
  } else {
    const d = segment === SS ? stackSegment(cpu, selector, cpl, vector) : dataSegment(cpu, selector, cpl, vector);
    if (!d || (segment === SS && !markAccessed(cpu, d))) return false;
    setDescriptor(cpu.words, segment, selector, d);
    if (segment !== SS && cpl === cpu.state.cpl) noteLoad(cpu, segment, selector, d);
  }
  cpu.updateMode();
  return true;
}

/**
 * In real mode a load makes a writable data segment of whatever was there, CS too, and leaves the limit and the B bit (that is how "unreal" mode works).
 * Virtual-8086 mode gives 64 KiB data segments of privilege 3.
 */
export function loadReal(cpu: Cpu, segment: number, selector: number): void {
  const old = cpu.segment(segment);
  const fixed = Access.present | Access.segment | Access.writable | Access.accessed;
  if (cpu.virtual8086) cpu.setSegment(segment, realSegment(selector, 0xffff, fixed | (3 << Access.privilegeShift)));
  else
    cpu.setSegment(segment, {
      ...old,
      selector,
      base: selector << 4,
      access: fixed | (old.access & (Access.big | Access.granularity)),
    });
  cpu.updateMode();
}

/** Checks a selector for SS, and gives its descriptor, marked accessed. `vector`: #GP, or #TS when a task or inner stack is being set up. */
export function stackSegment(cpu: Cpu, selector: number, cpl: number, vector: number): Descriptor | false {
  if (isNull(selector)) return cpu.raise(vector, vector === Exception.TS ? selectorCode(selector) : 0);
  const d = readDescriptor(cpu, selector, vector);
  if (!d) return false;
  const type = typeOf(d);
  const writableData = (type & (Access.segment | Access.code | Access.writable)) === (Access.segment | Access.writable);
  if ((selector & 3) !== cpl || !writableData || privilegeOf(d) !== cpl)
    return cpu.raise(vector, selectorCode(selector));
  return isPresent(d) ? d : cpu.raise(Exception.SS, selectorCode(selector));
}

/** The same for ES, DS, FS and GS, but for null selectors. */
function dataSegment(cpu: Cpu, selector: number, cpl: number, vector: number): Descriptor | false {
  const d = readDescriptor(cpu, selector, vector);
  if (!d) return false;
  const type = typeOf(d);
  const isSegment = (type & Access.segment) !== 0;
  const isCode = (type & Access.code) !== 0;
  const readable = !isCode || (type & Access.writable) !== 0;
  const conforming = isCode && (type & Access.expandDown) !== 0;
  const privileged = conforming || Math.max(selector & 3, cpl) <= privilegeOf(d);
  if (!isSegment || !readable || !privileged) return cpu.raise(vector, selectorCode(selector));
  if (!isPresent(d)) return cpu.raise(Exception.NP, selectorCode(selector));
  return markAccessed(cpu, d) ? d : false;
}

/** Linear address of ESP and SS for privilege level `level` in the current TSS. */
export function innerStackAt({ state }: Cpu, level: number): number {
  return (state.taskBase + ((state.taskAccess & 8) !== 0 ? 4 + level * 8 : 2 + level * 4)) | 0;
}

/** ESP for privilege level `level` from the current TSS, unsigned, and SS in `cpu.innerSelector`; -1 after raising a fault. */
export function innerStack(cpu: Cpu, level: number): number {
  const { state } = cpu;
  const wide = (state.taskAccess & 8) !== 0;
  const at = innerStackAt(cpu, level);
  if (at - state.taskBase + (wide ? 5 : 3) > state.taskLimit >>> 0) {
    cpu.raise(Exception.TS, selectorCode(state.taskSelector));
    return -1;
  }
  const esp = cpu.linear.readSystem(at, wide ? 4 : 2);
  if (esp < 0) return -1;
  cpu.innerSelector = cpu.linear.readSystem(at + (wide ? 4 : 2), 2);
  return cpu.innerSelector < 0 ? -1 : esp;
}

/** After a change to an outer level: data segments more privileged than it become null. */
export function dropPrivilegedSegments(cpu: Cpu): void {
  const { words } = cpu;
  const { cpl } = cpu.state;
  for (const segment of DATA_SEGMENTS) {
    const access = words[segmentWord(segment) + SegmentWord.access]!;
    const conforming = (access & Access.code) !== 0 && (access & Access.expandDown) !== 0;
    const privilege = (access >> Access.privilegeShift) & 3;
    if (!conforming && privilege < cpl && !isNull(words[segmentWord(segment) + SegmentWord.selector]!))
      cpu.setSegment(segment, NULL_SEGMENT);
  }
}

/** ES, DS, FS, GS. */
const DATA_SEGMENTS = [0, 3, 4, 5];
/** What a segment register holds that cannot be used. */
export const NULL_SEGMENT: SegmentValue = { selector: 0, base: 0, limit: 0, access: 0 };
