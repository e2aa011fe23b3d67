/**
 * FXSAVE and FXRSTOR: all of x87, MMX and SSE state in 512 bytes, aligned to 16. Source: SDM vol. 1, 10.5; vol. 2, FXSAVE, tables 3-43 to 3-45.
 *
 *   0 control   2 status   4 tags, a bit a register   6 opcode   8 instruction offset, 12 selector   16 data offset, 20 selector
 *   24 MXCSR, 28 its mask   32 + 16 i ST(i), MMi   160 + 16 i XMMi (these and MXCSR: vector-state.ts)
 * Neither looks for pending exceptions. Pointers are kept as selector and offset in every mode.
 */
import type { Cpu } from './cpu.ts';
import { Exception } from './descriptors.ts';
import { fpuPresent } from './fpu.ts';
import { readRegisters, writeRegisters } from './fpu-environment.ts';
import { operandForRead, operandForWrite, storeOperand } from './fpu-operand.ts';
import { SegmentCache } from './state.ts';
import { restoreVectors, saveVectors } from './vector-state.ts';

const BYTES = 512;
const REGISTERS = 32;
const STRIDE = 16;

/** #GP(0) unless the linear address is a multiple of 16. */
function aligned(cpu: Cpu, segment: number, offset: number): boolean {
  const linear = cpu.view.getInt32(segment + SegmentCache.base, true) + offset;
  return (linear & 15) === 0 || cpu.raise(Exception.GP, 0);
}

export function saveExtended(cpu: Cpu, offset: number, segment: number): boolean {
  if (!fpuPresent(cpu) || !aligned(cpu, segment, offset)) return false;
  const at = operandForWrite(cpu, segment, offset, BYTES, 1);
  if (at < 0) return false;
  const { state, view } = cpu;
  // What is reserved stays as it is in memory: when the image is put together elsewhere it begins with that.
  const old = operandForRead(cpu, segment, offset, BYTES, 1);
  if (old < 0) return false;
  if (old !== at) cpu.bytes.copyWithin(at, old, old + BYTES);
  view.setUint16(at, state.fpuControl, true);
  view.setUint16(at + 2, cpu.fpu.status, true);
  view.setUint8(at + 4, cpu.fpu.tags);
  view.setUint8(at + 5, 0);
  view.setUint16(at + 6, state.fpuOpcode, true);
  view.setInt32(at + 8, state.fpuInstruction, true);
  view.setInt32(at + 12, state.fpuInstructionSelector, true);
  view.setInt32(at + 16, state.fpuData, true);
  view.setInt32(at + 20, state.fpuDataSelector, true);
  writeRegisters(cpu, cpu.fpu, at + REGISTERS, STRIDE);
  for (let i = 0; i < 8; i++) {
    view.setUint16(at + REGISTERS + i * STRIDE + 10, 0, true);
    view.setUint32(at + REGISTERS + i * STRIDE + 12, 0, true);
  }
  saveVectors(cpu, at);
  storeOperand(cpu, at, segment, offset, BYTES);
  return true;
}

export function restoreExtended(cpu: Cpu, offset: number, segment: number): boolean {
  if (!fpuPresent(cpu) || !aligned(cpu, segment, offset)) return false;
  const at = operandForRead(cpu, segment, offset, BYTES, 1);
  if (at < 0 || !restoreVectors(cpu, at)) return false;
  const { state, view, fpu } = cpu;
  fpu.status = view.getUint16(at + 2, true);
  fpu.tags = view.getUint8(at + 4);
  state.fpuOpcode = view.getUint16(at + 6, true) & 0x7ff;
  state.fpuInstruction = view.getInt32(at + 8, true);
  state.fpuInstructionSelector = view.getUint16(at + 12, true);
  state.fpuData = view.getInt32(at + 16, true);
  state.fpuDataSelector = view.getUint16(at + 20, true);
  readRegisters(cpu, fpu, at + REGISTERS, STRIDE);
  fpu.setControl(view.getUint16(at, true));
  return true;
}
