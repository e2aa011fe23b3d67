/**
 * A stack that is being written or read by a transfer of control: offsets wrap by the segment's B bit, limits and rights are checked, nothing
 * of the processor's state changes until the transfer is certain.
 */
import type { Cpu } from './cpu.ts';
import { Access, type SegmentValue } from './segments.ts';

export class StackFrame {
  private readonly cpu: Cpu;
  private readonly segment: SegmentValue;
  private readonly user: boolean;
  /** Stack pointer so far, unsigned, wrapped to the stack's width. */
  pointer: number;

  /** `errorCode`: pushed with #SS when the stack overflows: 0, or the selector of a new stack. */
  constructor(cpu: Cpu, segment: SegmentValue, pointer: number, user: boolean) {
    this.cpu = cpu;
    this.segment = segment;
    this.user = user;
    this.pointer = (pointer & this.mask) >>> 0;
  }

  static current(cpu: Cpu): StackFrame {
    return new StackFrame(cpu, cpu.segment(2), cpu.state.esp, cpu.state.cpl === 3);
  }

  private get mask(): number {
    return (this.segment.access & Access.big) !== 0 ? -1 : 0xffff;
  }

  /** Whether `count` values of `size` bytes can be pushed; raises #SS(`code`) or the page fault when not. */
  reserve(count: number, size: 2 | 4, code = 0): boolean {
    const low = ((this.pointer - count * size) & this.mask) >>> 0;
    return this.check(low, count, size, true, code);
  }

  /** Whether `count` values of `size` bytes from `skip` above the pointer can be popped. */
  available(count: number, size: 2 | 4, skip = 0, code = 0): boolean {
    return this.check(((this.pointer + skip) & this.mask) >>> 0, count, size, false, code);
  }

  private check(from: number, count: number, size: number, write: boolean, code: number): boolean {
    const { cpu, segment } = this;
    const bytes = count * size;
    const down = (segment.access & Access.expandDown) !== 0;
    const top = this.mask >>> 0;
    const last = from + bytes - 1;
    const inside = (offset: number) => (down ? offset > segment.limit && offset <= top : offset <= segment.limit);
    if (!inside(from) || !inside(last > top ? (last & this.mask) >>> 0 : last)) return cpu.raise(12, code);
    const linear = (segment.base + from) | 0;
    if (last <= top) return this.aligned(linear, size) && cpu.probeLinear(linear, bytes, write, this.user);
    // The values may wrap from the top to the bottom, but not one of them in its middle.
    const split = top - from + 1;
    if (split % size !== 0) return cpu.raise(12, code);
    return (
      this.aligned(linear, size) &&
      cpu.probeLinear(linear, split, write, this.user) &&
      cpu.probeLinear(segment.base, bytes - split, write, this.user)
    );
  }

  private aligned(linear: number, size: number): boolean {
    return !this.user || this.cpu.checkAlignment(linear, size);
  }

  /** Pushes after reserve(). */
  push(value: number, size: 2 | 4): void {
    this.pointer = ((this.pointer - size) & this.mask) >>> 0;
    this.cpu.writeLinear((this.segment.base + this.pointer) | 0, value, size, this.user);
  }

  /** Reads `skip` bytes above the pointer, after available(). Unsigned. */
  peek(skip: number, size: 2 | 4): number {
    return this.cpu.readLinear((this.segment.base + ((this.pointer + skip) & this.mask)) | 0, size, this.user);
  }

  pop(size: 2 | 4): number {
    const value = this.peek(0, size);
    this.pointer = ((this.pointer + size) & this.mask) >>> 0;
    return value;
  }

  /** ESP as it is after the transfer: the low half alone when the stack is 16 bits wide. */
  espAfter(old: number): number {
    return this.mask === -1 ? this.pointer | 0 : (old & ~0xffff) | (this.pointer & 0xffff);
  }
}
