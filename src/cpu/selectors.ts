/**
 * Instructions about selectors: LLDT, LTR, and the inspections LAR, LSL, VERR, VERW, which answer in ZF and never fault on a bad selector.
 * Source: SDM vol. 2.
 */
import type { Cpu } from './cpu.ts';
import { Exception, isNull, readDescriptor, SystemType, selectorCode } from './descriptors.ts';
import { Access, baseOf, type Descriptor, isPresent, limitOf, privilegeOf, typeOf } from './segments.ts';

export function loadLocalTable(cpu: Cpu, operand: number): boolean {
  const { state } = cpu;
  const selector = operand & 0xffff;
  if (isNull(selector)) {
    state.ldtSelector = selector;
    return true;
  }
  if ((selector & 4) !== 0) return cpu.raise(Exception.GP, selectorCode(selector));
  const d = readDescriptor(cpu, selector, Exception.GP);
  if (!d) return false;
  if (typeOf(d) !== SystemType.ldt) return cpu.raise(Exception.GP, selectorCode(selector));
  if (!isPresent(d)) return cpu.raise(Exception.NP, selectorCode(selector));
  state.ldtSelector = selector;
  state.ldtBase = baseOf(d) | 0;
  state.ldtLimit = limitOf(d) | 0;
  return true;
}

/** The TSS becomes busy. */
export function loadTask(cpu: Cpu, operand: number): boolean {
  const { state } = cpu;
  const selector = operand & 0xffff;
  if (isNull(selector)) return cpu.raise(Exception.GP, 0);
  if ((selector & 4) !== 0) return cpu.raise(Exception.GP, selectorCode(selector));
  const d = readDescriptor(cpu, selector, Exception.GP);
  if (!d) return false;
  const type = typeOf(d);
  if (type !== SystemType.tss16 && type !== SystemType.tss32) return cpu.raise(Exception.GP, selectorCode(selector));
  if (!isPresent(d)) return cpu.raise(Exception.NP, selectorCode(selector));
  if (!cpu.linear.writeSystem(d.at + 4, d.high | 0x200, 4)) return false;
  state.taskSelector = selector;
  state.taskBase = baseOf(d) | 0;
  state.taskLimit = limitOf(d) | 0;
  state.taskAccess = type | 2;
  return true;
}

/** The descriptor when the table has it; undefined when not; false after a page fault in reading it. */
function lookUp(cpu: Cpu, selector: number): Descriptor | undefined | false {
  if (isNull(selector)) return undefined;
  const d = readDescriptor(cpu, selector, Exception.GP);
  if (d) return d;
  return cpu.fault.vector === Exception.PF ? false : undefined;
}

/** Code and data segments are visible by privilege unless conforming; system descriptors by privilege and where the type allows. */
function visible(cpu: Cpu, selector: number, d: Descriptor, systemTypes: readonly number[]): boolean {
  const type = typeOf(d);
  const conforming =
    (type & (Access.segment | Access.code | Access.expandDown)) === (Access.segment | Access.code | Access.expandDown);
  const privileged = conforming || Math.max(cpu.state.cpl, selector & 3) <= privilegeOf(d);
  return privileged && ((type & Access.segment) !== 0 || systemTypes.includes(type));
}

const LAR_TYPES = [1, 2, 3, 4, 5, 9, 11, 12];
const LSL_TYPES = [1, 2, 3, 9, 11];

export function loadAccessRights(cpu: Cpu, operand: number, register: number, size: number): boolean {
  const selector = operand & 0xffff;
  const d = lookUp(cpu, selector);
  if (d === false) return false;
  const found = d !== undefined && visible(cpu, selector, d, LAR_TYPES);
  if (found) cpu.setRegister(register, d.high & (size === 4 ? 0x00f0ff00 : 0xff00), size);
  cpu.setZero(found);
  return true;
}

export function loadSegmentLimit(cpu: Cpu, operand: number, register: number, size: number): boolean {
  const selector = operand & 0xffff;
  const d = lookUp(cpu, selector);
  if (d === false) return false;
  const found = d !== undefined && visible(cpu, selector, d, LSL_TYPES);
  if (found) cpu.setRegister(register, limitOf(d) | 0, size);
  cpu.setZero(found);
  return true;
}

export function verify(cpu: Cpu, operand: number, write: boolean): boolean {
  const selector = operand & 0xffff;
  const d = lookUp(cpu, selector);
  if (d === false) return false;
  let able = false;
  if (d && visible(cpu, selector, d, [])) {
    const type = typeOf(d);
    const code = (type & Access.code) !== 0;
    able = write ? !code && (type & Access.writable) !== 0 : !code || (type & Access.writable) !== 0;
  }
  cpu.setZero(able);
  return true;
}
