/**
 * Segment registers: descriptors, caches, and loading them. Source: SDM vol. 3, 3.4 (segment registers), 3.4.5 (descriptors), 5.3 to 5.6 (limit,
 * type and privilege checks), 21.3 (real mode).
 */
import { SegmentWord, segmentWord } from './state.ts';

/** Segment registers by their numbers in encodings. */
export const Segment = { es: 0, cs: 1, ss: 2, ds: 3, fs: 4, gs: 5 } as const;

/** Bits of a segment's access word: descriptor byte 5 in bits 0-7, the high nibble of byte 6 in bits 12-15. */
export const Access = {
  accessed: 1 << 0,
  /** Data: writable. Code: readable. */
  writable: 1 << 1,
  /** Data: expand-down. Code: conforming. */
  expandDown: 1 << 2,
  code: 1 << 3,
  /** Code or data, not a system descriptor. */
  segment: 1 << 4,
  privilegeShift: 5,
  present: 1 << 7,
  /** D/B: 32-bit code or stack. */
  big: 1 << 14,
  granularity: 1 << 15,
} as const;

/**
 * Kept beside the rights in a cache's word of them: base 0 and limit 4 GiB; the same of data that may be read and written everywhere. Whether the segments
 * of a program are so is asked with every change of one.
 */
export const Flat = { place: 1 << 16, data: 1 << 17 } as const;
const RIGHTS = 0xffff;

export interface Descriptor {
  /** The two doublewords as they stand in the table, signed. */
  readonly low: number;
  readonly high: number;
  /** Linear address in its table. */
  readonly at: number;
}

export const accessOf = (d: Descriptor): number => ((d.high >>> 8) & 0xff) | ((d.high >>> 8) & 0xf000);
export const baseOf = (d: Descriptor): number => (d.low >>> 16) | ((d.high & 0xff) << 16) | (d.high & 0xff000000);
export const privilegeOf = (d: Descriptor): number => (d.high >>> 13) & 3;
export const isPresent = (d: Descriptor): boolean => (d.high & 0x8000) !== 0;
/** S bit and type: bits 0-4. */
export const typeOf = (d: Descriptor): number => (d.high >>> 8) & 0x1f;

/** Limit in bytes, unsigned. */
export function limitOf(d: Descriptor): number {
  const limit = (d.low & 0xffff) | (d.high & 0xf0000);
  return (d.high & 0x800000 ? (limit << 12) | 0xfff : limit) >>> 0;
}

export interface SegmentValue {
  readonly selector: number;
  readonly access: number;
  readonly base: number;
  readonly limit: number;
}

/** The segment a selector means in real or virtual-8086 mode: base 16 times the selector. */
export function realSegment(selector: number, limit: number, access: number): SegmentValue {
  return { selector, base: selector << 4, limit, access };
}

/** Writes a segment's cache. */
export function setCache(words: Int32Array, segment: number, { selector, access, base, limit }: SegmentValue): void {
  writeCache(words, segment, selector, access, base, limit | 0);
}

/** Writes the cache of a segment that a descriptor in a table describes; its load has marked it accessed. */
export function setDescriptor(words: Int32Array, segment: number, selector: number, d: Descriptor): void {
  writeCache(words, segment, selector, accessOf(d) | Access.accessed, baseOf(d), limitOf(d) | 0);
}

/** `limit`: signed. The bounds that memory accesses are checked against follow from the rest. */
function writeCache(
  words: Int32Array,
  segment: number,
  selector: number,
  access: number,
  base: number,
  limit: number,
): void {
  const at = segmentWord(segment);
  const isCode = (access & Access.code) !== 0;
  const down = (access & (Access.code | Access.expandDown)) === Access.expandDown;
  const low = down ? (limit + 1) | 0 : 0;
  const high = !down ? limit : (access & Access.big) !== 0 ? -1 : 0xffff;
  // An expand-down segment with the largest limit has no valid offset: its low bound would wrap to 0.
  const usable = (access & Access.present) !== 0 && !(down && limit === -1);
  const allowed = (access & Access.writable) !== 0;
  const readable = usable && (!isCode || allowed);
  const writable = usable && !isCode && allowed;
  const place = base === 0 && limit === -1 ? Flat.place : 0;
  const data = place !== 0 && writable && !down ? Flat.data : 0;
  words[at + SegmentWord.selector] = selector;
  words[at + SegmentWord.access] = (access & RIGHTS) | place | data;
  words[at + SegmentWord.base] = base;
  words[at + SegmentWord.limit] = limit;
  words[at + SegmentWord.readLow] = readable ? low : 1;
  words[at + SegmentWord.readHigh] = readable ? high : 0;
  words[at + SegmentWord.writeLow] = writable ? low : 1;
  words[at + SegmentWord.writeHigh] = writable ? high : 0;
}

export function getCache(words: Int32Array, segment: number): SegmentValue {
  const at = segmentWord(segment);
  return {
    selector: words[at + SegmentWord.selector]! & 0xffff,
    access: words[at + SegmentWord.access]! & RIGHTS,
    base: words[at + SegmentWord.base]!,
    limit: words[at + SegmentWord.limit]! >>> 0,
  };
}

/** Flat code at CS, flat data at SS, DS and ES. */
export function areFlat(words: Int32Array): boolean {
  const data = words[SS_ACCESS]! & words[DS_ACCESS]! & words[ES_ACCESS]! & Flat.data;
  return (words[CS_ACCESS]! & Flat.place) !== 0 && data !== 0;
}

const [ES_ACCESS, CS_ACCESS, SS_ACCESS, DS_ACCESS] = [0, 1, 2, 3].map(n => segmentWord(n) + SegmentWord.access) as [
  number,
  number,
  number,
  number,
];
