/**
 * Reads the JSON form of the SingleStepTests vectors: an array of `{name, bytes, initial: {regs, ram}, final: {regs, ram}}`, registers by name in decimal.
 * Source: https://github.com/SingleStepTests/8088, README. 16-bit files name `ax`, `ip`, `flags`; 32-bit ones `eax`, `eip`, `eflags`.
 */
import { LoadError } from './load-error.ts';
import {
  type RegisterValues,
  type Vector,
  type VectorFile,
  type VectorRegister,
  VectorRegisters,
  type VectorState,
} from './vector.ts';

/** An (uncompressed) file. Throws LoadError where it is not in this form. */
export function parseVectorJson(bytes: Uint8Array): VectorFile {
  let list: unknown;
  try {
    list = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new LoadError('not JSON');
  }
  if (!Array.isArray(list)) throw new LoadError('not a list of vectors');
  let wide = false;
  const vectors = list.map((entry: unknown, i): Vector => {
    const test = fields(entry, i);
    const code = test.bytes;
    if (!Array.isArray(code) || !code.every(isByte)) throw new LoadError(`vector ${i} has no bytes`);
    const initial = state(test.initial, i);
    wide ||= 'eax' in (fields(fields(test.initial, i).regs, i) as object);
    return {
      index: typeof test.idx === 'number' ? test.idx : i,
      name: typeof test.name === 'string' ? test.name : '',
      bytes: Uint8Array.from(code),
      initial,
      final: state(test.final, i),
      masks: {},
      exception: exception(test.exception),
    };
  });
  return { cpu: wide ? '386E' : '', vectors };
}

function fields(value: unknown, index: number): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new LoadError(`vector ${index} is not in the form expected`);
  return value as Readonly<Record<string, unknown>>;
}

const isByte = (value: unknown): value is number => typeof value === 'number' && (value & 0xff) === value;

function state(value: unknown, index: number): VectorState {
  const { regs, ram } = fields(value, index);
  const registers: Partial<Record<VectorRegister, number>> = {};
  for (const [name, number] of Object.entries(fields(regs, index))) {
    const full = VectorRegisters.find(r => r === name || r === `e${name}`);
    if (full && typeof number === 'number') registers[full] = number >>> 0;
  }
  if (!Array.isArray(ram)) throw new LoadError(`vector ${index} has no memory`);
  const memory = ram.map((pair: unknown): [number, number] => {
    const [address, byte] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof address !== 'number' || !isByte(byte))
      throw new LoadError(`vector ${index} has memory that is no [address, byte]`);
    return [address >>> 0, byte];
  });
  return { registers: registers as RegisterValues, memory };
}

function exception(value: unknown): Vector['exception'] {
  if (typeof value !== 'object' || value === null) return undefined;
  const { number, flag_address: flagsAddress } = value as Readonly<Record<string, unknown>>;
  return typeof number === 'number' ? { vector: number, flagsAddress: Number(flagsAddress ?? 0) } : undefined;
}
