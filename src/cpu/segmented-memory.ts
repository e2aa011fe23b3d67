/**
 * Memory by segment and offset, for services: limits and rights by the bounds kept beside each segment's cache. Source: SDM vol. 3, 5.3 (limits), 5.5
 * (rights).
 */
import type { Cpu } from './cpu.ts';
import { type LinearMemory, toPageEnd } from './linear-memory.ts';
import { Segment } from './segments.ts';
import { hostAddress, SegmentWord, segmentWord, Tlb } from './state.ts';
import type { Translation } from './translation.ts';

export class SegmentedMemory {
  /** How many bytes plainPlace() vouched for. */
  plainBytes = 0;
  private readonly cpu: Cpu;
  private readonly words: Int32Array;
  private readonly linear: LinearMemory;
  private readonly translation: Translation;

  constructor(cpu: Cpu) {
    this.cpu = cpu;
    this.words = cpu.words;
    this.linear = cpu.linear;
    this.translation = cpu.translation;
  }

  /** Linear address of `size` bytes at an offset, or undefined after raising #GP(0), #SS(0), or #AC(0) for a size of 2, 4 or 8. */
  linearOf(segment: number, offset: number, size: number, write: boolean): number | undefined {
    const at = segmentWord(segment);
    const bounds = at + (write ? SegmentWord.writeLow : SegmentWord.readLow);
    const low = this.words[bounds]! >>> 0;
    const high = this.words[bounds + 1]! >>> 0;
    const from = offset >>> 0;
    const whole = low === 0 && high === 0xffffffff;
    if (!whole && (from < low || from + size - 1 > high)) {
      this.cpu.raise(segment === Segment.ss ? 12 : 13, 0);
      return undefined;
    }
    const linear = (this.words[at + SegmentWord.base]! + offset) | 0;
    // Operands of 16 bytes have rules of their own.
    return size > 8 || this.linear.checkAlignment(linear, size) ? linear : undefined;
  }

  /**
   * Host address of plain RAM at segment:offset, good for up to `bytes` bytes of its page (`plainBytes` says how many): nothing needs asking there. -1
   * when there is none; no fault is raised then, whoever accesses it element by element will find it.
   */
  plainPlace(segment: number, offset: number, write: boolean, user: boolean, bytes: number): number {
    if (bytes <= 0) return -1;
    const at = segmentWord(segment);
    const bounds = at + (write ? SegmentWord.writeLow : SegmentWord.readLow);
    const low = this.words[bounds]! >>> 0;
    const high = this.words[bounds + 1]! >>> 0;
    if (offset < low || offset > high) return -1;
    const linear = (this.words[at + SegmentWord.base]! + offset) | 0;
    const word = this.translation.attempt(linear, write, user);
    if ((word & Tlb.plain) === 0) return -1;
    this.plainBytes = Math.min(bytes, high - offset + 1, toPageEnd(linear));
    return hostAddress((linear + word) | 0);
  }
}
