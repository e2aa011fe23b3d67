/**
 * From bytes to a decoded instruction: prefixes, opcode, ModRM, SIB, displacement, immediates. Source: SDM vol. 2, chapter 2.
 * The only decoder: blocks, single steps, disassembly and explanation all use it. It knows modes only as default sizes.
 */
import { choiceOf, type MandatoryPrefix, type Row } from '../isa/opcode-map.ts';
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

const SEGMENT_PREFIXES: Readonly<Record<number, number>> = { 38: 0, 46: 1, 54: 2, 62: 3, 100: 4, 101: 5 };
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

/** Segment registers are 0-5, and CS cannot be loaded by MOV; control registers are 0, 2, 3 and 4; DR4 and DR5 stand for DR6 and DR7. */
function specialExists(row: Row, number: number): boolean {
  if (row.operands.includes('Sw')) return number < 6 && !(row.operands[0] === 'Sw' && number === 1);
  if (row.operands.includes('Cd')) return number === 0 || (number >= 2 && number <= 4);
  return true;
}

/** Supplies the byte `index` bytes into the instruction, or -1 when it cannot be fetched. */
export type Fetch = (index: number) => number;

const NO_BYTE = -1;

/** `absent`: rows the processor does not have. */
export function decode(fetch: Fetch, big: boolean, absent?: ReadonlySet<Row>): Decoded | DecodeFailure {
  let at = 0;
  let failure: DecodeFailure | undefined;
  const byte = (): number => {
    if (at >= MAX_LENGTH) failure ??= 'too-long';
    const value = failure ? NO_BYTE : fetch(at++);
    if (value < 0) failure ??= 'fetch';
    return failure ? 0 : value;
  };
  const word = (): number => byte() | (byte() << 8);
  const long = (): number => word() | (word() << 16);

  let operandSize: 2 | 4 = big ? 4 : 2;
  let addressSize: 2 | 4 = big ? 4 : 2;
  let override = -1;
  let lock = false;
  let repeat: 0 | 0xf2 | 0xf3 = 0;
  let sized = false;
  let opcode = byte();
  for (; !failure; opcode = byte()) {
    const segment = SEGMENT_PREFIXES[opcode];
    if (segment !== undefined) override = segment;
    else if (opcode === 0x66) {
      operandSize = big ? 2 : 4;
      sized = true;
    } else if (opcode === 0x67) addressSize = big ? 2 : 4;
    else if (opcode === 0xf0) lock = true;
    else if (opcode === 0xf2 || opcode === 0xf3) repeat = opcode;
    else break;
  }
  if (opcode === 0x0f && !failure) opcode = escaped(byte());
  if (failure) return failure;

  const mandatory: MandatoryPrefix = repeat !== 0 ? repeat : sized ? 0x66 : 0;
  const toFpu = opcode >> 3 === 0x1b;
  const choice = toFpu ? undefined : choiceOf(opcode, mandatory);
  const modrm = toFpu || choice?.modrm ? byte() : -1;
  const row = toFpu
    ? escapeRow(opcode, modrm)
    : choice?.rows[modrm < 0 ? 0 : ((modrm >> 3) & 7) | (modrm >= 0xc0 ? 8 : 0)];
  if (failure) return failure;
  if (!row || absent?.has(row)) return 'undefined';

  let memory: MemoryOperand | undefined;
  // MOV to and from control and debug registers treats every ModRM as register form.
  if (modrm >= 0 && modrm < 0xc0 && !row.operands.includes('Rd')) {
    memory = addressSize === 4 ? memory32() : memory16();
  }
  const immediates: number[] = [];
  for (const operand of row.operands) {
    switch (operand) {
      case 'Ib':
        immediates.push(byte());
        break;
      case 'sIb':
      case 'Jb':
        immediates.push((byte() << 24) >> 24);
        break;
      case 'Iw':
        immediates.push(word());
        break;
      case 'Iz':
        immediates.push(operandSize === 4 ? long() : word());
        break;
      case 'Jz':
        immediates.push(operandSize === 4 ? long() : (word() << 16) >> 16);
        break;
      case 'Ap':
        immediates.push(operandSize === 4 ? long() : word(), word());
        break;
      case 'Ob':
      case 'Ov':
        memory = {
          base: -1,
          index: -1,
          scale: 0,
          displacement: addressSize === 4 ? long() : word(),
          segment: override < 0 ? DS : override,
        };
        break;
    }
  }
  if (failure) return failure;
  if (lock && !(row.lockable && memory)) return 'undefined';
  if (!specialExists(row, (modrm >> 3) & 7)) return 'undefined';
  return { row, length: at, operandSize, addressSize, override, lock, repeat, opcode, modrm, memory, immediates };

  /** Opcodes 0F38xx and 0F3Axx have a third byte. */
  function escaped(second: number): number {
    if (second === 0x38) return 0x200 | byte();
    return second === 0x3a ? 0x300 | byte() : 0x100 | second;
  }

  function memory16(): MemoryOperand {
    const mod = modrm >> 6;
    const rm = modrm & 7;
    if (mod === 0 && rm === 6) return operand(-1, -1, 0, word());
    const [base, index] = PAIRS16[rm]!;
    const displacement = mod === 1 ? (byte() << 24) >> 24 : mod === 2 ? word() : 0;
    return operand(base, index, 0, displacement);
  }

  function memory32(): MemoryOperand {
    const mod = modrm >> 6;
    const rm = modrm & 7;
    let base: number = rm;
    let index = -1;
    let scale = 0;
    if (rm === 4) {
      const sib = byte();
      scale = sib >> 6;
      index = (sib >> 3) & 7;
      base = sib & 7;
      // ESP cannot be an index; its place means none.
      if (index === 4) index = -1;
    }
    if (mod === 0 && base === 5) return operand(-1, index, scale, long());
    const displacement = mod === 1 ? (byte() << 24) >> 24 : mod === 2 ? long() : 0;
    return operand(base, index, scale, displacement);
  }

  function operand(base: number, index: number, scale: number, displacement: number): MemoryOperand {
    // BP, EBP and ESP as base default to the stack segment.
    const stack = base === 5 || (base === 4 && addressSize === 4);
    return { base, index, scale, displacement, segment: override >= 0 ? override : stack ? SS : DS };
  }
}
