/**
 * The engines' way out for an access that is no plain hit in the TLB: see Imports in interpreter.ts. It answers with a place in memory where the engine then
 * reads or writes: the page itself, or the scratch page where something must be asked first - devices, ROM, pages with code, two pages at once. What an
 * engine has written to the scratch page, commit() takes to where it belongs.
 */
import type { Breakpoints } from './breakpoints.ts';
import type { Cpu } from './cpu.ts';
import { AccessKind } from './interpreter-imports.ts';
import { toPageEnd } from './linear-memory.ts';
import { SCRATCH, SCRATCH_PLACE, type State, Tlb } from './state.ts';
import type { Translation } from './translation.ts';

/** What of a TLB word says that an access, which is aligned, is for this class to make. */
const SPECIAL = 0xfff & ~(Tlb.plain | Tlb.aligned);

export class SlowAccess {
  private readonly cpu: Cpu;
  private readonly state: State;
  private readonly view: DataView;
  private readonly translation: Translation;
  private readonly breakpoints: Breakpoints;
  /** The access that went to the scratch page: physical addresses of its one or two parts, and how long the first is. */
  private readonly pending = { size: 0, first: 0, second: 0, split: 0 };

  constructor(cpu: Cpu) {
    this.cpu = cpu;
    this.state = cpu.state;
    this.view = cpu.view;
    this.translation = cpu.translation;
    this.breakpoints = cpu.breakpoints;
  }

  /** See Imports.slow. `access`: AccessKind. 0 after raising a fault. */
  access(linear: number, size: number, access: number): number {
    const { translation } = this;
    const write = access === AccessKind.write || access === AccessKind.modify || access === AccessKind['probe-write'];
    const user = this.state.cpl === 3;
    if (user && translation.alignedUser && !this.cpu.linear.checkAlignment(linear, size)) return 0;
    const first = translation.translate(linear, write, user);
    if (first === 0) return 0;
    const split = toPageEnd(linear);
    if (size <= split) {
      if ((first & SPECIAL) === 0) return (linear + ((first & ~Tlb.aligned) | Tlb.plain)) | 0;
      if (!this.mayAccess(first, linear, size, access)) return 0;
      return this.throughScratch(access, size, translation.physicalOf(first, linear), 0, size);
    }
    const at = translation.physicalOf(first, linear);
    const nextLinear = (linear + split) | 0;
    const second = translation.translate(nextLinear, write, user);
    if (second === 0) return 0;
    if (!this.mayAccess(first | second, linear, size, access)) return 0;
    return this.throughScratch(access, size, at, translation.physicalOf(second, nextLinear), split);
  }

  /** See Imports.commit. */
  commit(): void {
    const { cpu, view } = this;
    const { size, first, second, split } = this.pending;
    if (split === size) {
      const value =
        size === 4
          ? view.getUint32(SCRATCH, true)
          : size === 2
            ? view.getUint16(SCRATCH, true)
            : view.getUint8(SCRATCH);
      cpu.writePhysical(first, value, size as 1 | 2 | 4);
      return;
    }
    for (let i = 0; i < size; i++)
      cpu.writePhysical(i < split ? first + i : second + i - split, view.getUint8(SCRATCH + i), 1);
  }

  /** Data breakpoints, once translation has succeeded. `words`: the TLB words or'ed. */
  private mayAccess(words: number, linear: number, size: number, access: number): boolean {
    const { breakpoints } = this;
    if (!breakpoints.watching || (words & Tlb.watched) === 0) return true;
    if (!breakpoints.stepping) {
      breakpoints.restarting = true;
      return false;
    }
    if (access === AccessKind.read || access === AccessKind.write || access === AccessKind.modify)
      breakpoints.accessed(linear, size, access !== AccessKind.read);
    return true;
  }

  private throughScratch(access: number, size: number, first: number, second: number, split: number): number {
    const { view, pending } = this;
    const { physical } = this.cpu;
    if (access === AccessKind.read || access === AccessKind.modify) {
      if (split === size) view.setUint32(SCRATCH, physical.read(first, size as 1 | 2 | 4), true);
      else {
        for (let i = 0; i < size; i++)
          view.setUint8(SCRATCH + i, physical.read(i < split ? first + i : second + i - split, 1));
      }
    }
    pending.size = size;
    pending.first = first;
    pending.second = second;
    pending.split = split;
    return SCRATCH_PLACE;
  }
}
