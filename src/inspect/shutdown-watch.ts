/**
 * CR2 of each page fault in the chain that leads to a shutdown: CR2 itself holds the last one's only. Follows every exception of a run, so
 * it keeps just a few numbers.
 */
import type { Fault } from '../cpu/bus.ts';
import type { Cpu } from '../cpu/cpu.ts';

/** Longest chain that matters: a fault, and the double fault it became. */
const KEPT = 4;

export class ShutdownWatch {
  private recent: { readonly fault: Fault; readonly cr2: number }[] = [];

  /** For CpuBus.observeException. */
  observe(cpu: Cpu, fault: Fault): void {
    this.recent.push({ fault, cr2: cpu.state.cr2 >>> 0 });
    if (this.recent.length > KEPT) this.recent.shift();
  }

  /**
   * CR2 after fault `index` of `cpu.shutdown` arose. Those that were to be delivered have been observed; one that turned into a double fault left its
   * CR2 for when that was; the last one's is in CR2 still.
   */
  cr2(cpu: Cpu, index: number): number {
    const seen = (at: number): number | undefined => this.recent.find(r => r.fault === cpu.shutdown[at])?.cr2;
    return seen(index) ?? seen(index + 1) ?? cpu.state.cr2 >>> 0;
  }
}
