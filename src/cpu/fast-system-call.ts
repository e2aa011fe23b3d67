/**
 * SYSENTER and SYSEXIT. Source: SDM vol. 2. Flat segments are made, not read: CS and SS of the kernel are SYSENTER_CS and the one after it, those of
 * user code the two after that. EIP and ESP come from the registers named; nothing of the caller is saved.
 */
import { Flag } from '../isa/flags.ts';
import type { Cpu } from './cpu.ts';
import { Exception } from './descriptors.ts';

const CS = 1;
const SS = 2;
/** 4 GiB, 32 bits, present, accessed: execute/read, and read/write. */
const CODE = 0xc09b;
const DATA = 0xc093;

function setFlat(cpu: Cpu, code: number, stack: number, cpl: number): void {
  const flat = { base: 0, limit: 0xffffffff };
  cpu.setSegment(CS, { ...flat, selector: code | cpl, access: CODE | (cpl << 5) });
  cpu.setSegment(SS, { ...flat, selector: stack | cpl, access: DATA | (cpl << 5) });
  cpu.state.cpl = cpl;
}

export function sysenter(cpu: Cpu): boolean {
  const { state } = cpu;
  const base = state.sysenterCs & 0xfffc;
  if (!cpu.protectedMode || base === 0) return cpu.raise(Exception.GP, 0);
  const { cpl, eip, esp } = state;
  state.eflags &= ~(Flag.VM | Flag.IF | Flag.RF);
  setFlat(cpu, base, (base + 8) & 0xffff, 0);
  state.esp = state.sysenterEsp;
  state.eip = state.sysenterEip;
  cpu.updateMode();
  if (cpl === 3 && cpu.observesTransfers)
    cpu.bus.observeTransfer?.({ kind: 'enter', vector: undefined, eip: eip >>> 0, esp: esp >>> 0 });
  return true;
}

/** To EDX, with the stack at ECX. */
export function sysexit(cpu: Cpu): boolean {
  const { state } = cpu;
  const base = state.sysenterCs & 0xfffc;
  if (!cpu.protectedMode || state.cpl !== 0 || base === 0) return cpu.raise(Exception.GP, 0);
  setFlat(cpu, (base + 16) & 0xffff, (base + 24) & 0xffff, 3);
  state.esp = state.ecx;
  state.eip = state.edx;
  cpu.updateMode();
  if (cpu.observesTransfers) cpu.bus.observeTransfer?.({ kind: 'leave' });
  return true;
}
