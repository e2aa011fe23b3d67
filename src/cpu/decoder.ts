/**
 * From bytes to a decoded instruction: prefixes, opcode, ModRM, SIB, displacement, immediates. Source: SDM vol. 2, chapter 2.
 * The only decoder: blocks, single steps, disassembly and explanation all use it. It knows modes only as default sizes.
 */
import { choiceOf, type MandatoryPrefix, type Row, Rows } from '../isa/opcode-map.ts';
import { escapeRow } from '../isa/x87-map.ts';

/** Longest legal instruction in bytes; a longer one is #GP(0). */
export const MAX_LENGTH = 15;

export interface MemoryOperand {
  /** Encoding numbers of the 32-bit (or, with 16-bit addresses, 16-bit) registers; -1 when absent. */
  readonly base: number;
  readonly index: number;
  /** Left shift of the index. */
  readonly scale: number;
  readonly displacement: number;
  /** Encoding number of the segment register in effect: the override, else the default. */
  readonly segment: number;
}

export interface Decoded {
  readonly row: Row;
  readonly length: number;
  /** Bytes before the displacement and immediates: prefixes, opcode, ModRM and SIB. */
  readonly head: number;
  readonly operandSize: 2 | 4;
  readonly addressSize: 2 | 4;
  /** Segment override, or -1. */
  readonly override: number;
  readonly lock: boolean;
  /** 0, F2h or F3h: the last repeat prefix. */
  readonly repeat: number;
  readonly opcode: number;
  /** ModRM byte, or -1. */
  readonly modrm: number;
  readonly memory: MemoryOperand | undefined;
  /** Immediate operands in order: sign-extended where the map says so, else zero-extended. */
  readonly immediates: readonly number[];
}

/** Why bytes are no instruction: undefined opcode, longer than 15 bytes, or fetch() had no more. */
export type DecodeFailure = 'undefined' | 'too-long' | 'fetch';

const SS = 2;
const DS = 3;

/** Base and index of 16-bit ModRM.rm: BX+SI, BX+DI, BP+SI, BP+DI, SI, DI, BP, BX. */
const PAIRS16 = [
  [3, 6],
  [3, 7],
  [5, 6],
  [5, 7],
  [6, -1],
  [7, -1],
  [5, -1],
  [3, -1],
] as const;

/** What follows ModRM and its kin, by the notation of an operand. */
const Tails: Readonly<Record<string, Tail>> = {
  Ib: 'byte',
  sIb: 'signed-byte',
  Jb: 'signed-byte',
  Iw: 'word',
  Iz: 'full',
  Jz: 'relative',
  Ap: 'pointer',
  Ob: 'offset',
  Ov: 'offset',
};
type Tail = 'byte' | 'signed-byte' | 'word' | 'full' | 'relative' | 'pointer' | 'offset';

/** What decoding needs of a row, found once. */
interface Layout {
  readonly tails: readonly Tail[];
  /** MOV to and from control and debug registers treats every ModRM as register form. */
  readonly registerOnly: boolean;
  /** Numbers of ModRM.reg that name a register, as bits: segment registers are 0-5, and CS cannot be loaded by MOV; control registers are 0, 2, 3 and 4. */
  readonly registers: number;
}

function layoutOf({ operands }: Row): Layout {
  const segments = !operands.includes('Sw') ? 0xff : operands[0] === 'Sw' ? 0x3d : 0x3f;
  return {
    tails: operands.flatMap(operand => Tails[operand] ?? []),
    registerOnly: operands.includes('Rd'),
    registers: operands.includes('Cd') ? 0x1d : segments,
  };
}

const layouts: readonly Layout[] = Rows.map(layoutOf);
const NO_IMMEDIATES: readonly number[] = [];

/** Bytes of a displacement or immediate; less than 0 where it is sign-extended, which a doubleword need not be. */
export const Width = { none: 0, byte: 1, signedByte: -1, word: 2, signedWord: -2, long: 4 } as const;
export type Width = (typeof Width)[keyof typeof Width];

