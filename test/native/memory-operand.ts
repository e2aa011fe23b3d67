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
  /** The address they have come to: the wanted one, but for operands whose registers leave no choice. */
  readonly address: number;
}

/** A 32-bit memory operand with `reg` in ModRM.reg. Sets the base register, or chooses the displacement, so that it means `wanted`. */
export function modrmMemory(random: Random, reg: number, wanted: number, registers: Registers): MemoryBytes {
  const mod = random.below(3);
  const rm = random.below(8);
  const head = (mod << 6) | (reg << 3) | rm;
  if (rm !== ESP) {
    if (mod === 0 && rm === EBP) return { bytes: [head, ...littleEndian(wanted, 4)], address: wanted };
    const displacement = pickDisplacement(random, mod);
    registers[rm] = (wanted - displacement) >>> 0;
    return { bytes: [head, ...littleEndian(displacement >>> 0, mod === 1 ? 1 : mod === 2 ? 4 : 0)], address: wanted };
  }
  const sib = random.below(256);
  const scale = sib >> 6;
  const index = (sib >> 3) & 7;
  const base = sib & 7;
  const noBase = mod === 0 && base === EBP;
  const scaled = (): number => (index === ESP ? 0 : (registers[index]! << scale) | 0);
  if (noBase || (base === index && index !== ESP)) {
    // The displacement makes up for whatever the registers hold.
    const sum = (noBase ? 0 : registers[base]!) + scaled();
    const displacement = (wanted - sum) >>> 0;
    const wide = noBase ? head : (2 << 6) | (reg << 3) | rm;
    return { bytes: [wide, sib, ...littleEndian(displacement, 4)], address: wanted };
  }
  if (index !== ESP && random.below(2) === 0) registers[index] = random.below(64);
  else if (index !== ESP) registers[index] = edgeValue(random);
  const displacement = pickDisplacement(random, mod);
  registers[base] = (wanted - displacement - scaled()) >>> 0;
  const tail = littleEndian(displacement >>> 0, mod === 1 ? 1 : mod === 2 ? 4 : 0);
  return { bytes: [head, sib, ...tail], address: wanted };
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

/** A 16-bit memory operand, likewise; `wanted` is below 64 KiB. The high halves of the registers stay what they are. */
export function modrmMemory16(random: Random, reg: number, wanted: number, registers: Registers): MemoryBytes {
  const mod = random.below(3);
  const rm = random.below(8);
  const head = (mod << 6) | (reg << 3) | rm;
  if (mod === 0 && rm === 6) return { bytes: [head, ...littleEndian(wanted, 2)], address: wanted };
  const [base, index] = PAIRS[rm]!;
  const displacement = pickDisplacement(random, mod) & 0xffff;
  const indexed = index === undefined ? 0 : registers[index]!;
  setLow(registers, base, wanted - displacement - indexed);
  const bytes = mod === 1 ? 1 : mod === 2 ? 2 : 0;
  return { bytes: [head, ...littleEndian(displacement, bytes)], address: wanted };
}

/** Sets the low half of a register. */
export function setLow(registers: Registers, number: number, value: number): void {
  registers[number] = ((registers[number]! & 0xffff0000) | (value & 0xffff)) >>> 0;
}

function pickDisplacement(random: Random, mod: number): number {
  if (mod === 0) return 0;
  return mod === 1 ? (random.word() << 24) >> 24 : edgeValue(random) | 0;
}
