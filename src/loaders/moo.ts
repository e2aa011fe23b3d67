/**
 * Reads MOO, the binary form of the SingleStepTests processor vectors: chunks of `id[4] length[4] payload`, little-endian.
 * Source: https://github.com/dbalsom/moo, doc/moo_format_v1.md (version 1.1).
 *
 *   MOO    version, count, processor             RMSK, RM32   masks of defined bits, of the file or (in FINA) of one test
 *   TEST   u32 index, then NAME BYTS INIT FINA EXCP
 *   REGS   u16 mask, a u16 for each set bit      RG32   u32 mask, a u32 for each set bit
 *   RAM    u32 count, then u32 address, u8 value each
 *
 * And of our own, in files from a host process (docs/host-vectors.md):
 *   AREA   u32 code, u32 data, u32 length of GDT, u32 length of LDT, GDT, LDT, contents of the data pages
 *   FALT   u8 vector, u32 error code, u32 CR2, within TEST
 *
 * Not read: cycles, queues, effective addresses, hashes. A chunk that ends early ends what it holds.
 */
import { LoadError } from './load-error.ts';
import {
  type RegisterValues,
  type Vector,
  type VectorAreas,
  type VectorFile,
  type VectorRegister,
  VectorRegisters,
  type VectorState,
} from './vector.ts';

/** In the order of the bits of REGS: ax bx cx dx cs ss ds es sp bp si di ip flags. */
const Registers16: readonly VectorRegister[] = [
  'eax',
  'ebx',
  'ecx',
  'edx',
  'cs',
  'ss',
  'ds',
  'es',
  'esp',
  'ebp',
  'esi',
  'edi',
  'eip',
  'eflags',
];

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

/** An (uncompressed) MOO file. Throws LoadError for a file of another kind, or one that is cut off within a value. */
export function parseMoo(bytes: Uint8Array): VectorFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const vectors: Vector[] = [];
  let cpu = '';
  let masks: RegisterValues = {};
  let areas: VectorAreas | undefined;
  let first = true;
  try {
    for (const { id, data } of chunks(view)) {
      if (first && id !== 'MOO ') throw new LoadError('not a MOO file');
      first = false;
      if (id === 'MOO ' && data.byteLength >= 12) cpu = text(data, 8, 4).trim();
      else if (id === 'RMSK' || id === 'RM32') masks = registers(id === 'RM32', data);
      else if (id === 'AREA') areas = parseAreas(data);
      else if (id === 'TEST') vectors.push(parseTest(data, masks));
    }
  } catch (error) {
    throw error instanceof RangeError ? new LoadError('a MOO file that is cut off or damaged') : error;
  }
  if (first) throw new LoadError('not a MOO file');
  return { cpu, vectors, areas };
}

function parseTest(data: DataView, fileMasks: RegisterValues): Vector {
  const index = data.getUint32(0, true);
  const inner = new DataView(data.buffer, data.byteOffset + 4, data.byteLength - 4);
  let name = '';
  let bytes: Uint8Array = new Uint8Array();
  let initial: VectorState = { registers: {}, memory: [] };
  let final = initial;
  let masks = fileMasks;
  let exception: Vector['exception'];
  let fault: Vector['fault'];
  for (const { id, data: d } of chunks(inner)) {
    switch (id) {
      case 'NAME':
        name = text(d, 4, d.getUint32(0, true));
        break;
      case 'BYTS':
        bytes = new Uint8Array(d.buffer, d.byteOffset + 4, d.getUint32(0, true));
        break;
      case 'INIT':
        initial = parseState(d).state;
        break;
      case 'FINA': {
        const parsed = parseState(d);
        final = parsed.state;
        masks = { ...masks, ...parsed.masks };
        break;
      }
      case 'FALT':
        fault = { vector: d.getUint8(0), error: d.getUint32(1, true), cr2: d.getUint32(5, true) };
        break;
      case 'EXCP':
        exception = { vector: d.getUint8(0), flagsAddress: d.getUint32(1, true) };
        break;
    }
  }
  return { index, name, bytes, initial, final, masks, exception, fault };
}

function parseAreas(d: DataView): VectorAreas {
  const [code, data, gdtLength, ldtLength] = [0, 4, 8, 12].map(at => d.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  const bytes = new Uint8Array(d.buffer, d.byteOffset, d.byteLength);
  const ldt = 16 + gdtLength;
  const pattern = ldt + ldtLength;
  return { code, data, gdt: bytes.slice(16, ldt), ldt: bytes.slice(ldt, pattern), pattern: bytes.slice(pattern) };
}

function parseState(data: DataView): { state: VectorState; masks: RegisterValues } {
  let values: RegisterValues = {};
  let masks: RegisterValues = {};
  const memory: [number, number][] = [];
  for (const { id, data: d } of chunks(data)) {
    if (id === 'REGS' || id === 'RG32') values = registers(id === 'RG32', d);
    else if (id === 'RMSK' || id === 'RM32') masks = registers(id === 'RM32', d);
    else if (id === 'RAM ') {
      const count = d.getUint32(0, true);
      for (let i = 0; i < count; i++) memory.push([d.getUint32(4 + i * 5, true), d.getUint8(8 + i * 5)]);
    }
  }
  return { state: { registers: values, memory }, masks };
}

function registers(wide: boolean, d: DataView): RegisterValues {
  const values: Partial<Record<VectorRegister, number>> = {};
  const mask = wide ? d.getUint32(0, true) : d.getUint16(0, true);
  let at = wide ? 4 : 2;
  for (const [bit, name] of (wide ? VectorRegisters : Registers16).entries()) {
    if ((mask & (1 << bit)) === 0) continue;
    values[name] = wide ? d.getUint32(at, true) : d.getUint16(at, true);
    at += wide ? 4 : 2;
  }
  return values;
}

function text(d: DataView, at: number, length: number): string {
  return new TextDecoder('latin1').decode(new Uint8Array(d.buffer, d.byteOffset + at, length));
}
