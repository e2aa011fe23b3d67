/** Files of vectors made by hand, in each of the forms that conform reads. */
import {
  ascii,
  chunk,
  headerChunk,
  Registers16,
  ramChunk,
  registerChunk,
  textChunk,
  u32,
} from '../../scripts/moo-writer.ts';
import { type Vector, type VectorRegister, VectorRegisters } from '../../src/loaders/vector.ts';

/** A vector at CS:IP 0:1000h with this code and a HLT after it. Registers that are not named are 0. */
export interface Sketch {
  readonly name: string;
  readonly bytes: readonly number[];
  readonly initial: Readonly<Partial<Record<VectorRegister, number>>>;
  readonly final: Readonly<Partial<Record<VectorRegister, number>>>;
  readonly memory?: readonly (readonly [number, number])[];
  readonly finalMemory?: readonly (readonly [number, number])[];
  readonly masks?: Vector['masks'];
}

const AT = 0x1000;
const completed = ({ bytes, initial, memory = [] }: Sketch) => ({
  code: [...bytes, 0xf4],
  registers: { ss: 0x2000, esp: 0x100, eip: AT, eflags: 0xf002, ...initial },
  memory: [...[...bytes, 0xf4].map((byte, i) => [AT + i, byte] as const), ...memory],
});

/** The JSON form: registers by their 16- or 32-bit names. */
export function jsonFile(sketches: readonly Sketch[], wide = false): Uint8Array {
  const named = (registers: Readonly<Partial<Record<VectorRegister, number>>>) =>
    Object.fromEntries(
      Object.entries(registers).map(([name, value]) => [wide ? name : name.replace(/^e(?!s$)/, ''), value]),
    );
  const zero = Object.fromEntries((wide ? VectorRegisters : Registers16).map(name => [name, 0]));
  const list = sketches.map(sketch => {
    const { code, registers, memory } = completed(sketch);
    const { name, final, finalMemory = [] } = sketch;
    return {
      name,
      bytes: code,
      initial: { regs: named({ ...zero, ...registers }), ram: memory, queue: [] },
      final: { regs: named(final), ram: finalMemory, queue: [] },
    };
  });
  return new TextEncoder().encode(JSON.stringify(list));
}

/** The binary form; `cpu` of four letters decides between REGS and RG32. */
export function mooFile(cpu: string, sketches: readonly Sketch[]): Uint8Array {
  const wide = cpu === '386E';
  const tests = sketches.flatMap((sketch, i) => {
    const { code, registers, memory } = completed(sketch);
    const zero = Object.fromEntries((wide ? VectorRegisters : Registers16).map(name => [name, 0]));
    const { name, final, finalMemory = [], masks } = sketch;
    const initial = [...registerChunk('values', wide, { ...zero, ...registers }), ...ramChunk(memory)];
    const masked = masks ? registerChunk('masks', wide, masks) : [];
    return chunk('TEST', [
      ...u32(i),
      ...textChunk('NAME', ascii(name)),
      ...textChunk('BYTS', code),
      ...chunk('INIT', initial),
      ...chunk('FINA', [...registerChunk('values', wide, final), ...masked, ...ramChunk(finalMemory)]),
    ]);
  });
  return Uint8Array.from([...headerChunk(cpu, sketches.length), ...tests]);
}
