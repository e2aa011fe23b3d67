/**
 * Debug registers and the breakpoints in them. Source: SDM vol. 3, 17.2 (registers), 17.3 (debug exceptions).
 *
 *   DR7   bits 2n, 2n+1   L, G: breakpoint n is enabled            bit 13  GD: any access to a debug register is #DB
 *         bits 16+4n      R/W: 0 execute, 1 write, 2 I/O (CR4.DE), 3 read or write
 *         bits 18+4n      LEN: 1, 2, 8 (reserved on older ones), 4 bytes, aligned to their size
 *   DR6   bits 0-3  which breakpoint   13  BD, general detect   14  BS, single step   15  BT, task switch
 *
 * Execution breakpoints are faults, found before the instruction; data and I/O breakpoints are traps, taken after it. A page with an execution breakpoint is
 * stepped through, a page with a data breakpoint has no fast way into it; nothing else is slower.
 * Implicit accesses (descriptor tables, TSS) match no breakpoint.
 */
import type { Cpu } from './cpu.ts';
import { Exception } from './descriptors.ts';
import type { State } from './state.ts';

export const Dr6 = { BD: 1 << 13, BS: 1 << 14, BT: 1 << 15 } as const;
const GD = 1 << 13;
/** L0-L3 and LE: cleared by a task switch. */
const LOCAL = 0x155;
const CR4_DE = 8;

const Kind = { execute: 0, write: 1, io: 2, access: 3 } as const;
const LENGTHS = [1, 2, 8, 4] as const;

interface Breakpoint {
  /** Bit of DR6. */
  readonly bit: number;
  readonly kind: number;
  /** First linear address or port; unsigned. */
  readonly start: number;
  readonly length: number;
}

export class Breakpoints {
  private enabled: readonly Breakpoint[] = [];
  /** Linear pages with execution breakpoints, and with data breakpoints. */
  private executePages: ReadonlySet<number> = new Set();
  private dataPages: ReadonlySet<number> = new Set();
  /** Some data breakpoint is enabled; some execution breakpoint is. */
  watching = false;
  armed = false;
  /** Bits of DR6 that wait for the end of the instruction. */
  hits = 0;
  /** One instruction is being executed by itself: accesses are noted. Otherwise one to a page with a data breakpoint has the instruction begun anew. */
  stepping = false;
  /** That is under way. */
  restarting = false;

  /** After a change of DR0-DR3, DR7 or CR4.DE. */
  update(cpu: Cpu): void {
    const { watching } = this;
    const before = this.armed || watching;
    this.read(cpu.state);
    // A service inside a compiled region could not end it at once.
    cpu.code.clearPending ||= this.watching !== watching;
    if (before || this.armed || this.watching) cpu.flushTlb();
  }

  private read(state: State): void {
    const { dr7 } = state;
    const addresses = [state.dr0, state.dr1, state.dr2, state.dr3];
    const all = addresses.map((address, n): Breakpoint => {
      const length = LENGTHS[(dr7 >>> (18 + 4 * n)) & 3]!;
      return { bit: 1 << n, kind: (dr7 >>> (16 + 4 * n)) & 3, start: (address & -length) >>> 0, length };
    });
    const debugExtensions = (state.cr4 & CR4_DE) !== 0;
    this.enabled = all.filter(({ kind }, n) => ((dr7 >>> (2 * n)) & 3) !== 0 && (kind !== Kind.io || debugExtensions));
    const pages = (wanted: (kind: number) => boolean) =>
      new Set(this.enabled.filter(({ kind }) => wanted(kind)).map(({ start }) => start >>> 12));
    this.executePages = pages(kind => kind === Kind.execute);
    this.dataPages = pages(kind => kind === Kind.write || kind === Kind.access);
    this.armed = this.executePages.size > 0;
    this.watching = this.dataPages.size > 0;
  }

  reset(): void {
    this.enabled = [];
    this.executePages = new Set();
    this.dataPages = new Set();
    this.watching = false;
    this.armed = false;
    this.hits = 0;
  }

  onExecutePage(page: number): boolean {
    return this.armed && this.executePages.has(page);
  }

  /** Code pages are included, so that compiled code, which checks its pages by their translation, does not run there. */
  onAnyPage(page: number): boolean {
    return (this.armed || this.watching) && (this.dataPages.has(page) || this.executePages.has(page));
  }

  /** DR6 bits of the execution breakpoints at a linear address. */
  executing(linear: number): number {
    return this.match(linear, 1, kind => kind === Kind.execute);
  }

  /** Notes an access that is being made. */
  accessed(linear: number, size: number, write: boolean): void {
    this.hits |= this.match(linear, size, kind => kind === Kind.access || (write && kind === Kind.write));
  }

  portAccessed(port: number, size: number): void {
    if (this.enabled.length > 0) this.hits |= this.match(port, size, kind => kind === Kind.io);
  }

  private match(at: number, size: number, wanted: (kind: number) => boolean): number {
    const from = at >>> 0;
    let bits = 0;
    for (const { bit, kind, start, length } of this.enabled)
      if (wanted(kind) && from < start + length && start < from + size) bits |= bit;
    return bits;
  }
}

/** Bits of DR6 that can be changed; the others are ones, but bit 12. */
const DR6_DEFINED = 0xe00f;
const DR6_FIXED = 0xffff0ff0 | 0;
const DR7_ZERO = 0xd800;
const DR7_ONE = 0x400;

/** The number a MOV means: DR4 and DR5 are DR6 and DR7, unless CR4.DE makes them undefined; with DR7.GD all are #DB. -1 after raising. */
function accessible(cpu: Cpu, number: number): number {
  const alias = number === 4 || number === 5;
  if (alias && (cpu.state.cr4 & CR4_DE) !== 0) {
    cpu.raise(Exception.UD);
    return -1;
  }
  if ((cpu.state.dr7 & GD) !== 0) {
    cpu.state.dr6 |= Dr6.BD;
    cpu.raise(Exception.DB);
    return -1;
  }
  return alias ? number + 2 : number;
}

/** The caller has checked CPL. */
export function moveToDebug(cpu: Cpu, number: number, value: number): boolean {
  const to = accessible(cpu, number);
  if (to < 0) return false;
  const { state } = cpu;
  if (to < 4) state[`dr${to as 0 | 1 | 2 | 3}`] = value;
  else if (to === 6) state.dr6 = (value & DR6_DEFINED) | DR6_FIXED;
  else state.dr7 = (value & ~DR7_ZERO) | DR7_ONE;
  if (to !== 6) cpu.breakpoints.update(cpu);
  return true;
}

export function moveFromDebug(cpu: Cpu, register: number, number: number): boolean {
  const from = accessible(cpu, number);
  if (from < 0) return false;
  const { state } = cpu;
  const value = from < 4 ? state[`dr${from as 0 | 1 | 2 | 3}`] : from === 6 ? state.dr6 : state.dr7;
  cpu.setRegister(register, value, 4);
  return true;
}

/** A task switch takes the old task's breakpoints away. */
export function clearLocalBreakpoints(cpu: Cpu): void {
  if ((cpu.state.dr7 & LOCAL) === 0) return;
  cpu.state.dr7 &= ~LOCAL;
  cpu.breakpoints.update(cpu);
}

/** Entering the handler of #DB turns general detect off, and branch traps. */
export function enterDebugHandler(cpu: Cpu): void {
  cpu.state.dr7 &= ~GD;
  cpu.modelRegisters.clearBranchTraps();
}
