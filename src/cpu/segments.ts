/**
 * Segment registers: descriptors, caches, and loading them. Source: SDM vol. 3, 3.4 (segment registers), 3.4.5 (descriptors), 5.3 to 5.6 (limit,
 * type and privilege checks), 21.3 (real mode).
 */
import { SegmentCache, segmentAddress } from './state.ts';

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

export interface Descriptor {
  /** The two doublewords as they stand in the table, unsigned. */
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

/** Writes a segment's cache, with the bounds that memory accesses are checked against. */
export function setCache(words: Int32Array, segment: number, value: SegmentValue): void {
  const at = segmentAddress(segment) >> 2;
  words[at + SegmentCache.selector / 4] = value.selector;
  words[at + SegmentCache.access / 4] = value.access;
  words[at + SegmentCache.base / 4] = value.base;
  words[at + SegmentCache.limit / 4] = value.limit;
  const { access, limit } = value;
  const usable = (access & Access.present) !== 0;
  const isCode = (access & Access.code) !== 0;
  const readable = usable && (!isCode || (access & Access.writable) !== 0);
  const writable = usable && !isCode && (access & Access.writable) !== 0;
  const down = !isCode && (access & Access.expandDown) !== 0;
  const top = (access & Access.big) !== 0 ? -1 : 0xffff;
  const low = down ? (limit + 1) | 0 : 0;
  const high = down ? top : limit | 0;
  // An expand-down segment with the largest limit has no valid offset: its low bound would wrap to 0.
  const empty = down && limit === 0xffffffff;
  const bounds = (allowed: boolean, offset: number) => {
    const none = !allowed || empty;
    words[at + offset / 4] = none ? 1 : low;
    words[at + offset / 4 + 1] = none ? 0 : high;
  };
  bounds(readable, SegmentCache.readLow);
  bounds(writable, SegmentCache.writeLow);
}

export function getCache(words: Int32Array, segment: number): SegmentValue {
  const at = segmentAddress(segment) >> 2;
  return {
    selector: words[at + SegmentCache.selector / 4]! & 0xffff,
    access: words[at + SegmentCache.access / 4]!,
    base: words[at + SegmentCache.base / 4]!,
    limit: words[at + SegmentCache.limit / 4]! >>> 0,
  };
}

/** Base 0, limit 4 GiB, readable, and writable where `data`. */
export function isFlat(words: Int32Array, segment: number, data: boolean): boolean {
  const at = segmentAddress(segment) >> 2;
  return (
    words[at + SegmentCache.base / 4] === 0 &&
    words[at + SegmentCache.limit / 4] === -1 &&
    (!data ||
      (words[at + SegmentCache.readLow / 4] === 0 &&
        words[at + SegmentCache.readHigh / 4] === -1 &&
        words[at + SegmentCache.writeLow / 4] === 0 &&
        words[at + SegmentCache.writeHigh / 4] === -1))
  );
}
