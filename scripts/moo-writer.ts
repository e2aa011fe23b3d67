/** Writes MOO chunks: see src/loaders/moo.ts for the format. */
import { type RegisterValues, type VectorRegister, VectorRegisters } from '../src/loaders/vector.ts';

/** In the order of the bits of REGS. */
export const Registers16 = 'eax ebx ecx edx cs ss ds es esp ebp esi edi eip eflags'.split(' ') as VectorRegister[];

export const u32 = (value: number): number[] => [
  value & 0xff,
  (value >>> 8) & 0xff,
  (value >>> 16) & 0xff,
  value >>> 24,
];
export const ascii = (text: string): number[] => [...text].map(c => c.charCodeAt(0));
export const chunk = (id: string, data: readonly number[]): number[] => [...ascii(id), ...u32(data.length), ...data];

/** RG32 and RM32 when `wide`, else REGS and RMSK. */
export function registerChunk(kind: 'values' | 'masks', wide: boolean, registers: RegisterValues): number[] {
  const id = kind === 'values' ? (wide ? 'RG32' : 'REGS') : wide ? 'RM32' : 'RMSK';
  let mask = 0;
  const values: number[] = [];
  for (const [bit, name] of (wide ? VectorRegisters : Registers16).entries()) {
    const value = registers[name];
    if (value === undefined) continue;
    mask |= 1 << bit;
    values.push(...u32(value).slice(0, wide ? 4 : 2));
  }
  return chunk(id, [...u32(mask).slice(0, wide ? 4 : 2), ...values]);
}

export const ramChunk = (memory: readonly (readonly [number, number])[]): number[] =>
  chunk('RAM ', [...u32(memory.length), ...memory.flatMap(([address, value]) => [...u32(address), value])]);

export const textChunk = (id: string, bytes: readonly number[]): number[] =>
  chunk(id, [...u32(bytes.length), ...bytes]);
/** Version 1.1. */
export const headerChunk = (cpu: string, count: number): number[] =>
  chunk('MOO ', [1, 1, 0, 0, ...u32(count), ...ascii(cpu.padEnd(4))]);
