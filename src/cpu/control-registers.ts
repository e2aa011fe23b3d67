/** MOV to and from control registers. Source: SDM vol. 3, 2.5. The caller has checked CPL. */
import { CR0_PG } from '../mmu/paging.ts';
import type { Cpu } from './cpu.ts';
import { Exception } from './descriptors.ts';

const CR0 = {
  PE: 1,
  MP: 2,
  EM: 4,
  TS: 8,
  ET: 16,
  NE: 32,
  WP: 1 << 16,
  AM: 1 << 18,
  NW: 1 << 29,
  CD: 1 << 30,
  PG: CR0_PG,
} as const;
const CR0_DEFINED = CR0.PE | CR0.MP | CR0.EM | CR0.TS | CR0.ET | CR0.NE | CR0.WP | CR0.AM | CR0.NW | CR0.CD | CR0.PG;
/** What this processor has of CR4: VME, PVI, TSD, DE, PSE, PGE (kept, without effect on flushing), OSFXSR. The others, PAE among them, are reserved: #GP. */
const CR4_DEFINED = 0x1f | (1 << 7) | (1 << 9);

export function moveToControl(cpu: Cpu, number: number, value: number): boolean {
  const { state } = cpu;
  switch (number) {
    case 0: {
      const next = (value & CR0_DEFINED) | CR0.ET;
      const pagingWithoutProtection = (next & CR0.PG) !== 0 && (next & CR0.PE) === 0;
      const writeThroughWithoutDisable = (next & CR0.NW) !== 0 && (next & CR0.CD) === 0;
      if (pagingWithoutProtection || writeThroughWithoutDisable) return cpu.raise(Exception.GP, 0);
      const translation = (next ^ state.cr0) & (CR0.PG | CR0.WP | CR0.PE);
      state.cr0 = next;
      if (translation !== 0) cpu.flushTlb();
      return true;
    }
    case 2:
      state.cr2 = value;
      return true;
    case 3:
      // PWT and PCD, bits 3 and 4, are kept; the other low bits are ignored.
      state.cr3 = value & ~0xfe7;
      cpu.flushTlb();
      return true;
    default:
      if ((value & ~CR4_DEFINED) !== 0) return cpu.raise(Exception.GP, 0);
      state.cr4 = value;
      cpu.flushTlb();
      return true;
  }
}

export function moveFromControl(cpu: Cpu, register: number, number: number): boolean {
  const { state } = cpu;
  const value = number === 0 ? state.cr0 : number === 2 ? state.cr2 : number === 3 ? state.cr3 : state.cr4;
  cpu.setRegister(register, value, 4);
  return true;
}
