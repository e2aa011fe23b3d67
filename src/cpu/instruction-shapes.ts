/**
 * Shapes: what an instruction is but for its displacement and immediates - its prefixes, opcode, ModRM and SIB. Programs repeat some hundreds of them, so the record that the
 * decoder made of one serves the next of the same shape, with other numbers filled in. Code met for the first time takes half as long so, when V8 has not
 * seen the decoder often either.
 *
 * A shape is found by a walk from byte to byte through tables of 256 entries. The code of a processor has few of them and a guest may make up many: no more are learnt
 * than there is room for.
 */
import { type Decoded, immediateWidths, Width } from './decoder.ts';
import { Field, RECORD_SIZE, type RecordWords } from './record.ts';

/** Tables, of 1 KiB each, and shapes. */
const MOST_TABLES = 1024;
const MOST_SHAPES = 8192;
const RECORD_WORDS = RECORD_SIZE >> 2;

/** Words of a shape, after those of its record without displacement, immediates and place. */
const Shape = {
  /** Of an instruction, in bytes. */
  length: RECORD_WORDS,
  /** Widths of the displacement and two immediates, in the order of their bytes; see Width. */
  displacement: RECORD_WORDS + 1,
  immediate: RECORD_WORDS + 2,
  second: RECORD_WORDS + 3,
  /** What the record keeps of the immediates. */
  mask: RECORD_WORDS + 4,
  secondMask: RECORD_WORDS + 5,
} as const;
const SHAPE_WORDS = 16;

const DISPLACEMENT = Field.displacement >> 2;
const IMMEDIATE = Field.imm >> 2;
const SECOND = Field.imm2 >> 2;
const PLACE = Field.offset >> 2;
const INDEX_SHIFT = (Field.index & 3) * 8;

export class InstructionShapes {
  /** By table and byte: 0 for what has not been met, the number of the next table, or the complement of a shape's. The first tables are the modes'. */
  private tables: Int32Array;
  private tableCount: number;
  private shapes = new Int32Array(64 * SHAPE_WORDS);
  private shapeCount = 0;
  private readonly records: RecordWords;
  /** Physical memory. */
  private readonly bytes: Uint8Array;

  /** `modes`: how many modes there are in which the same bytes may be another instruction. */
  constructor(records: RecordWords, bytes: Uint8Array, modes: number) {
    this.records = records;
    this.bytes = bytes;
    this.tableCount = modes;
    this.tables = new Int32Array(modes * 4 * 256);
  }

  /**
   * Writes the record of the instruction in physical bytes [from, end), if its shape is known; see writeRecord(). Its length, or 0.
   */
  recall(mode: number, from: number, end: number, at: number, index: number, offset: number): number {
    const { bytes, tables, shapes } = this;
    let next = from;
    let entry = mode;
    do {
      if (next === end) return 0;
      entry = tables[(entry << 8) | bytes[next++]!]!;
    } while (entry > 0);
    if (entry === 0) return 0;
    const shape = ~entry * SHAPE_WORDS;
    const length = shapes[shape + Shape.length]!;
    if (from + length > end) return 0;
    const { words } = this.records;
    const record = at >> 2;
    words[record] = shapes[shape]! | (index << INDEX_SHIFT);
    for (let i = 1; i < RECORD_WORDS; i++) words[record + i] = shapes[shape + i]!;
    words[record + PLACE] = offset | ((offset + length) << 16);
    if (next === from + length) return length;
    const displacement = shapes[shape + Shape.displacement]!;
    if (displacement !== Width.none) {
      words[record + DISPLACEMENT] = (words[record + DISPLACEMENT]! + this.value(next, displacement)) | 0;
      next += bytesOf(displacement);
    }
    const immediate = shapes[shape + Shape.immediate]!;
    if (immediate === Width.none) return length;
    words[record + IMMEDIATE] = this.value(next, immediate) & shapes[shape + Shape.mask]!;
    const second = shapes[shape + Shape.second]!;
    if (second !== Width.none)
      words[record + SECOND] = this.value(next + bytesOf(immediate), second) & shapes[shape + Shape.secondMask]!;
    return length;
  }

  /** The record at `at` is that of an instruction in physical bytes [from, from + decoded.length), whose shape was not known; `masks`: those of its binding. */
  learn(mode: number, from: number, at: number, decoded: Decoded, masks: readonly number[]): void {
    const { head, length } = decoded;
    if (this.tableCount + head > MOST_TABLES || this.shapeCount === MOST_SHAPES) return;
    const [immediate = Width.none, second = Width.none] = immediateWidths(decoded);
    const displacement = displacementWidth(length - head - bytesOf(immediate) - bytesOf(second));
    const number = this.shapeCount++;
    if (this.shapes.length < this.shapeCount * SHAPE_WORDS) this.shapes = grown(this.shapes);
    const { shapes } = this;
    const shape = number * SHAPE_WORDS;
    shapes.set(this.records.words.subarray(at >> 2, (at >> 2) + RECORD_WORDS), shape);
    shapes[shape]! &= ~(0xff << INDEX_SHIFT);
    shapes[shape + DISPLACEMENT]! -= this.value(from + head, displacement);
    shapes[shape + Shape.length] = length;
    shapes[shape + Shape.displacement] = displacement;
    shapes[shape + Shape.immediate] = immediate;
    shapes[shape + Shape.second] = second;
    shapes[shape + Shape.mask] = masks[0] ?? 0;
    shapes[shape + Shape.secondMask] = masks[1] ?? 0;
    this.enter(mode, from, head, number);
  }

  private enter(mode: number, from: number, head: number, shape: number): void {
    let table = mode;
    for (let i = 0; i < head - 1; i++) {
      const place = (table << 8) | this.bytes[from + i]!;
      if (this.tables[place] === 0) {
        if (this.tables.length === this.tableCount << 8) this.tables = grown(this.tables);
        this.tables[place] = this.tableCount++;
      }
      table = this.tables[place]!;
    }
    this.tables[(table << 8) | this.bytes[from + head - 1]!] = ~shape;
  }

  private value(at: number, width: number): number {
    const { bytes } = this;
    switch (width) {
      case Width.byte:
        return bytes[at]!;
      case Width.signedByte:
        return (bytes[at]! << 24) >> 24;
      case Width.word:
        return bytes[at]! | (bytes[at + 1]! << 8);
      case Width.signedWord:
        return ((bytes[at]! | (bytes[at + 1]! << 8)) << 16) >> 16;
      case Width.long:
        return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
      default:
        return 0;
    }
  }
}

const bytesOf = (width: number): number => Math.abs(width);

/** ModRM's are signed; words are of 16-bit addresses, which wrap in any case. */
function displacementWidth(bytes: number): Width {
  return bytes === 0 ? Width.none : bytes === 1 ? Width.signedByte : bytes === 2 ? Width.word : Width.long;
}

function grown(words: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(words.length * 2);
  larger.set(words);
  return larger;
}
