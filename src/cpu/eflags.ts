/** Which bits of EFLAGS an instruction may load. Source: SDM vol. 2, POPF and IRET; vol. 1, 3.4.3; vol. 3, 20.4 (virtual interrupt flag). */
import { Flag } from '../isa/flags.ts';
import type { Cpu } from './cpu.ts';

/** In virtual-8086 mode with IOPL below 3 what a program does to IF is not done to IF: VIF stands for it where CR4.VME is set. */
export function interruptFlagIsVirtual(cpu: Cpu): boolean {
  return cpu.virtual8086 && (cpu.state.eflags & Flag.IOPL) !== Flag.IOPL;
}

/** Whether an image of flags may not be loaded where VIF stands for IF: it sets TF, or IF while an interrupt is pending. */
export function refusesVirtualFlags(cpu: Cpu, image: number): boolean {
  return (image & Flag.TF) !== 0 || ((image & Flag.IF) !== 0 && (cpu.state.eflags & Flag.VIP) !== 0);
}

/** Which flags but the arithmetic ones such a load may change. */
export function loadableFlags(cpu: Cpu, size: number, by: 'popf' | 'iret', cpl: number, iopl: number): number {
  let mask = Flag.TF | Flag.DF | Flag.NT | Flag.AC | Flag.ID | (by === 'iret' ? Flag.RF : 0);
  if (cpl <= iopl) mask |= Flag.IF;
  if (cpl === 0) mask |= Flag.IOPL | (by === 'iret' && !cpu.realAddressing ? Flag.VIF | Flag.VIP : 0);
  if (size === 2) mask &= 0xffff;
  return mask & cpu.model.eflags;
}

/**
 * Loads flags from a stack image of `size` bytes. IF changes when `cpl` <= IOPL, IOPL at privilege 0; VM never. POPF clears RF, IRET loads it.
 * Where VIF stands for IF the image's IF becomes VIF, IF and IOPL stay; the caller has checked refusesVirtualFlags().
 */
export function loadFlags(cpu: Cpu, image: number, size: number, by: 'popf' | 'iret', cpl: number): void {
  const { state } = cpu;
  const old = state.eflags;
  const mask = loadableFlags(cpu, size, by, cpl, (old & Flag.IOPL) >> 12);
  const cleared = by === 'popf' ? ~Flag.RF : -1;
  let next = ((old & ~mask) | (image & mask)) & cleared;
  if (interruptFlagIsVirtual(cpu)) next = (next & ~Flag.VIF) | ((image & Flag.IF) !== 0 ? Flag.VIF : 0);
  cpu.setArithmeticFlags(image);
  state.eflags = next;
  if (((old ^ next) & Flag.AC) !== 0) cpu.updateMode();
}
