import type { Binding, FieldSource } from '../isa/operands.ts';
import { General32 } from '../isa/registers.ts';
import { isEscape } from '../isa/x87-map.ts';
import type { Decoded } from './decoder.ts';
import { rowNumber } from './forms.ts';
import {
  encodedRegisterAddress,
  fieldAddress,
  mmxAddress,
  registerAddress,
  segmentAddress,
  xmmAddress,
} from './state.ts';
import { x87RecordWord } from './x87/functions.ts';

/**
 * The record of a decoded instruction: 32 bytes in WebAssembly memory, those of a block one after the other. Registers are held as addresses
 * of their storage, so that one load reaches them at any width.
 */
export const RECORD_SIZE = 32;

/** Offsets of the fields of a record; widths in bits in their comments. */
export const Field = {
  /** 16: which form (handler) executes it. */
  form: 0,
  /** 8: instructions of its block before it. */
  index: 2,
  /** 8: left shift of the index register. */
  scale: 3,
  /** 16: address of the register operand chosen by ModRM.rm, or of a segment cache, or a register number. */
  rm: 4,
  /** 16: the same, by ModRM.reg or the opcode. */
  reg: 6,
  /** 16: addresses of base and index register, or of the word that is always zero. */
  base: 8,
  addressIndex: 10,
  /** 32: displacement of the effective address. */
  displacement: 12,
  /** 32: in direct jumps, which have no address: how often taken. */
  taken: 12,
  /** 32: immediate, relative displacement of a jump, or offset of a far pointer. */
  imm: 16,
  /**
   * 32: second immediate or selector; of SIMD instructions the number of the row; of x87 instructions what x87RecordWord() says; in direct jumps the record
   * jumped to, 0 while unknown.
   */
  imm2: 20,
  link: 20,
  /** 16: offset in its page of the instruction's first byte. */
  offset: 24,
  /** 16: the same of the byte after it; 1000h and more when it lies beyond the page. */
  next: 26,
  /** 16: address of the segment cache of the memory operand. */
  segment: 28,
  /** 16: FFFFh with 32-bit addresses, 0 with 16-bit: the high half of the address mask. */
  addressHigh: 30,
} as const;

/** Most instructions in a block: the budget left at every entry covers them. */
export const MAX_BLOCK = 64;
/** No block is longer than this in bytes. */
export const MAX_BLOCK_BYTES = MAX_BLOCK * 15;

const DS = 3;
const ESP = General32.indexOf('esp');
const EAX = registerAddress('eax');
const NONE = fieldAddress('none');

/** Writes the record of a decoded instruction at byte address `at`. `offset`: of its first byte in its page; `index`: in its block. */
export function writeRecord(
  view: DataView,
  at: number,
  decoded: Decoded,
  form: number,
  binding: Binding,
  index: number,
  offset: number,
): void {
  const { row, memory, immediates, override, modrm, opcode } = decoded;
  view.setUint16(at + Field.form, form, true);
  view.setUint8(at + Field.index, index);
  view.setUint8(at + Field.scale, memory?.scale ?? 0);
  view.setUint16(at + Field.rm, fieldValue(binding.rm, decoded), true);
  view.setUint16(at + Field.reg, fieldValue(binding.reg, decoded), true);
  view.setUint16(at + Field.base, memory && memory.base >= 0 ? encodedRegisterAddress(memory.base, 4) : NONE, true);
  view.setUint16(
    at + Field.addressIndex,
    memory && memory.index >= 0 ? encodedRegisterAddress(memory.index, 4) : NONE,
    true,
  );
  // POP with (E)SP as base computes its address after the pop.
  const popped = row.mnemonic === 'POP' && memory?.base === ESP ? decoded.operandSize : 0;
  view.setInt32(at + Field.displacement, ((memory?.displacement ?? 0) + popped) | 0, true);
  const values = immediateValues(binding, immediates);
  const escapeCode = isEscape(row) ? ((opcode & 7) << 8) | modrm : -1;
  view.setInt32(at + Field.imm, escapeCode >= 0 ? escapeCode : (values[0] ?? 0), true);
  view.setInt32(
    at + Field.imm2,
    escapeCode >= 0 ? x87RecordWord(escapeCode) : row.simd ? rowNumber(row) : (values[1] ?? 0),
    true,
  );
  view.setUint16(at + Field.offset, offset, true);
  view.setUint16(at + Field.next, offset + decoded.length, true);
  view.setUint16(at + Field.segment, segmentAddress(memory?.segment ?? (override >= 0 ? override : DS)), true);
  view.setUint16(at + Field.addressHigh, decoded.addressSize === 4 ? 0xffff : 0, true);
}

function fieldValue(source: FieldSource | undefined, { modrm, opcode }: Decoded): number {
  switch (source?.from) {
    case undefined:
      return EAX;
    case 'modrm.rm':
      return encodedRegisterAddress(modrm & 7, source.size);
    case 'modrm.reg':
      return encodedRegisterAddress((modrm >> 3) & 7, source.size);
    case 'opcode':
      return encodedRegisterAddress(opcode & 7, source.size);
    case 'fixed':
      return encodedRegisterAddress(source.number, source.size);
    case 'mmx':
      return mmxAddress((source.by === 'modrm.rm' ? modrm : modrm >> 3) & 7);
    case 'xmm':
      return xmmAddress((source.by === 'modrm.rm' ? modrm : modrm >> 3) & 7);
    case 'segment':
      return segmentAddress(source.number === 'modrm.reg' ? (modrm >> 3) & 7 : source.number);
    case 'number':
      return (modrm >> 3) & 7;
  }
}

/** Immediates cut to their operands' sizes; relative displacements stay signed. */
function immediateValues(binding: Binding, immediates: readonly number[]): number[] {
  const sizes = binding.operands.flatMap(o => (o.kind === 'immediate' ? [o.size] : o.kind === 'relative' ? [4] : []));
  return immediates.map((value, i) => (sizes[i] === 1 ? value & 0xff : sizes[i] === 2 ? value & 0xffff : value));
}
