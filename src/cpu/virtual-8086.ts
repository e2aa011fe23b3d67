/**
 * Virtual-8086 mode and its extensions: INT n, CLI, STI. Source: SDM vol. 3, 20.2.7 to 20.4 (CR4.VME, the redirection bitmap, VIF and VIP), 20.4.1 (CR4.PVI:
 * the same two flags for CPL 3 in protected mode).
 *
 *   INT n   bitmap bit 1, or no VME: through the IDT, which needs IOPL 3
 *           bitmap bit 0: the 8086 program's own handler, from the vector table at linear 0
 */
import { Flag } from '../isa/flags.ts';
import type { Cpu } from './cpu.ts';
import { Exception, loadReal } from './descriptors.ts';
import { interruptFlagIsVirtual } from './eflags.ts';
import { softwareInterrupt } from './interrupts.ts';
import { StackFrame } from './stack-frame.ts';

const CR4_VME = 1;
const CR4_PVI = 2;
/** Place of the I/O map base in a 32-bit TSS; the redirection bitmap is the 32 bytes before the map. */
const IO_MAP_BASE = 0x66;
const BITMAP_BYTES = 32;
const CS = 1;

/** INT n in any mode. */
export function interruptInstruction(cpu: Cpu, vector: number): boolean {
  if (!cpu.virtual8086) return softwareInterrupt(cpu, vector);
  if ((cpu.state.cr4 & CR4_VME) !== 0) {
    const redirected = isRedirected(cpu, vector);
    if (redirected === undefined) return false;
    if (redirected) return enterOwnHandler(cpu, vector);
  }
  if (interruptFlagIsVirtual(cpu)) return cpu.raise(Exception.GP, 0);
  return softwareInterrupt(cpu, vector);
}

/** Undefined after raising a fault. */
function isRedirected(cpu: Cpu, vector: number): boolean | undefined {
  const { state } = cpu;
  const limit = state.taskLimit >>> 0;
  const refuse = (): undefined => {
    cpu.raise(Exception.GP, 0);
  };
  if ((state.taskAccess & 8) === 0 || limit < IO_MAP_BASE + 1) return refuse();
  const map = cpu.linear.readSystem(state.taskBase + IO_MAP_BASE, 2);
  if (map < 0) return undefined;
  const at = map - BITMAP_BYTES + (vector >> 3);
  if (at < 0 || at > limit) return refuse();
  const bits = cpu.linear.readSystem(state.taskBase + at, 1);
  return bits < 0 ? undefined : ((bits >> (vector & 7)) & 1) === 0;
}

/** As an 8086 would: flags, CS and IP on its stack. With IOPL below 3 the flags pushed show VIF as IF, and IOPL 3. */
function enterOwnHandler(cpu: Cpu, vector: number): boolean {
  const { state } = cpu;
  const virtual = interruptFlagIsVirtual(cpu);
  const entry = cpu.linear.read(vector * 4, 4, true);
  if (entry < 0) return false;
  const stack = StackFrame.current(cpu);
  if (!stack.reserve(3, 2)) return false;
  const { eflags } = cpu;
  const image = virtual ? (eflags & ~Flag.IF) | ((eflags & Flag.VIF) !== 0 ? Flag.IF : 0) | Flag.IOPL : eflags;
  stack.push(image & 0xffff, 2);
  stack.push(cpu.selector(CS), 2);
  stack.push(state.eip & 0xffff, 2);
  state.esp = stack.espAfter(state.esp);
  state.eflags &= ~(Flag.TF | Flag.RF | (virtual ? Flag.VIF : Flag.IF));
  cpu.events.trapHeld = true;
  loadReal(cpu, CS, entry >>> 16);
  state.eip = entry & 0xffff;
  return true;
}

/** What CLI and STI act on: IF, VIF, or nothing (undefined: #GP). */
function interruptFlag(cpu: Cpu): number | undefined {
  const { state } = cpu;
  if (state.cpl <= (state.eflags & Flag.IOPL) >> 12) return Flag.IF;
  const extension = cpu.virtual8086 ? CR4_VME : state.cpl === 3 ? CR4_PVI : 0;
  return (state.cr4 & extension) !== 0 ? Flag.VIF : undefined;
}

export function clearInterruptFlag(cpu: Cpu): boolean {
  const flag = interruptFlag(cpu);
  if (flag === undefined) return cpu.raise(Exception.GP, 0);
  cpu.state.eflags &= ~flag;
  return true;
}

export function setInterruptFlag(cpu: Cpu): boolean {
  const { state } = cpu;
  const flag = interruptFlag(cpu);
  const pending = flag === Flag.VIF && (state.eflags & Flag.VIP) !== 0;
  if (flag === undefined || pending) return cpu.raise(Exception.GP, 0);
  if (flag === Flag.IF && (state.eflags & Flag.IF) === 0) cpu.events.shadow = true;
  state.eflags |= flag;
  return true;
}
