/**
 * Memory by linear address, as the processor's services read and write it: through the TLB's plain pages at once, else by translation, byte by byte where an
 * access lies on two pages. Nothing is written before all of it is known to be allowed.
 */
import type { Breakpoints } from './breakpoints.ts';
import type { Cpu } from './cpu.ts';
import { Field } from './record.ts';
import { hostAddress, Tlb } from './state.ts';
import { DIRECT, type Translation } from './translation.ts';

/** Bytes from `linear` to the end of its page. */
export const toPageEnd = (linear: number): number => 0x1000 - (linear & 0xfff);

export class LinearMemory {
  private readonly cpu: Cpu;
  private readonly view: DataView;
  private readonly translation: Translation;
  private readonly breakpoints: Breakpoints;

  constructor(cpu: Cpu) {
    this.cpu = cpu;
    this.view = cpu.view;
    this.translation = cpu.translation;
    this.breakpoints = cpu.breakpoints;
  }

  /** Reads at a linear address; -1 after raising a page fault. Unsigned otherwise. `user`: with the rights of CPL 3. */
  read(linear: number, size: 1 | 2 | 4, user: boolean): number {
    if (this.breakpoints.watching) this.watch(linear, size, false);
    return this.readSystem(linear, size, user);
  }

  /** read() by the processor for itself, which no data breakpoint sees: descriptor tables and the TSS, whatever the CPL. */
  readSystem(linear: number, size: 1 | 2 | 4, user = false): number {
    const at = linear | 0;
    const place = this.plain(at, size, false, user);
    if (place >= 0) {
      if (size === 4) return this.view.getUint32(place, true);
      return size === 2 ? this.view.getUint16(place, true) : this.view.getUint8(place);
    }
    if ((at & 0xfff) + size > 0x1000) {
      let value = 0;
      for (let i = 0; i < size; i++) {
        const byte = this.readSystem(at + i, 1, user);
        if (byte < 0) return -1;
        value += byte * 2 ** (8 * i);
      }
      return value;
    }
    const word = this.translation.translate(at, false, user);
    return word === 0 ? -1 : this.cpu.physical.read(this.translation.physicalOf(word, at), size);
  }

  /** Writes at a linear address; false after raising a page fault, with nothing written. */
  write(linear: number, value: number, size: 1 | 2 | 4, user: boolean): boolean {
    if (this.breakpoints.watching) this.watch(linear, size, true);
    return this.writeSystem(linear, value, size, user);
  }

  /** See readSystem(). */
  writeSystem(linear: number, value: number, size: 1 | 2 | 4, user = false): boolean {
    const at = linear | 0;
    const place = this.plain(at, size, true, user);
    if (place >= 0) {
      if (size === 4) this.view.setInt32(place, value, true);
      else if (size === 2) this.view.setInt16(place, value, true);
      else this.view.setInt8(place, value);
      return true;
    }
    if (!this.probe(at, size, true, user)) return false;
    if ((at & 0xfff) + size > 0x1000) {
      for (let i = 0; i < size; i++) this.writeSystem(at + i, (value >>> (8 * i)) & 0xff, 1, user);
      return true;
    }
    const { translation } = this;
    this.cpu.writePhysical(translation.physicalOf(translation.translate(at, true, user), at), value, size);
    return true;
  }

  /** Whether [linear, linear + length) may be accessed; raises the page fault when not. */
  probe(linear: number, length: number, write: boolean, user: boolean): boolean {
    let at = linear | 0;
    const last = (linear + length - 1) | 0;
    for (;;) {
      if (this.translation.translate(at, write, user) === 0) return false;
      if (at >>> 12 === last >>> 12) return true;
      at = ((at & ~0xfff) + 0x1000) | 0;
    }
  }

  /** Host address of `bytes` bytes of plain RAM at a linear address, or -1 when the access must go by read() or write(). */
  plain(linear: number, bytes: number, write: boolean, user: boolean): number {
    const word = this.translation.known(linear, write, user);
    if ((word & Tlb.plain) === 0 || bytes > toPageEnd(linear)) return -1;
    return hostAddress((linear + word) | 0);
  }

  /**
   * Raises #AC(0) when alignment is being checked (CR0.AM, EFLAGS.AC, CPL 3) and `size`, a power of two, does not divide the address. Processors
   * look at alignment before they translate, so an access that is both misaligned and not mapped is #AC.
   */
  checkAlignment(linear: number, size: number): boolean {
    if ((linear & (size - 1)) === 0 || (size & (size - 1)) !== 0) return true;
    const { cpu, translation } = this;
    return translation.alignedUser && cpu.state.cpl === 3 ? cpu.raise(17, 0) : true;
  }

  /** A service's access to what may be a data breakpoint: the block that runs ends with this instruction. */
  private watch(linear: number, size: number, write: boolean): void {
    const { cpu, breakpoints, translation } = this;
    const { state } = cpu;
    breakpoints.accessed(linear, size, write);
    if (breakpoints.hits === 0 || breakpoints.stepping || !cpu.loop.inSlice) return;
    const at = (state.csBase + state.pcBase + this.view.getUint16(state.exitRecord + Field.offset, true)) | 0;
    const word = translation.translateFetch(at);
    if (word !== 0 && word !== DIRECT) cpu.code.written(translation.physicalOf(word, at), 1);
  }
}
