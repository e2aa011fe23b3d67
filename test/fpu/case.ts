/** A state to run one x87 instruction on, and what became of it: the form that native/runner.c reads and writes. */
import type { Row } from '../../src/isa/opcode-map.ts';
import { EscapeRows } from '../../src/isa/x87-map.ts';
import type { Random } from '../cpu/rig.ts';

export const CASE_BYTES = 264;
export const At = { code: 0, length: 15, eax: 16, eflags: 20, memory: 24, image: 152 } as const;
/** Offsets in an FSAVE image of the 32-bit layout. */
export const Image = { control: 0, status: 4, tags: 8, registers: 28 } as const;

type Words = readonly [top: number, high: number, low: number];

const INTEGER_BIT = 0x80000000;

/** Significands that arithmetic stumbles over. */
function significand(random: Random): [number, number] {
  const one = 2 ** random.below(32);
  switch (random.below(10)) {
    case 0:
      return [INTEGER_BIT, 0];
    case 1:
      return [0xffffffff, 0xffffffff];
    case 2:
      return [INTEGER_BIT, one];
    case 3:
      return [INTEGER_BIT + (one % INTEGER_BIT), 0];
    case 4:
      return [0xffffffff, -one >>> 0];
    // About the last places of double and single.
    case 5:
      return [INTEGER_BIT + random.below(INTEGER_BIT), random.pick([0x400, 0x3ff, 0x401, 0xc00, 0x800, 0x7ff, 0])];
    case 6:
      return [
        INTEGER_BIT + (random.word() & 0x7fffff00) + random.pick([0x80, 0x7f, 0x81, 0]),
        random.pick([0, 1, 0xffffffff]),
      ];
    default:
      return [INTEGER_BIT + random.below(INTEGER_BIT), random.word()];
  }
}

const BIAS = 0x3fff;

function exponent(random: Random): number {
  switch (random.below(8)) {
    case 0:
      return random.pick([1, 2, 3, 64, 65, 0x7ffe, 0x7ffd, 0x7ffc, 0x7fbe]);
    case 1:
      return 1 + random.below(0x7ffe);
    // Ends of the range of singles, doubles, integers.
    case 2:
      return BIAS + random.pick([-126, -127, -128, -149, -150, 127, 128, -1022, -1023, -1074, -1075, 1023, 1024]);
    case 3:
      return BIAS + random.pick([14, 15, 16, 30, 31, 32, 62, 63, 64, 65]);
    case 4:
      return BIAS + random.below(160) - 80;
    default:
      return BIAS + random.below(6) - 3;
  }
}

/** Any of the encodings, numbers most. */
export function anyExtended(random: Random): Words {
  const sign = random.below(2) << 15;
  const [high, low] = significand(random);
  switch (random.below(24)) {
    case 0:
      return [sign, 0, 0];
    case 1:
      return [sign, (high % INTEGER_BIT) >>> random.below(31), low];
    // Pseudo-denormal.
    case 2:
      return [sign, high, low];
    case 3:
      return [sign | 0x7fff, INTEGER_BIT, 0];
    case 4:
      return [sign | 0x7fff, (high | 0xc0000000) >>> 0, low];
    case 5:
      return [sign | 0x7fff, (high & 0xbfffffff) >>> 0, low | 1];
    // Unnormal, pseudo-infinity, pseudo-NaN.
    case 6:
      return random.below(3) === 0
        ? [sign | exponent(random), high % INTEGER_BIT, low]
        : [sign | 0x7fff, 0, random.below(2)];
    case 7:
      return [sign | BIAS, INTEGER_BIT, 0];
    // Small integers and halves.
    case 8: {
      const n = 1 + random.below(64);
      const shift = Math.clz32(n);
      return [sign | (BIAS + 31 - shift - random.below(2)), (n << shift) >>> 0, 0];
    }
    default:
      return [sign | exponent(random), high, low];
  }
}