/** Supplies the byte `index` bytes into the instruction, or -1 when it cannot be fetched. */
export type Fetch = (index: number) => number;

/** The instruction being read: one is enough, as decoding does not nest. After a failure all bytes are 0. */
class Reader {
  at = 0;
  /** Where the displacement begins, or would. */
  head = 0;
  failure: DecodeFailure | undefined;
  private fetch: Fetch = () => -1;

  begin(fetch: Fetch): void {
    this.at = 0;
    this.failure = undefined;
    this.fetch = fetch;
  }

  byte(): number {
    if (this.failure !== undefined) return 0;
    if (this.at >= MAX_LENGTH) {
      this.failure = 'too-long';
      return 0;
    }
    const value = this.fetch(this.at++);
    if (value >= 0) return value;
    this.failure = 'fetch';
    return 0;
  }

  signedByte(): number {
    return (this.byte() << 24) >> 24;
  }

  word(): number {
    return this.byte() | (this.byte() << 8);
  }

  long(): number {
    return this.word() | (this.word() << 16);
  }
}

const reader = new Reader();

/** With some prefix or none. */
const takesModrm = (opcode: number): boolean =>
  ([0, 0x66, 0xf2, 0xf3] as const).some(prefix => choiceOf(opcode, prefix)?.modrm);

/** `absent`: rows the processor does not have. */
export function decode(fetch: Fetch, big: boolean, absent?: ReadonlySet<Row>): Decoded | DecodeFailure {
  reader.begin(fetch);
  const natural = big ? 4 : 2;
  const other = big ? 2 : 4;
  let operandSize: 2 | 4 = natural;
  let addressSize: 2 | 4 = natural;
  let override = -1;
  let lock = false;
  let repeat: 0 | 0xf2 | 0xf3 = 0;
  let opcode = reader.byte();
  prefixes: for (; reader.failure === undefined; opcode = reader.byte()) {
    switch (opcode) {
      case 0x26:
      case 0x2e:
      case 0x36:
      case 0x3e:
        override = (opcode >> 3) & 3;
        break;
      case 0x64:
      case 0x65:
        override = opcode & 7;
        break;
      case 0x66:
        operandSize = other;
        break;
      case 0x67:
        addressSize = other;
        break;
      case 0xf0:
        lock = true;
        break;
      case 0xf2:
      case 0xf3:
        repeat = opcode;
        break;
      default:
        break prefixes;
    }
  }
  if (opcode === 0x0f) opcode = escaped();
  if (reader.failure !== undefined) return reader.failure;

  const mandatory: MandatoryPrefix = repeat !== 0 ? repeat : operandSize !== natural ? 0x66 : 0;
  const toFpu = opcode >> 3 === 0x1b;
  const choice = toFpu ? undefined : choiceOf(opcode, mandatory);
  const modrm = toFpu || choice?.modrm || (!choice && takesModrm(opcode)) ? reader.byte() : -1;
  const row = toFpu
    ? escapeRow(opcode, modrm)
    : choice?.rows[modrm < 0 ? 0 : ((modrm >> 3) & 7) | (modrm >= 0xc0 ? 8 : 0)];
  if (reader.failure !== undefined) return reader.failure;
  if (row === undefined) {
    // Nothing has that prefix or number; but the address is part of it, and fetched.
    if (modrm >= 0 && modrm < 0xc0) addressSize === 4 ? memory32(modrm, override) : memory16(modrm, override);
    return reader.failure ?? 'undefined';
  }
  if (absent?.has(row)) return 'undefined';

  reader.head = reader.at;
  const { tails, registerOnly, registers } = layouts[row.number]!;
  let memory: MemoryOperand | undefined;
  if (modrm >= 0 && modrm < 0xc0 && !registerOnly)
    memory = addressSize === 4 ? memory32(modrm, override) : memory16(modrm, override);
  let immediates = NO_IMMEDIATES;
  for (const tail of tails) {
    if (tail === 'offset') {
      const displacement = addressSize === 4 ? reader.long() : reader.word();
      memory = { base: -1, index: -1, scale: 0, displacement, segment: override < 0 ? DS : override };
    } else {
      const values = widthsOf(tail, operandSize).map(read);
      immediates = immediates.length === 0 ? values : [...immediates, ...values];
    }
  }
  const { failure, at, head } = reader;
  if (failure !== undefined) return failure;
  if (lock && !(row.lockable && memory !== undefined)) return 'undefined';
  if (((registers >> ((modrm >> 3) & 7)) & 1) === 0) return 'undefined';
  return { row, length: at, head, operandSize, addressSize, override, lock, repeat, opcode, modrm, memory, immediates };
}

