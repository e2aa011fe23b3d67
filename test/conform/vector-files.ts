/** Files of vectors made by hand, in each of the forms that conform reads. */
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
const Registers16: readonly VectorRegister[] = 'eax ebx ecx edx cs ss ds es esp ebp esi edi eip eflags'.split(
  ' ',
) as VectorRegister[];

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

const u32 = (value: number): number[] => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
const ascii = (text: string): number[] => [...text].map(c => c.charCodeAt(0));
const chunk = (id: string, data: readonly number[]): number[] => [...ascii(id), ...u32(data.length), ...data];

function registerChunk(
  id: string,
  wide: boolean,
  registers: Readonly<Partial<Record<VectorRegister, number>>>,
): number[] {
  const order = wide ? VectorRegisters : Registers16;
  let mask = 0;
  const values: number[] = [];
  for (const [bit, name] of order.entries()) {
    const value = registers[name];
    if (value === undefined) continue;
    mask |= 1 << bit;
    values.push(...u32(value).slice(0, wide ? 4 : 2));
  }
  return chunk(id, [...u32(mask).slice(0, wide ? 4 : 2), ...values]);
}

const ramChunk = (memory: readonly (readonly [number, number])[]): number[] =>
  chunk('RAM ', [...u32(memory.length), ...memory.flatMap(([address, value]) => [...u32(address), value])]);

/** The binary form; `cpu` of four letters decides between REGS and RG32. */
export function mooFile(cpu: string, sketches: readonly Sketch[]): Uint8Array {
  const wide = cpu === '386E';
  const tests = sketches.flatMap((sketch, i) => {
    const { code, registers, memory } = completed(sketch);
    const zero = Object.fromEntries((wide ? VectorRegisters : Registers16).map(name => [name, 0]));
    const { name, final, finalMemory = [], masks } = sketch;
    return chunk('TEST', [
      ...u32(i),
      ...chunk('NAME', [...u32(name.length), ...ascii(name)]),
      ...chunk('BYTS', [...u32(code.length), ...code]),
      ...chunk('INIT', [
        ...registerChunk(wide ? 'RG32' : 'REGS', wide, { ...zero, ...registers }),
        ...ramChunk(memory),
      ]),
      ...chunk('FINA', [
        ...registerChunk(wide ? 'RG32' : 'REGS', wide, final),
        ...(masks ? registerChunk(wide ? 'RM32' : 'RMSK', wide, masks) : []),
        ...ramChunk(finalMemory),
      ]),
    ]);
  });
  return Uint8Array.from([...chunk('MOO ', [1, 1, 0, 0, ...u32(sketches.length), ...ascii(cpu)]), ...tests]);
}
