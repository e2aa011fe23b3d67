/** Random cases: an instruction of the map with operands of any kind, and states in which edges are likelier than not. */
import { opcodeBytes, type Row, Rows } from '../../src/isa/opcode-map.ts';
import type { Random } from '../cpu/rig.ts';
import { Fx, Layout, WINDOW, WINDOW_BYTES } from './layout.ts';

const PLAIN = /^(MOVNTI|[LMS]FENCE|PREFETCH.*|CLFLUSH)$/;
export const TestedRows: readonly Row[] = Rows.filter(row => row.simd || PLAIN.test(row.mnemonic));

const SINGLES = [
  0, 0x80000000, 1, 0x80000001, 0x7fffff, 0x807fffff, 0x800000, 0x80800000, 0x800001, 0x3f800000, 0xbf800000,
  0x3f800001, 0x3f7fffff, 0x3f000000, 0x40000000, 0x4b000000, 0x4b7fffff, 0x4effffff, 0x4f000000, 0xcf000000,
  0xcf000001, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7f800001, 0xffbfffff,
  0x7fffffff, 0x1f800000, 0x20000000, 0x5f000000, 0x3fc00000, 0x40200000,
] as const;
/** High halves; the low ones are zero, one, all ones, or anything. */
const DOUBLES = [
  0, 0x80000000, 0x80000, 0xfffff, 0x800fffff, 0x100000, 0x80100000, 0x3ff00000, 0xbff00000, 0x3fefffff, 0x3fe00000,
  0x40000000, 0x41dfffff, 0x41e00000, 0xc1e00000, 0xc1e00001, 0x7fefffff, 0xffefffff, 0x7ff00000, 0xfff00000,
  0x7ff80000, 0xfff80000, 0x7ff00001, 0x7ff7ffff, 0x47efffff, 0x47f00000, 0x381fffff, 0x38100000, 0x36a00000,
  0x369fffff, 0x1ff00000, 0x5fe00000, 0x38000000, 0x3810ffff,
] as const;
const WORDS = [
  0, 0xffffffff, 0x80000000, 0x7fffffff, 0x80008000, 0x7fff7fff, 0x80808080, 0x7f7f7f7f, 1, 0x10001, 0x1010101,
];

/** Near an edge in the last bits, or of any fraction with an exponent that does not lead far away. */
export function single(random: Random): number {
  switch (random.below(4)) {
    case 0:
      return random.pick(SINGLES);
    case 1:
      return (random.pick(SINGLES) ^ random.below(4)) >>> 0;
    case 2:
      return ((0x3c000000 + random.below(0x8000000)) | (random.word() & 0x80000000)) >>> 0;
    default:
      return random.word();
  }
}

export function double(random: Random): [number, number] {
  const low = random.pick([0, 0, 1, 0xffffffff, random.word(), random.word() & 0xe0000000]);
  switch (random.below(4)) {
    case 0:
      return [low, random.pick(DOUBLES)];
    case 1:
      return [random.word(), (random.pick([0x3f000000, 0x40000000, 0x38000000]) + random.below(0x800000)) >>> 0];
    case 2:
      return [low, ((0x3fe00000 + random.below(0x600000)) | (random.word() & 0x80000000)) >>> 0];
    default:
      return [random.word(), random.word()];
  }
}

/** Fills 16 bytes with elements of one kind. */
function fillVector(random: Random, states: DataView, at: number, kind: number): void {
  for (let i = 0; i < 16; i += 8) {
    const pair =
      kind === 0
        ? [single(random), single(random)]
        : kind === 1
          ? double(random)
          : kind === 2
            ? [random.pick(WORDS), random.pick(WORDS)]
            : [random.word(), random.word()];
    states.setUint32(at + i, pair[0]!, true);
    states.setUint32(at + i + 4, pair[1]!, true);
  }
}

/** Mostly everything masked; the flags, roundings and modes at random. */
export function mxcsr(random: Random): number {
  const masks = random.below(4) === 0 ? random.word() & 0x1f80 : 0x1f80;
  const flags = random.pick([0, 0x20, random.below(64)]);
  const rounding = random.pick([0, 0, random.below(4) << 13]);
  const modes = random.pick([0, 0, random.pick([0x40, 0x8000, 0x8040])]);
  return masks | flags | rounding | modes;
}