/** Widths of the immediates, in the order of their bytes. */
export function immediateWidths({ row, operandSize }: Decoded): readonly Width[] {
  return layouts[row.number]!.tails.flatMap(tail => widthsOf(tail, operandSize));
}

const WORD_OR_LONG = { 2: [Width.word], 4: [Width.long] } as const;
/** Of what follows ModRM and its kin, by operand size. An offset is a displacement. */
const Widths: Readonly<Record<Tail, Readonly<Record<2 | 4, readonly Width[]>>>> = {
  byte: { 2: [Width.byte], 4: [Width.byte] },
  'signed-byte': { 2: [Width.signedByte], 4: [Width.signedByte] },
  word: { 2: [Width.word], 4: [Width.word] },
  full: WORD_OR_LONG,
  relative: { 2: [Width.signedWord], 4: [Width.long] },
  pointer: { 2: [Width.word, Width.word], 4: [Width.long, Width.word] },
  offset: { 2: [], 4: [] },
};

const widthsOf = (tail: Tail, operandSize: 2 | 4): readonly Width[] => Widths[tail][operandSize];

function read(width: Width): number {
  switch (width) {
    case Width.byte:
      return reader.byte();
    case Width.signedByte:
      return reader.signedByte();
    case Width.word:
      return reader.word();
    case Width.signedWord:
      return (reader.word() << 16) >> 16;
    case Width.long:
      return reader.long();
    default:
      return 0;
  }
}

/** Opcodes 0F38xx and 0F3Axx have a third byte. */
function escaped(): number {
  const second = reader.byte();
  if (second === 0x38) return 0x200 | reader.byte();
  return second === 0x3a ? 0x300 | reader.byte() : 0x100 | second;
}

function memory16(modrm: number, override: number): MemoryOperand {
  const mod = modrm >> 6;
  const rm = modrm & 7;
  if (mod === 0 && rm === 6) return operand(-1, -1, 0, reader.word(), override, false);
  const [base, index] = PAIRS16[rm]!;
  const displacement = mod === 1 ? reader.signedByte() : mod === 2 ? reader.word() : 0;
  // BP as base defaults to the stack segment.
  return operand(base, index, 0, displacement, override, base === 5);
}

function memory32(modrm: number, override: number): MemoryOperand {
  const mod = modrm >> 6;
  let base = modrm & 7;
  let index = -1;
  let scale = 0;
  if (base === 4) {
    const sib = reader.byte();
    scale = sib >> 6;
    index = (sib >> 3) & 7;
    base = sib & 7;
    // ESP cannot be an index; its place means none.
    if (index === 4) index = -1;
    reader.head = reader.at;
  }
  if (mod === 0 && base === 5) return operand(-1, index, scale, reader.long(), override, false);
  const displacement = mod === 1 ? reader.signedByte() : mod === 2 ? reader.long() : 0;
  // EBP and ESP as base default to the stack segment.
  return operand(base, index, scale, displacement, override, base === 4 || base === 5);
}

function operand(
  base: number,
  index: number,
  scale: number,
  displacement: number,
  override: number,
  stack: boolean,
): MemoryOperand {
  return { base, index, scale, displacement, segment: override >= 0 ? override : stack ? SS : DS };
}
