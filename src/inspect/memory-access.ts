/**
 * Which memory an instruction touches, from its operands and the registers before it: what turns the address of a page fault into "write of 4
 * bytes to [eax]". *Not modelled*: BT with a bit offset beyond its operand, the frames ENTER copies, and what far transfers read of tables.
 */
import type { Decoded } from '../cpu/decoder.ts';
import { General32 } from '../isa/registers.ts';
import type { FaultSnapshot } from './fault-snapshot.ts';
import { hex32 } from './text.ts';

export interface MemoryReference {
  /** Linear address of the first byte; unsigned. */
  readonly address: number;
  readonly size: number;
  /** General registers the address is made of, by encoding number. */
  readonly registers: readonly number[];
}

type Registers = Pick<FaultSnapshot, 'registers' | 'segments'>;

const Seg = { es: 0, ss: 2, ds: 3 } as const;
const Reg = { eax: 0, ebx: 3, esp: 4, esi: 6, edi: 7 } as const;
/** Words that an instruction pushes or pops; interrupts push on a stack of their gate's choosing. */
const PUSHES: Readonly<Record<string, number>> = { PUSH: 1, PUSHA: 8, PUSHF: 1, CALL: 1, CALLF: 2, ENTER: 1 };
const POPS: Readonly<Record<string, number>> = { POP: 1, POPA: 8, POPF: 1, RET: 1, RETF: 2, IRET: 3 };

/** Every memory reference of the instruction, those that are written first. */
export function referencesOf(decoded: Decoded, before: Registers): MemoryReference[] {
  const { row, memory, operandSize, addressSize, override } = decoded;
  const { mnemonic, operands } = row;
  const mask = addressSize === 4 ? 0xffffffff : 0xffff;
  const reference = (segment: number, offset: number, size: number, registers: readonly number[]): MemoryReference => ({
    address: (before.segments[segment]!.base + ((offset & mask) >>> 0)) >>> 0,
    size,
    registers,
  });
  const value = (register: number): number => before.registers[register]!;
  const found: MemoryReference[] = [];
  if (memory && mnemonic !== 'LEA' && mnemonic !== 'NOP') {
    const notation = operands.find(o => /^[EMO][a-z]?$/.test(o)) ?? 'Ev';
    const { base, index, scale, displacement, segment } = memory;
    const offset = (base < 0 ? 0 : value(base)) + (index < 0 ? 0 : value(index) << scale) + displacement;
    found.push(
      reference(
        segment,
        offset,
        operandBytes(notation, operandSize),
        [base, index].filter(r => r >= 0),
      ),
    );
  }
  for (const operand of operands) {
    const size = operand.endsWith('b') ? 1 : operandSize;
    if (operand[0] === 'Y') found.unshift(reference(Seg.es, value(Reg.edi), size, [Reg.edi]));
    if (operand[0] === 'X') found.push(reference(override < 0 ? Seg.ds : override, value(Reg.esi), size, [Reg.esi]));
  }
  if (mnemonic === 'XLAT') {
    found.push(reference(override < 0 ? Seg.ds : override, value(Reg.ebx) + (value(Reg.eax) & 0xff), 1, [Reg.ebx]));
  }
  const pushed = (PUSHES[mnemonic] ?? 0) * operandSize;
  const popped = (POPS[mnemonic] ?? 0) * operandSize;
  if (pushed > 0) found.unshift(reference(Seg.ss, value(Reg.esp) - pushed, pushed, [Reg.esp]));
  if (popped > 0) found.push(reference(Seg.ss, value(Reg.esp), popped, [Reg.esp]));
  if (mnemonic === 'LEAVE') found.push(reference(Seg.ss, value(5), operandSize, [5]));
  return found;
}

/** The reference that covers a linear address. */
export function referenceAt(decoded: Decoded, before: Registers, linear: number): MemoryReference | undefined {
  return referencesOf(decoded, before).find(r => (linear - r.address) >>> 0 < r.size);
}

/** `eax=0xdeadbeef`, for each of the registers. */
export function registerValues(numbers: readonly number[], before: Registers): string[] {
  return numbers.map(number => `${General32[number]}=${hex32(before.registers[number]!)}`);
}

/** The value of a register operand by encoding number at a size. */
export function registerValue(before: Registers, number: number, size: 1 | 2 | 4): number {
  if (size === 1) return (before.registers[number & 3]! >>> (number >> 2 === 0 ? 0 : 8)) & 0xff;
  return size === 2 ? before.registers[number]! & 0xffff : before.registers[number]!;
}

function operandBytes(notation: string, operandSize: 2 | 4): number {
  switch (notation[1]) {
    case 'b':
      return 1;
    case 'w':
      return 2;
    case 'd':
      return 4;
    case 'q':
      return 8;
    case 'p':
      return operandSize + 2;
    case 's':
      return 6;
    case 'a':
      return operandSize * 2;
    default:
      return operandSize;
  }
}
