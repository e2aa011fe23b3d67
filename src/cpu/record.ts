import type { Binding, FieldSource } from '../isa/operands.ts';
import { General32 } from '../isa/registers.ts';
import { isEscape } from '../isa/x87-map.ts';
import type { Decoded } from './decoder.ts';
import { Pseudo } from './forms.ts';
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

/** Records in the memory, as words of each size. */
export interface RecordWords {
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Int32Array;
}

/** Writes the record of a decoded instruction at byte address `at`. `offset`: of its first byte in its page; `index`: in its block. */
export function writeRecord(
  { bytes, halves, words }: RecordWords,
  at: number,
  decoded: Decoded,
  form: number,
  binding: Binding,
  index: number,
  offset: number,
): void {
  const { row, memory, immediates, override, modrm, opcode } = decoded;
  const half = at >> 1;
  const word = at >> 2;
  halves[half + Field.form / 2] = form;
  bytes[at + Field.index] = index;
  halves[half + Field.rm / 2] = fieldValue(binding.rm, modrm, opcode);
  halves[half + Field.reg / 2] = fieldValue(binding.reg, modrm, opcode);
  if (memory === undefined) {
    bytes[at + Field.scale] = 0;
    halves[half + Field.base / 2] = NONE;
    halves[half + Field.addressIndex / 2] = NONE;
    words[word + Field.displacement / 4] = 0;
    halves[half + Field.segment / 2] = segmentAddress(override >= 0 ? override : DS);
  } else {
    // POP with (E)SP as base computes its address after the pop.
    const popped = memory.base === ESP && row.mnemonic === 'POP' ? decoded.operandSize : 0;
    bytes[at + Field.scale] = memory.scale;
    halves[half + Field.base / 2] = memory.base >= 0 ? EAX + memory.base * 4 : NONE;
    halves[half + Field.addressIndex / 2] = memory.index >= 0 ? EAX + memory.index * 4 : NONE;
    words[word + Field.displacement / 4] = memory.displacement + popped;
    halves[half + Field.segment / 2] = segmentAddress(memory.segment);
  }
  if (isEscape(row)) {
    const escapeCode = ((opcode & 7) << 8) | modrm;
    words[word + Field.imm / 4] = escapeCode;
    words[word + Field.imm2 / 4] = x87RecordWord(escapeCode);
  } else {
    const { masks } = binding;
    words[word + Field.imm / 4] = immediates.length > 0 ? immediates[0]! & masks[0]! : 0;
    words[word + Field.imm2 / 4] = row.simd ? row.number : immediates.length > 1 ? immediates[1]! & masks[1]! : 0;
  }
  halves[half + Field.offset / 2] = offset;
  halves[half + Field.next / 2] = offset + decoded.length;
  halves[half + Field.addressHigh / 2] = decoded.addressSize === 4 ? 0xffff : 0;
}

/** A record that is no instruction but steers the interpreter. */
export function writePseudo(view: DataView, at: number, form: number, index: number, offset: number): void {
  view.setUint16(at + Field.form, form, true);
  view.setUint8(at + Field.index, index);
  view.setUint16(at + Field.offset, offset, true);
}

/** A jump to the byte after the block's `count` instructions that counts as none: its index is the last one's. */
export function writeFallThrough(view: DataView, at: number, count: number, offset: number): void {
  writePseudo(view, at, Pseudo.next, count - 1, offset);
  view.setUint16(at + Field.next, offset, true);
  view.setInt32(at + Field.imm, 0, true);
  view.setInt32(at + Field.link, 0, true);
  view.setInt32(at + Field.taken, 0, true);
}

function fieldValue(source: FieldSource | undefined, modrm: number, opcode: number): number {
  if (source === undefined) return EAX;
  switch (source.from) {
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
