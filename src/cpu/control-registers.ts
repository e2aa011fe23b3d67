/** MOV to and from control registers, LMSW, CR3 with the PDPTEs. Source: SDM vol. 3, 2.5, 4.4.1. The caller has checked CPL. */
import { CR0_PG, CR0_WP, CR4_PAE, CR4_PGE, CR4_PSE, readPointers } from '../mmu/paging.ts';
import type { Cpu } from './cpu.ts';
import { Exception } from './descriptors.ts';

const CR0 = {
  PE: 1,
  MP: 2,
  EM: 4,
  TS: 8,
  ET: 16,
  NE: 32,
  WP: CR0_WP,
  AM: 1 << 18,
  NW: 1 << 29,
  CD: 1 << 30,
  PG: CR0_PG,
} as const;
const CR0_I386 = CR0.PE | CR0.MP | CR0.EM | CR0.TS | CR0.ET | CR0.PG;
const CR0_I486 = CR0_I386 | CR0.NE | CR0.WP | CR0.AM | CR0.NW | CR0.CD;
const CR4_DE = 8;

export function moveToControl(cpu: Cpu, number: number, value: number): boolean {
  switch (number) {
    case 0:
      return setCr0(cpu, value);
    case 2:
      cpu.state.cr2 = value;
      return true;
    case 3:
      return loadPageDirectory(cpu, value);
    default:
      return setCr4(cpu, value);
  }
}

function setCr0(cpu: Cpu, value: number): boolean {
  const { state } = cpu;
  const defined = cpu.model.features.has('i486') ? CR0_I486 : CR0_I386;
  const next = (value & defined) | CR0.ET;
  const pagingWithoutProtection = (next & CR0.PG) !== 0 && (next & CR0.PE) === 0;
  const writeThroughWithoutDisable = (next & CR0.NW) !== 0 && (next & CR0.CD) === 0;
  if (pagingWithoutProtection || writeThroughWithoutDisable) return cpu.raise(Exception.GP, 0);
  const changed = next ^ state.cr0;
  const reloads = (changed & (CR0.PG | CR0.CD | CR0.NW)) !== 0 && (next & CR0.PG) !== 0;
  if (reloads && !loadPointers(cpu, state.cr3, state.cr4)) return false;
  state.cr0 = next;
  if ((changed & (CR0.PG | CR0.WP | CR0.PE)) !== 0) cpu.flushTlb();
  else if ((changed & CR0.AM) !== 0) cpu.updateMode();
  return true;
}

function setCr4(cpu: Cpu, value: number): boolean {
  const { state, model } = cpu;
  if (model.cr4 === 0) return cpu.raise(Exception.UD);
  if ((value & ~model.cr4) !== 0) return cpu.raise(Exception.GP, 0);
  const changed = value ^ state.cr4;
  const translation = (changed & (CR4_PAE | CR4_PGE | CR4_PSE)) !== 0;
  if (translation && (state.cr0 & CR0.PG) !== 0 && !loadPointers(cpu, state.cr3, value)) return false;
  state.cr4 = value;
  if (translation) cpu.flushTlb();
  if ((changed & CR4_DE) !== 0) cpu.breakpoints.update(cpu);
  return true;
}

/** Loads CR3; with PAE the PDPTEs too: #GP(0), with nothing changed, when they have reserved bits. */
export function loadPageDirectory(cpu: Cpu, value: number): boolean {
  const { state } = cpu;
  if ((state.cr0 & CR0.PG) !== 0 && !loadPointers(cpu, value, state.cr4)) return false;
  // The low three bits are ignored; PWT and PCD have no effect.
  state.cr3 = value & ~7;
  cpu.flushTlb(true);
  return true;
}

function loadPointers(cpu: Cpu, cr3: number, cr4: number): boolean {
  if ((cr4 & CR4_PAE) === 0) return true;
  const pointers = readPointers(cpu.physical, cr3);
  if (!pointers) return cpu.raise(Exception.GP, 0);
  const { state } = cpu;
  [state.pdpte0, state.pdpte1, state.pdpte2, state.pdpte3, state.pdpteHigh] = pointers;
  return true;
}

export function moveFromControl(cpu: Cpu, register: number, number: number): boolean {
  const { state } = cpu;
  if (number === 4 && cpu.model.cr4 === 0) return cpu.raise(Exception.UD);
  const value = number === 0 ? state.cr0 : number === 2 ? state.cr2 : number === 3 ? state.cr3 : state.cr4;
  cpu.setRegister(register, value, 4);
  return true;
}
