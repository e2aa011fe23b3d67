/** ModRM memory operands that reach a wanted address: the form is drawn first, then the registers are set to fit. Source: SDM vol. 2, tables 2-2, 2-3. */
import type { Random } from '../cpu/rig.ts';
import { edgeValue, littleEndian } from './values.ts';

/** EAX to EDI in encoding order; written to. */
export type Registers = number[];

const ESP = 4;
const EBP = 5;

export interface MemoryBytes {
  /** ModRM, SIB, displacement. */
  readonly bytes: readonly number[];
  /** Offset in the segment. */
  readonly offset: number;
  /** The default segment is SS, as BP, EBP or ESP is the base. */
  readonly onStack: boolean;
}

/** The offset wanted in the default segment, which the form decides. */
export type Wanted = (onStack: boolean) => number;

/** A 32-bit memory operand with `reg` in ModRM.reg. Sets the base register, or chooses the displacement, so that it means what is wanted. */
export function modrmMemory(random: Random, reg: number, wanted: Wanted, registers: Registers): MemoryBytes {
  const mod = random.below(3);
  const rm = random.below(8);
  const head = (mod << 6) | (reg << 3) | rm;
  const sib = rm === ESP ? random.below(256) : -1;
  const base = rm === ESP ? sib & 7 : rm;
  const noBase = mod === 0 && base === EBP;
  const index = rm === ESP && ((sib >> 3) & 7) !== ESP ? (sib >> 3) & 7 : -1;
  const onStack = !noBase && (base === ESP || base === EBP);
  const offset = wanted(onStack);
  const start = rm === ESP ? [sib] : [];
  if (index >= 0 && index !== base) registers[index] = random.below(2) === 0 ? random.below(64) : edgeValue(random);
  const scaled = index < 0 ? 0 : registers[index]! << (sib >> 6);
  if (noBase || base === index) {
    // The displacement makes up for whatever the registers hold.
    const displacement = (offset - (noBase ? 0 : registers[base]!) - scaled) >>> 0;
    const wide = noBase ? head : (2 << 6) | (reg << 3) | rm;
    return { bytes: [wide, ...start, ...littleEndian(displacement, 4)], offset, onStack };
  }
  const displacement = pickDisplacement(random, mod);
  registers[base] = (offset - displacement - scaled) >>> 0;
  const tail = littleEndian(displacement >>> 0, mod === 1 ? 1 : mod === 2 ? 4 : 0);
  return { bytes: [head, ...start, ...tail], offset, onStack };
}

/** Base and index by ModRM.rm: BX+SI, BX+DI, BP+SI, BP+DI, SI, DI, BP, BX. */
const PAIRS: readonly (readonly [base: number, index?: number])[] = [
  [3, 6],
  [3, 7],
  [5, 6],
  [5, 7],
  [6],
  [7],
  [5],
  [3],
];

/** A 16-bit memory operand, likewise; what is wanted beyond 64 KiB wraps. The high halves of the registers stay what they are. */
export function modrmMemory16(random: Random, reg: number, wanted: Wanted, registers: Registers): MemoryBytes {
  const mod = random.below(3);
  const rm = random.below(8);
  const head = (mod << 6) | (reg << 3) | rm;
  const direct = mod === 0 && rm === 6;
  const [base, index] = PAIRS[rm]!;
  const onStack = !direct && base === EBP;
  const offset = wanted(onStack) & 0xffff;
  if (direct) return { bytes: [head, ...littleEndian(offset, 2)], offset, onStack };
  const displacement = pickDisplacement(random, mod) & 0xffff;
  setLow(registers, base, offset - displacement - (index === undefined ? 0 : registers[index]!));
  return { bytes: [head, ...littleEndian(displacement, mod === 1 ? 1 : mod === 2 ? 2 : 0)], offset, onStack };
}

/** Sets the low half of a register. */
export function setLow(registers: Registers, number: number, value: number): void {
  registers[number] = ((registers[number]! & 0xffff0000) | (value & 0xffff)) >>> 0;
}

function pickDisplacement(random: Random, mod: number): number {
  if (mod === 0) return 0;
  return mod === 1 ? (random.word() << 24) >> 24 : edgeValue(random) | 0;
}
