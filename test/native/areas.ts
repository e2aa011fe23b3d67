/**
 * The memory and the tables of a Linux process as the host runs cases in it (runner.c, layout.ts), for our processor in its place (src/conform/user-machine.ts)
 * and for recordings (scripts/host-vectors.ts).
 */
import type { VectorAreas } from '../../src/loaders/vector.ts';
import { CODE, PATTERN_BYTES } from './layout.ts';
import { descriptorOf, localSegments } from './local-segments.ts';

/** Linux's descriptors by selector index: SDM vol. 3, 3.4.5; values as in the kernel's GDT. 6 is 64-bit code, 8 the task. Others are not asked for. */
const DESCRIPTORS: Readonly<Record<number, readonly [number, number]>> = {
  1: [0xffff, 0xcf9b00],
  2: [0xffff, 0xaf9b00],
  3: [0xffff, 0xcf9300],
  4: [0xffff, 0xcffb00],
  5: [0xffff, 0xcff300],
  6: [0xffff, 0xaffb00],
  8: [0x67, 0x8b00],
};
const ENTRIES = 12;
/** 64-bit code, which our processor does not have: data to it, and no place to go. */
export const LONG_CODE_INDEX = 6;
/**
 * Entries after those: the host's own, the C library's thread segment, and one that holds the number of the processor. Cases that name them are found out
 * by a page fault.
 */
export const FOREIGN_ENTRIES = 4;

/** With data pages at `data`, which hold zeros. */
export function areasAt(data: number): VectorAreas {
  const gdt = Array.from({ length: ENTRIES }, (_, i) => DESCRIPTORS[i] ?? [0, 0]);
  return {
    code: CODE,
    data,
    gdt: bytesOf(gdt),
    ldt: bytesOf(localSegments(data).map(descriptorOf)),
    pattern: new Uint8Array(PATTERN_BYTES),
  };
}

const bytesOf = (descriptors: readonly (readonly [number, number])[]): Uint8Array =>
  new Uint8Array(Uint32Array.from(descriptors.flat()).buffer);
