/**
 * Memory operands of more than four bytes, for services: x87 and the like. An operand is seen at an address in WebAssembly memory: where
 * it lies, when that is plain RAM, else in a buffer of the processor's that is filled or emptied through the slow ways.
 */
import type { Cpu } from './cpu.ts';
import { FPU_OPERAND, fieldAddress, segmentAt } from './state.ts';

const CPL = fieldAddress('cpl') >> 2;

/**
 * Where `bytes` bytes at segment:offset can be read; -1 after raising a fault. `segment`: address of the segment's cache; `alignment`: what #AC asks for, 1
 * for nothing (SDM vol. 3, table 6-7).
 */
export function operandForRead(cpu: Cpu, segment: number, offset: number, bytes: number, alignment: number): number {
  const number = segmentAt(segment);
  const user = cpu.words[CPL] === 3;
  const place = cpu.segmented.plainPlace(number, offset >>> 0, false, user, bytes);
  if (place >= 0 && cpu.segmented.plainBytes === bytes) return place;
  const linear = cpu.segmented.linearOf(number, offset, bytes, false);
  if (linear === undefined || !cpu.linear.probe(linear, bytes, false, user)) return -1;
  if (!cpu.linear.checkAlignment(linear, alignment)) return -1;
  for (let i = 0; i < bytes; i++) {
    const byte = cpu.linear.read((linear + i) | 0, 1, user);
    if (byte < 0) return -1;
    cpu.bytes[FPU_OPERAND + i] = byte;
  }
  return FPU_OPERAND;
}

/** Where `bytes` bytes for segment:offset can be put, after every check; -1 after raising a fault. storeOperand() must follow the writes. */
export function operandForWrite(cpu: Cpu, segment: number, offset: number, bytes: number, alignment: number): number {
  const number = segmentAt(segment);
  const user = cpu.words[CPL] === 3;
  const place = cpu.segmented.plainPlace(number, offset >>> 0, true, user, bytes);
  if (place >= 0 && cpu.segmented.plainBytes === bytes) return place;
  const linear = cpu.segmented.linearOf(number, offset, bytes, true);
  if (linear === undefined || !cpu.linear.probe(linear, bytes, true, user)) return -1;
  if (!cpu.linear.checkAlignment(linear, alignment)) return -1;
  return FPU_OPERAND;
}

/** Completes a write through operandForWrite(), which gave `place`. */
export function storeOperand(cpu: Cpu, place: number, segment: number, offset: number, bytes: number): void {
  if (place !== FPU_OPERAND) return;
  const user = cpu.words[CPL] === 3;
  const linear = cpu.segmented.linearOf(segmentAt(segment), offset, bytes, true)!;
  for (let i = 0; i < bytes; i++) cpu.linear.write((linear + i) | 0, cpu.bytes[FPU_OPERAND + i]!, 1, user);
}
