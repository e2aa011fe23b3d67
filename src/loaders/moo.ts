/**
 * Reads MOO, the binary form of the SingleStepTests processor vectors: chunks of `id[4] length[4] payload`.
 * Source: https://github.com/SingleStepTests, README of the suites. Register sets of the 8086 and 80286 (`REGS`).
 */

/** Registers in the order of the bits of REGS. */
export const MooRegisters = [
  'ax',
  'bx',
  'cx',
  'dx',
  'cs',
  'ss',
  'ds',
  'es',
  'sp',
  'bp',
  'si',
  'di',
  'ip',
  'flags',
] as const;
export type MooRegister = (typeof MooRegisters)[number];

export interface MooState {
  readonly registers: Partial<Record<MooRegister, number>>;
  /** Bytes of memory: [address, value]. */
  readonly memory: readonly (readonly [number, number])[];
}

export interface MooTest {
  readonly index: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly initial: MooState;
  /** Changed registers, and memory that differs. */
  readonly final: MooState;
  readonly exception: { readonly vector: number; readonly flagsAddress: number } | undefined;
}

interface Chunk {
  readonly id: string;
  readonly data: DataView;
}

function* chunks(data: DataView): Generator<Chunk> {
  let at = 0;
  while (at + 8 <= data.byteLength) {
    const id = String.fromCharCode(...new Uint8Array(data.buffer, data.byteOffset + at, 4));
    const length = data.getUint32(at + 4, true);
    const available = Math.min(length, data.byteLength - at - 8);
    yield { id, data: new DataView(data.buffer, data.byteOffset + at + 8, available) };
    at += 8 + length;
  }
}

/** Tests of one (uncompressed) MOO file. Throws on a file of another kind. */
export function parseMoo(bytes: Uint8Array): MooTest[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tests: MooTest[] = [];
  let first = true;
  for (const { id, data } of chunks(view)) {
    if (first && id !== 'MOO ') throw new Error(`not a MOO file: it begins with ${JSON.stringify(id)}`);
    first = false;
    if (id === 'TEST') tests.push(parseTest(data));
  }
  return tests;
}

function parseTest(data: DataView): MooTest {
  const index = data.getUint32(0, true);
  const inner = new DataView(data.buffer, data.byteOffset + 4, data.byteLength - 4);
  let name = '';
  let bytes: Uint8Array = new Uint8Array();
  let initial: MooState = { registers: {}, memory: [] };
  let final = initial;
  let exception: MooTest['exception'];
  for (const chunk of chunks(inner)) {
    const { data: d } = chunk;
    switch (chunk.id) {
      case 'NAME':
        name = new TextDecoder().decode(new Uint8Array(d.buffer, d.byteOffset + 4, d.getUint32(0, true)));
        break;
      case 'BYTS':
        bytes = new Uint8Array(d.buffer, d.byteOffset + 4, d.getUint32(0, true));
        break;
      case 'INIT':
        initial = parseState(d);
        break;
      case 'FINA':
        final = parseState(d);
        break;
      case 'EXCP':
        exception = { vector: d.getUint8(0), flagsAddress: d.getUint32(1, true) };
        break;
    }
  }
  return { index, name, bytes, initial, final, exception };
}

function parseState(data: DataView): MooState {
  const registers: Partial<Record<MooRegister, number>> = {};
  const memory: [number, number][] = [];
  for (const { id, data: d } of chunks(data)) {
    if (id === 'REGS') {
      const mask = d.getUint16(0, true);
      let at = 2;
      MooRegisters.forEach((name, bit) => {
        if ((mask & (1 << bit)) === 0) return;
        registers[name] = d.getUint16(at, true);
        at += 2;
      });
    } else if (id === 'RAM ') {
      const count = d.getUint32(0, true);
      for (let i = 0; i < count; i++) memory.push([d.getUint32(4 + i * 5, true), d.getUint8(8 + i * 5)]);
    }
  }
  return { registers, memory };
}
