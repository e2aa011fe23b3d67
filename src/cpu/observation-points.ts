/**
 * Observation points: linear addresses at which a host wants to be told that the instruction there is about to begin. What breakpoints of a debugger, traces of
 * calls and `--at` are made of. The guest cannot tell: no debug register, no byte of memory and no count changes.
 *
 * Between points everything runs at full speed, compiled code included; a machine without points pays nothing. An observed instruction begins a decoded
 * block that nothing leads to - no link, no entry of the jump cache, no compiled region - so that whoever gets there comes to the run loop, which tells.
 *
 * Blocks belong to physical pages, points to linear ones. When code is first looked up through a linear page with points (or again, once its page has
 * another translation), the physical page behind it is made ready: decoded blocks that reach across a point are forgotten, and none will be decoded again.
 *
 * Points come and go between instructions only: outside of run(), or from a point's own `meet`. An instruction that faults and is begun anew is
 * met again, as it is after an interrupt. An instruction that a REP iterates is met once for each time the run loop gets there.
 */
import type { Cpu } from './cpu.ts';

export interface ObservationPoint {
  /** Linear address of the first byte of an instruction. */
  readonly linear: number;
  /** Physical address of the one page directory (CR3 without its low bits) in which it counts; undefined: in any address space. */
  readonly directory?: number | undefined;
  /** The instruction is about to begin. 'stop' ends run() before it; it is not met again when the run goes on from there. */
  meet(): 'stop' | undefined;
}

const PAGE_BITS = 12;
const PAGE_OFFSET = 0xfff;
const DIRECTORY = 0xfffff000;

export class ObservationPoints {
  /** There is a point. */
  any = false;
  private readonly cpu: Cpu;
  private readonly byLinear = new Map<number, Set<ObservationPoint>>();
  /** Offsets of points by linear page. */
  private readonly offsets = new Map<number, Set<number>>();
  /** Pairs of linear and physical page that are ready. */
  private readonly ready = new Set<number>();
  /** Where and when the last one was met. */
  private metLinear = -1;
  private metAt = -1;

  constructor(cpu: Cpu) {
    this.cpu = cpu;
  }

  add(point: ObservationPoint): void {
    const linear = point.linear >>> 0;
    const here = this.byLinear.get(linear);
    if (here) {
      here.add(point);
      return;
    }
    this.byLinear.set(linear, new Set([point]));
    const page = linear >>> PAGE_BITS;
    const offsets = this.offsets.get(page) ?? new Set();
    this.offsets.set(page, offsets.add(linear & PAGE_OFFSET));
    this.any = true;
    this.ready.clear();
    this.cpu.forgetWaysTo(page);
  }

  remove(point: ObservationPoint): void {
    const linear = point.linear >>> 0;
    const here = this.byLinear.get(linear);
    if (!here?.delete(point) || here.size > 0) return;
    this.byLinear.delete(linear);
    const page = linear >>> PAGE_BITS;
    const offset = linear & PAGE_OFFSET;
    const offsets = this.offsets.get(page)!;
    offsets.delete(offset);
    if (offsets.size === 0) this.offsets.delete(page);
    this.any = this.byLinear.size > 0;
    if (![...this.offsets.values()].some(others => others.has(offset))) this.cpu.code.rejoin(offset);
  }

  has(linear: number): boolean {
    return this.any && this.byLinear.has(linear >>> 0);
  }

  /** Tells the points at a linear address that the instruction there is about to begin; true when run() is to end before it. */
  meet(linear: number): boolean {
    const here = this.byLinear.get(linear >>> 0);
    if (!here) return false;
    const { insns, state } = this.cpu;
    if (this.metAt === insns && this.metLinear === linear) return false;
    this.metAt = insns;
    this.metLinear = linear;
    let stops = false;
    for (const point of [...here]) {
      if (point.directory !== undefined && (point.directory ^ (state.cr3 & DIRECTORY)) !== 0) continue;
      if (point.meet() === 'stop') stops = true;
    }
    return stops;
  }

  /** Code on this linear page can be decoded and run through this physical one: points on it will be met. */
  isReady(linearPage: number, physicalPage: number): boolean {
    return !this.offsets.has(linearPage) || this.ready.has(pair(linearPage, physicalPage));
  }

  /** Makes it so. Only while no block runs. */
  prepare(linearPage: number, physicalPage: number): void {
    if (this.isReady(linearPage, physicalPage)) return;
    this.ready.add(pair(linearPage, physicalPage));
    for (const offset of this.offsets.get(linearPage)!) this.cpu.code.separate(physicalPage, offset);
  }
}

/** Physical pages are numbers of 24 bits at most. */
const pair = (linearPage: number, physicalPage: number): number => linearPage * 2 ** 24 + physicalPage;
