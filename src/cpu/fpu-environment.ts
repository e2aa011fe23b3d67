/**
 * The x87 environment and state in memory: FNSTENV, FLDENV, FNSAVE, FRSTOR. Source: SDM vol. 1, 8.1.10 and figures 8-9 to 8-12.
 *
 *   word      32-bit layout, at 4 bytes each          16-bit layout, at 2 bytes each
 *   0 1 2     control, status, tags (2 bits a register: 0 valid, 1 zero, 2 special, 3 empty)
 *   3         instruction offset                      the same
 *   4         selector; opcode in bits 16-26          selector
 *   5 6       data offset, selector                   the same
 * In real and virtual-8086 mode the pointers are linear addresses: words 3 and 5 hold bits 0-15, words 4 and 6 the rest from bit 12 up, and word
 * 4 the opcode in bits 0-10. Unused high halves are written as ones. FNSAVE adds ST(0) to ST(7), 10 bytes each.
 */
import { classify } from '../fpu/compare.ts';
import { make } from '../fpu/extended.ts';
import type { Cpu } from './cpu.ts';
import { readExtended, writeExtended } from './fpu-memory.ts';
import type { FpuStack } from './fpu-stack.ts';
import { fpuRegisterAddress } from './state.ts';

const Tag = { valid: 0, zero: 1, special: 2, empty: 3 } as const;

/** Bytes of the environment. */
export const environmentBytes = (size: 2 | 4): number => size * 7;
/** Bytes of environment and registers. */
export const stateBytes = (size: 2 | 4): number => size * 7 + 80;

/** The tag word: two bits for each physical register. */
export function fullTags(cpu: Cpu): number {
  let tags = 0;
  const full = cpu.fpu.tags;
  for (let n = 0; n < 8; n++) {
    const at = fpuRegisterAddress(n) >> 2;
    const value = make(cpu.words[at + 2]!, cpu.words[at + 1]!, cpu.words[at]!);
    const kind = classify(value);
    const empty = ((full >> n) & 1) === 0;
    tags |= (empty ? Tag.empty : kind === 'zero' ? Tag.zero : kind === 'normal' ? Tag.valid : Tag.special) << (n * 2);
  }
  return tags;
}

/** Only whether a register is empty is taken from a tag word. */
function setTags(cpu: Cpu, tags: number): void {
  let valid = 0;
  for (let n = 0; n < 8; n++) if (((tags >> (n * 2)) & 3) !== Tag.empty) valid |= 1 << n;
  cpu.fpu.tags = valid;
}

export function writeEnvironment(cpu: Cpu, at: number, size: 2 | 4): void {
  const { state, view, fpu } = cpu;
  const word = (i: number, value: number): void => {
    if (size === 2) view.setUint16(at + i * 2, value & 0xffff, true);
    else view.setInt32(at + i * 4, value, true);
  };
  const ones = 0xffff0000;
  word(0, state.fpuControl | ones);
  word(1, fpu.status | ones);
  word(2, fullTags(cpu) | ones);
  if (cpu.realAddressing) {
    const instruction = state.fpuInstruction + state.fpuInstructionSelector * 16;
    const data = state.fpuData + state.fpuDataSelector * 16;
    // Bits 16 and up of the address, at bit 12.
    const high = size === 2 ? 0xf000 : 0x0ffff000;
    word(3, instruction & 0xffff);
    word(4, ((instruction >>> 4) & high) | state.fpuOpcode);
    word(5, data & 0xffff);
    word(6, (data >>> 4) & high);
  } else {
    word(3, state.fpuInstruction);
    word(4, state.fpuInstructionSelector | (state.fpuOpcode << 16));
    word(5, state.fpuData);
    word(6, state.fpuDataSelector | ones);
  }
}

export function readEnvironment(cpu: Cpu, fpu: FpuStack, at: number, size: 2 | 4): void {
  const { state, view } = cpu;
  const word = (i: number): number => (size === 2 ? view.getUint16(at + i * 2, true) : view.getInt32(at + i * 4, true));
  fpu.status = word(1);
  setTags(cpu, word(2));
  if (cpu.realAddressing) {
    const high = size === 2 ? 0xf000 : 0x0ffff000;
    state.fpuInstruction = (word(3) & 0xffff) | ((word(4) & high) << 4);
    state.fpuInstructionSelector = 0;
    state.fpuOpcode = word(4) & 0x7ff;
    state.fpuData = (word(5) & 0xffff) | ((word(6) & high) << 4);
    state.fpuDataSelector = 0;
  } else {
    state.fpuInstruction = word(3);
    state.fpuInstructionSelector = word(4) & 0xffff;
    if (size === 4) state.fpuOpcode = (word(4) >> 16) & 0x7ff;
    state.fpuData = word(5);
    state.fpuDataSelector = word(6) & 0xffff;
  }
  fpu.setControl(word(0));
}

export function writeRegisters(cpu: Cpu, fpu: FpuStack, at: number, stride: number): void {
  for (let i = 0; i < 8; i++) writeExtended(cpu.view, at + i * stride, fpu.read(i));
}

/** ST(0) to ST(7); what their tags say stays. */
export function readRegisters(cpu: Cpu, fpu: FpuStack, at: number, stride: number): void {
  const { tags } = fpu;
  for (let i = 0; i < 8; i++) fpu.write(i, readExtended(cpu.view, at + i * stride));
  fpu.tags = tags;
}
