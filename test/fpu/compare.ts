/** How two outcomes of a case differ: in words, or undefined where they are the same in all that is defined. */
import type { Row } from '../../src/isa/opcode-map.ts';
import { At, CASE_BYTES, Image } from './case.ts';

const STATUS_BITS: Readonly<Record<string, number>> = {
  IE: 1,
  DE: 2,
  ZE: 4,
  OE: 8,
  UE: 16,
  PE: 32,
  SF: 64,
  ES: 0x8080,
  C0: 0x100,
  C1: 0x200,
  C2: 0x400,
  C3: 0x3fff,
  TOP: 0x3800,
};
const ARITHMETIC_FLAGS = 0x8d5;

/**
 * Results of which the last place, and with it C1, is the implementation's choice. C0 and C3 are undefined by the manual, and the host does now and then
 * change them.
 */
const TRANSCENDENTAL = /^(F2XM1|FYL2XP?1?|FPTAN|FPATAN|FSIN|FCOS|FSINCOS)$/;
/**
 * Exponents from which results are not compared. Processors reduce angles by a pi that is too short, so that their results from 1 on are no measure (an
 * independent computation is: transcendental.test.ts); FYL2XP1 is defined below 1 - sqrt(1/2).
 */
const UNCOMPARED: Readonly<Record<string, number>> = {
  FSIN: 0x3fff,
  FCOS: 0x3fff,
  FSINCOS: 0x3fff,
  FPTAN: 0x3fff,
  FYL2XP1: 0x3ffd,
};

/** Distance of two encodings of one sign as 80-bit integers. */
function ulps(a: DataView, b: DataView, at: number): bigint {
  const value = (v: DataView): bigint => {
    const significand = v.getBigUint64(at, true);
    const exponent = BigInt(v.getUint16(at + 8, true));
    // Without the integer bit neighbours differ by one across powers of two also.
    return (exponent << 63n) | (significand & ((1n << 63n) - 1n));
  };
  const difference = value(a) - value(b);
  return difference < 0n ? -difference : difference;
}

export interface Comparison {
  readonly difference: string | undefined;
  /** Largest distance of a result from the host's. */
  readonly ulps: number;
}

export function compareOutcomes(row: Row, input: DataView, host: DataView, ours: DataView, at: number): Comparison {
  const found: string[] = [];
  const image = at + At.image;
  const lenient = TRANSCENDENTAL.test(row.mnemonic);
  if ((host.getUint8(at + At.length) !== 0) !== (ours.getUint8(at + At.length) !== 0)) found.push('signal');
  if (host.getUint32(at + At.eax, true) !== ours.getUint32(at + At.eax, true)) found.push('EAX');
  if ((host.getUint32(at + At.eflags, true) ^ ours.getUint32(at + At.eflags, true)) & ARITHMETIC_FLAGS)
    found.push('EFLAGS');
  if (host.getUint16(image + Image.control, true) !== ours.getUint16(image + Image.control, true))
    found.push('control');
  if (host.getUint16(image + Image.tags, true) !== ours.getUint16(image + Image.tags, true)) found.push('tags');
  const status = host.getUint16(image + Image.status, true) ^ ours.getUint16(image + Image.status, true);
  for (const [name, bit] of Object.entries(STATUS_BITS))
    if (status & bit && !(lenient && /C[013]/.test(name))) found.push(name);
  let worst = 0n;
  for (let i = 0; i < 8; i++) {
    const register = image + Image.registers + i * 10;
    const distance = ulps(host, ours, register);
    if (distance === 0n && host.getUint8(register + 7) >> 7 === ours.getUint8(register + 7) >> 7) continue;
    const argument = input.getUint16(image + Image.registers + 8, true) & 0x7fff;
    if (i < 2 && argument >= (UNCOMPARED[row.mnemonic] ?? 0x8000)) continue;
    if (!lenient || distance > 1n) found.push(`ST(${i})`);
    if (distance > worst) worst = distance;
  }
  const pointers = pointersOf(row, input.getUint8(at + At.code) === 0x66);
  for (let i = 0; i < 128; i++) {
    // The pointers of an environment depend on where the code lies, and on the processor.
    if (i >= pointers.from && i < pointers.end) continue;
    if (host.getUint8(at + At.memory + i) === ours.getUint8(at + At.memory + i)) continue;
    found.push(`memory+${i}`);
    break;
  }
  return { difference: found.length > 0 ? found.join(' ') : undefined, ulps: Number(worst) };
}

/** Where the pointers of the last instruction lie in an environment, of 16 bits or of 32 (SDM vol. 1, figures 8-9 and 8-11). */
function pointersOf(row: Row, short: boolean): { from: number; end: number } {
  if (row.operands[0] !== 'M') return { from: 0, end: 0 };
  return short ? { from: 6, end: 14 } : { from: 12, end: 28 };
}

/** A case in hexadecimal, for a report: instruction, control, status, tags, ST(0), ST(1), memory. */
export function showCase(view: DataView, at: number): string {
  const hex = (offset: number, bytes: number): string =>
    Array.from({ length: bytes }, (_, i) =>
      view
        .getUint8(at + offset + bytes - 1 - i)
        .toString(16)
        .padStart(2, '0'),
    ).join('');
  const { image, memory } = At;
  const parts = {
    code: hex(0, view.getUint8(at + At.length)),
    control: hex(image, 2),
    status: hex(image + Image.status, 2),
    tags: hex(image + Image.tags, 2),
    st0: hex(image + Image.registers, 10),
    st1: hex(image + Image.registers + 10, 10),
    memory: hex(memory, 10),
  };
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join(' ');
}

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
export const caseAt = (index: number): number => index * CASE_BYTES;
