/**
 * A stack that is being written or read by a transfer of control: offsets wrap by the segment's B bit, limits and rights are checked, nothing
 * of the processor's state changes until the transfer is certain.
 */
import type { Cpu } from './cpu.ts';
import { Access, accessOf, baseOf, type Descriptor, limitOf } from './segments.ts';
import { SegmentWord, segmentWord } from './state.ts';

const SS = segmentWord(2);

export class StackFrame {
  private readonly cpu: Cpu;
  private base = 0;
  /** In bytes; signed, as all numbers here are: they are compared as unsigned. */
  private limit = 0;
  private expandsDown = false;
  /** By the stack's width: FFFFh or FFFFFFFFh. */
  private mask = 0;
  private user = false;
  /** Stack pointer so far, wrapped to the stack's width. */
  pointer = 0;
  /** Where what has been checked lies in one piece of plain RAM, 1: host address is offset + `toHost`. */
  private plain = 0;
  private toHost = 0;

  constructor(cpu: Cpu) {
    this.cpu = cpu;
  }

  private open(base: number, limit: number, access: number, pointer: number, user: boolean): StackFrame {
    this.base = base;
    this.limit = limit;
    this.expandsDown = (access & Access.expandDown) !== 0;
    this.mask = (access & Access.big) !== 0 ? -1 : 0xffff;
    this.user = user;
    this.pointer = pointer & this.mask;
    return this;
  }

  /** The stack in use. */
  static current({ stack, state, words }: Cpu): StackFrame {
    const access = words[SS + SegmentWord.access]!;
    const base = words[SS + SegmentWord.base]!;
    return stack.open(base, words[SS + SegmentWord.limit]!, access, state.esp, state.cpl === 3);
  }

  /** The stack of another level. */
  static other({ otherStack }: Cpu, d: Descriptor, pointer: number, user: boolean): StackFrame {
    return otherStack.open(baseOf(d), limitOf(d) | 0, accessOf(d), pointer, user);
  }

  /** Whether `count` values of `size` bytes can be pushed; raises #SS(`code`) or the page fault when not. */
  reserve(count: number, size: 2 | 4, code = 0): boolean {
    return this.check((this.pointer - count * size) & this.mask, count, size, true, code);
  }

  /** Whether `count` values of `size` bytes from `skip` above the pointer can be popped. */
  available(count: number, size: 2 | 4, skip = 0, code = 0): boolean {
    return this.check((this.pointer + skip) & this.mask, count, size, false, code);
  }

  private check(from: number, count: number, size: number, write: boolean, code: number): boolean {
    const { cpu, mask } = this;
    const bytes = count * size;
    const last = (from + bytes - 1) & mask;
    this.plain = 0;
    if (!this.inside(from) || !this.inside(last)) return cpu.raise(12, code);
    const linear = (this.base + from) | 0;
    if (last >>> 0 >= from >>> 0) {
      const place = cpu.linear.plain(linear, bytes, write, this.user);
      if (place < 0) return this.aligned(linear, size) && this.mapped(from, count, size, write);
      this.plain = 1;
      this.toHost = (place - from) | 0;
      return true;
    }
    // The values may wrap from the top to the bottom, but not one of them in its middle.
    const split = (mask >>> 0) - (from >>> 0) + 1;
    if (split % size !== 0) return cpu.raise(12, code);
    return this.aligned(linear, size) && this.mapped(from, count, size, write);
  }

  /** Value by value in the order of the pushes, from the top, or of the pops: the page fault names the first that fails. */
  private mapped(from: number, count: number, size: number, write: boolean): boolean {
    const { cpu, base, mask, user } = this;
    for (let i = 0; i < count; i++) {
      const offset = from + (write ? count - 1 - i : i) * size;
      if (!cpu.linear.probe((base + (offset & mask)) | 0, size, write, user)) return false;
    }
    return true;
  }

  private inside(offset: number): boolean {
    const beyond = offset >>> 0 > this.limit >>> 0;
    return this.expandsDown ? beyond && offset >>> 0 <= this.mask >>> 0 : !beyond;
  }

  private aligned(linear: number, size: number): boolean {
    return !this.user || this.cpu.linear.checkAlignment(linear, size);
  }

  /** Pushes after reserve(). */
  push(value: number, size: 2 | 4): void {
    const { cpu } = this;
    const pointer = (this.pointer - size) & this.mask;
    this.pointer = pointer;
    const place = (this.toHost + pointer) >>> 0;
    if (this.plain === 0)
      cpu.linear.write((this.base + pointer) | 0, size === 4 ? value : value & 0xffff, size, this.user);
    else if (size === 4) cpu.view.setInt32(place, value, true);
    else cpu.view.setInt16(place, value, true);
  }

  /** The same for several, the first first. */
  pushAll(values: readonly number[], size: 2 | 4): void {
    if (this.plain === 0 || size === 2) {
      for (const value of values) this.push(value, size);
      return;
    }
    const { view } = this.cpu;
    let { pointer } = this;
    for (let i = 0; i < values.length; i++) {
      pointer = (pointer - 4) & this.mask;
      view.setInt32((this.toHost + pointer) >>> 0, values[i]!, true);
    }
    this.pointer = pointer;
  }

  /** Reads `skip` bytes above the pointer, after available(). Unsigned. */
  peek(skip: number, size: 2 | 4): number {
    const { cpu } = this;
    const offset = (this.pointer + skip) & this.mask;
    if (this.plain === 0) return cpu.linear.read((this.base + offset) | 0, size, this.user);
    const place = (this.toHost + offset) >>> 0;
    return size === 4 ? cpu.view.getUint32(place, true) : cpu.view.getUint16(place, true);
  }

  /** ESP as it is after the transfer: the low half alone when the stack is 16 bits wide. */
  espAfter(old: number): number {
    return this.mask === -1 ? this.pointer | 0 : (old & ~0xffff) | (this.pointer & 0xffff);
  }
}