/** 16 bytes that hold a number in one of the formats: double, single, decimal, extended, anything. */
function operandBytes(random: Random, view: DataView, at: number, mnemonic: string): void {
  const [top, high, low] = anyExtended(random);
  for (let i = 0; i < 128; i += 4) view.setUint32(at + i, random.word(), true);
  if (mnemonic === 'FBLD') {
    for (let i = 0; i < 9; i++) view.setUint8(at + i, random.below(10) * 16 + random.below(10));
    view.setUint8(at + 9, random.below(2) << 7);
    return;
  }
  const kind = random.below(6);
  const sign = random.below(2);
  if (kind === 0) {
    const field = random.pick([0, 1, 0x7ff, 0x7fe, 0x3ff, 0x400, random.below(0x800)]);
    view.setUint32(at, random.pick([0, 1, low]), true);
    view.setUint32(at + 4, ((sign << 31) | (field << 20) | random.pick([0, 1, 0x80000, high & 0xfffff])) >>> 0, true);
  } else if (kind === 1) {
    const field = random.pick([0, 1, 0xff, 0xfe, 0x7f, 0x80, random.below(0x100)]);
    view.setUint32(at, ((sign << 31) | (field << 23) | random.pick([0, 1, 0x400000, high & 0x7fffff])) >>> 0, true);
  } else if (kind <= 3) {
    view.setUint32(at, low, true);
    view.setUint32(at + 4, high, true);
    view.setUint16(at + 8, top, true);
  } else if (kind === 4) {
    const value = random.pick([0, 1, -1, 0x7fff, -0x8000, 0x7fffffff, -0x80000000, random.below(100)]);
    view.setInt32(at, value, true);
    view.setInt32(at + 4, value >> 31, true);
  }
}

/** A row, in its form of operand size 16 or not: environments have another layout then. */
export interface X87Form {
  readonly row: Row;
  readonly short: boolean;
}

export const X87Forms: readonly X87Form[] = [
  ...EscapeRows.map(row => ({ row, short: false })),
  ...EscapeRows.filter(({ operands }) => operands[0] === 'M').map(row => ({ row, short: true })),
];

const OPERAND_SIZE = 0x66;

/** The instruction of a row, its memory operand at [edi] or its STi `i`. */
export function encodeRow({ row, short }: X87Form, i: number): number[] {
  if (row.registerForm < 0) return [...(short ? [OPERAND_SIZE] : []), row.opcode, (row.digit << 3) | 7];
  return [row.opcode, row.registerForm + (row.operands.includes('STi') ? i : 0)];
}

/** A state in which no exception is pending. `code` is the instruction, its memory operand at [edi]. */
export function writeCase(random: Random, view: DataView, at: number, code: readonly number[], mnemonic: string): void {
  for (let i = 0; i < CASE_BYTES; i++) view.setUint8(at + i, 0);
  for (const [i, byte] of code.entries()) view.setUint8(at + At.code + i, byte);
  view.setUint8(at + At.length, code.length);
  view.setUint32(at + At.eax, random.word(), true);
  view.setUint32(at + At.eflags, (random.word() & 0x8d5) | 0x202, true);
  operandBytes(random, view, at + At.memory, mnemonic);
  const image = at + At.image;
  const masks = random.below(5) < 3 ? 0x3f : random.below(64);
  view.setUint32(image + Image.control, 0xffff0040 | masks | (random.below(16) << 8), true);
  // Conditions, TOP, and flags of masked exceptions.
  const flags = random.below(3) === 0 ? random.word() & masks & 0x3f : 0;
  const status = (random.word() & 0x7f00) | flags | (flags & 1 ? random.word() & 0x40 : 0);
  view.setUint32(image + Image.status, 0xffff0000 | status, true);
  const empty = random.below(3) === 0 ? random.word() & random.word() : random.below(2) === 0 ? 0x80 << 1 : 0;
  const top = (status >> 11) & 7;
  let tags = 0;
  for (let n = 0; n < 8; n++) {
    // The place above ST(0) is free more often than not, so that pushes succeed.
    const above = n === ((top - 1) & 7) && random.below(4) !== 0;
    if ((empty >> n) & 1 || above) tags |= 3 << (n * 2);
  }
  view.setUint32(image + Image.tags, 0xffff0000 | tags, true);
  for (let i = 0; i < 8; i++) {
    const [t, high, low] = anyExtended(random);
    const register = image + Image.registers + i * 10;
    view.setUint32(register, low, true);
    view.setUint32(register + 4, high, true);
    view.setUint16(register + 8, t, true);
  }
  // Operands near each other, so that sums cancel.
  if (random.below(4) === 0) {
    const register = image + Image.registers;
    const near = view.getUint16(register + 8, true) + random.pick([0, 0, 1, -1, 63, 64, 65, 0x8000]);
    view.setUint16(register + 18, near & 0xffff, true);
  }
}