/** Writes a case of `row` at byte `at`. */
export function generate(random: Random, row: Row, states: DataView, at: number): void {
  const kind = kindOf(random, row);
  const fx = at + Layout.fx;
  for (let i = 0; i < 512; i += 4) states.setUint32(fx + i, 0, true);
  states.setUint16(fx + Fx.control, 0x37f, true);
  states.setUint16(fx + Fx.status, random.word() & 0x7f7f & ~0x80, true);
  states.setUint8(fx + Fx.tag, random.below(256));
  states.setUint32(fx + Fx.mxcsr, mxcsr(random), true);
  for (let i = 0; i < 8; i++) {
    fillVector(random, states, fx + Fx.xmm + 16 * i, kind);
    fillVector(random, states, fx + Fx.st + 16 * i, kind);
    states.setUint32(fx + Fx.st + 16 * i + 8, random.word() & 0xffff, true);
    states.setUint32(fx + Fx.st + 16 * i + 12, 0, true);
  }
  // Now and then shift counts and masks of bytes that mean something.
  if (random.below(2) === 0) {
    for (const register of [Fx.xmm + 16 * random.below(8), Fx.st + 16 * random.below(8)]) {
      states.setUint32(fx + register, random.below(80), true);
      states.setUint32(fx + register + 4, 0, true);
    }
  }
  for (let i = 0; i < WINDOW_BYTES; i += 16) fillVector(random, states, at + Layout.memory + i, kind);
  for (let i = 0; i < 8; i++) states.setUint32(at + Layout.registers + 4 * i, random.word(), true);
  // AC now and then: what is not aligned is #AC then, as CR0.AM is set.
  const alignment = random.below(32) === 0 ? 0x40000 : 0;
  states.setUint32(at + Layout.eflags, (random.word() & 0xcd5) | 0x202 | alignment, true);
  states.setUint32(at + Layout.vector, 0, true);
  states.setUint32(at + Layout.cr2, 0, true);
  states.setUint32(at + Layout.eip, 0, true);
  const code = encode(random, row, states, at);
  for (let i = 0; i < 16; i++) states.setUint8(at + Layout.code + i, code[i] ?? 0xcc);
  states.setUint32(at + Layout.length, code.length, true);
}

function kindOf(random: Random, { mnemonic }: Row): number {
  if (random.below(8) === 0) return random.below(4);
  if (/^CVT.*P[DS]2|^CVT.*S[DS]2|^CVTT/.test(mnemonic)) return /^CVTT?[PS]D/.test(mnemonic) ? 1 : 0;
  if (/[PS]S$/.test(mnemonic)) return 0;
  if (/[PS]D$/.test(mnemonic)) return 1;
  return 2 + random.below(2);
}

function encode(random: Random, row: Row, states: DataView, at: number): number[] {
  const prefixes: number[] = [];
  if (random.below(12) === 0) prefixes.push(random.pick([0x26, 0x3e, 0x36, 0x66, 0xf2, 0xf3]));
  if (row.prefix !== 0) prefixes.push(row.prefix);
  // A later operand-size prefix means nothing beside F2 and F3.
  if ((row.prefix === 0xf2 || row.prefix === 0xf3) && random.below(8) === 0) prefixes.push(0x66);
  const code = [...prefixes, ...opcodeBytes(row)];
  if (row.modrm || row.only) code.push(...modrm(random, row, states, at));
  if (row.operands.includes('Ib'))
    code.push(random.pick([random.below(8), random.below(20), random.below(80), random.below(256)]));
  if (row.mnemonic.startsWith('MASKMOV')) setRegister(states, at, 7, address(random, 16));
  return code;
}

function setRegister(states: DataView, at: number, register: number, value: number): void {
  states.setUint32(at + Layout.registers + 4 * register, value, true);
}

/** Mostly aligned within the window; now and then not, or over its end. */
function address(random: Random, size: number): number {
  switch (random.below(16)) {
    case 0:
      return WINDOW + random.below(WINDOW_BYTES);
    case 1:
      return WINDOW + WINDOW_BYTES - random.below(size + 1);
    case 2:
      // Below the runner's own pages.
      return random.word() & 0x07fffff0;
    case 3:
      return WINDOW + random.below(WINDOW_BYTES - size);
    default:
      return WINDOW + 16 * random.below(WINDOW_BYTES / 16);
  }
}

function modrm(random: Random, row: Row, states: DataView, at: number): number[] {
  const reg = row.digit >= 0 ? row.digit : random.below(8);
  const registers = row.only === 'register' || (row.only !== 'memory' && random.below(2) === 0);
  if (registers || !(row.only === 'memory' || row.operands.some(o => /^[EQW]/.test(o))))
    return [0xc0 | (reg << 3) | random.below(8)];
  const place = address(random, 16);
  const little = (value: number) => [0, 8, 16, 24].map(shift => (value >>> shift) & 0xff);
  switch (random.below(3)) {
    case 0:
      return [(reg << 3) | 5, ...little(place)];
    case 1: {
      const base = random.pick([0, 1, 2, 3, 6, 7]);
      const displacement = random.below(256) - 128;
      setRegister(states, at, base, place - displacement);
      return [0x40 | (reg << 3) | base, displacement & 0xff];
    }
    default: {
      // [base + index * scale]: two registers that are not the same.
      const base = random.pick([0, 1, 2]);
      const index = random.pick([3, 6, 7]);
      const scale = random.below(4);
      const offset = random.below(64);
      setRegister(states, at, index, offset);
      setRegister(states, at, base, place - (offset << scale));
      return [(reg << 3) | 4, (scale << 6) | (index << 3) | base];
    }
  }
}
