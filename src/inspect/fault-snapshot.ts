/**
 * The processor as it was when an exception arose, before its delivery changed anything; and the watch that takes such snapshots while a program
 * runs. A demand-paged program faults all the time, so taking one is cheap: explaining waits until a fault turns out to have been the last.
 */
import type { Fault } from '../cpu/bus.ts';
import type { Cpu } from '../cpu/cpu.ts';
import { General32, Segments } from '../isa/registers.ts';

export interface FaultSnapshot {
  readonly vector: number;
  readonly errorCode: number | undefined;
  /** Number of the faulting instruction since reset, the first being 1. */
  readonly insn: number;
  readonly eip: number;
  readonly cpl: number;
  /** EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI; unsigned. */
  readonly registers: readonly number[];
  readonly eflags: number;
  /** ES, CS, SS, DS, FS, GS. */
  readonly segments: readonly { readonly selector: number; readonly base: number }[];
  /** CS.D. */
  readonly big: boolean;
  readonly cr0: number;
  readonly cr2: number;
  readonly cr3: number;
  readonly cr4: number;
}

const BIG = 1 << 14;
const CS = 1;
const PAGE_FAULT = 14;
const USER = 3;

export function takeSnapshot(cpu: Cpu, fault: Fault): FaultSnapshot {
  const { state } = cpu;
  return {
    vector: fault.vector,
    errorCode: fault.errorCode,
    insn: cpu.insns,
    eip: state.eip >>> 0,
    cpl: state.cpl,
    registers: General32.map((_, number) => cpu.register(number) >>> 0),
    eflags: cpu.eflags,
    segments: Segments.map((_, number) => {
      const { selector, base } = cpu.segment(number);
      return { selector, base: base >>> 0 };
    }),
    big: (cpu.segment(CS).access & BIG) !== 0,
    cr0: state.cr0,
    cr2: state.cr2 >>> 0,
    cr3: state.cr3 >>> 0,
    cr4: state.cr4,
  };
}

/** Follows the exceptions of user programs: the last one, and which pages were ever faulted in. */
export class FaultWatch {
  private latest: FaultSnapshot | undefined;
  /** Page directory (CR3), to linear page number, to the instruction that first touched it. */
  private readonly touched = new Map<number, Map<number, number>>();

  /** For CpuBus.observeException. */
  observe(cpu: Cpu, fault: Fault): void {
    if (cpu.state.cpl !== USER) {
      // The kernel may touch a program's page first, when it copies to or from it.
      if (fault.vector === PAGE_FAULT) this.touch(cpu.state.cr3, cpu.state.cr2 >>> 12, cpu.insns);
      return;
    }
    // What faulted before was served, or we would not be here: those pages were mapped once.
    if (this.latest?.vector === PAGE_FAULT) this.touch(this.latest.cr3, this.latest.cr2 >>> 12, this.latest.insn);
    this.latest = takeSnapshot(cpu, fault);
  }

  /** The last exception of a user program. */
  get last(): FaultSnapshot | undefined {
    return this.latest;
  }

  /** The instruction that brought the page of this address into the address space of the last fault, before it; undefined if none ever did. */
  firstTouch(linear: number): number | undefined {
    return this.latest && this.touched.get(this.latest.cr3)?.get(linear >>> 12);
  }

  /** An address space ends: its page directory may be another's next. */
  forget(cr3: number): void {
    this.touched.delete(cr3);
    if (this.latest?.cr3 === cr3) this.latest = undefined;
  }

  private touch(cr3: number, page: number, insn: number): void {
    let pages = this.touched.get(cr3);
    if (!pages) {
      pages = new Map();
      this.touched.set(cr3, pages);
    }
    if (!pages.has(page)) pages.set(page, insn);
  }
}
