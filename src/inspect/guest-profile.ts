/**
 * Where a guest spends its instructions, as `perf record` finds it on a real machine: the place is noted every so many instructions, of firmware, kernel and
 * programs alike. The distances differ, by a generator of fixed seed, so that loops do not run in step with them. A run's samples are as reproducible as the run.
 */
import type { Cpu } from '../cpu/cpu.ts';
import { RunningProcess, type RunningProgram } from './maps.ts';

/** Instructions between two samples, on average. */
export const PROFILE_INTERVAL = 997;

/** Samples by linear address, of one place where a program lies, or of the kernel, or of what runs before it. */
export interface ProfiledCode {
  readonly space: 'firmware' | 'kernel' | 'program';
  /** Of a program: its name and entry, as the kernel has them. */
  readonly program: RunningProgram | undefined;
  readonly samples: Map<number, number>;
}

const CS = 1;
const KERNEL_BASE = 0xc0000000;
const PROTECTED = 1;

export class GuestProfile {
  readonly interval: number;
  private readonly cpu: Cpu;
  private readonly running: RunningProcess;
  private readonly found = new Map<string, ProfiledCode>();
  private readonly met: (program: RunningProgram) => void;
  private seed = 1;

  /** `currentAt`: linear address of the kernel's `current`. `met`: a program is seen for the first time, while it runs. */
  constructor(cpu: Cpu, currentAt: number, met: (program: RunningProgram) => void, interval = PROFILE_INTERVAL) {
    this.cpu = cpu;
    this.running = new RunningProcess(cpu.physical, currentAt);
    this.met = met;
    this.interval = interval;
  }

  /** Instructions to the next sample: from half the interval to one and a half. */
  nextDistance(): number {
    // An xorshift of 32 bits: Marsaglia, "Xorshift RNGs" (2003).
    this.seed ^= this.seed << 13;
    this.seed ^= this.seed >>> 17;
    this.seed ^= this.seed << 5;
    return Math.max(1, (this.interval >> 1) + ((this.seed >>> 0) % Math.max(1, this.interval)));
  }

  /** Notes where the guest is. */
  sample(): void {
    const { samples } = this.code();
    const linear = (this.cpu.segment(CS).base + this.cpu.state.eip) >>> 0;
    samples.set(linear, (samples.get(linear) ?? 0) + 1);
  }

  get codes(): readonly ProfiledCode[] {
    return [...this.found.values()];
  }

  private code(): ProfiledCode {
    const { state } = this.cpu;
    const user = (this.cpu.segment(CS).selector & 3) === 3 && (state.cr0 & PROTECTED) !== 0;
    const program = user ? this.running.program(state) : undefined;
    const space = user ? 'program' : state.eip >>> 0 >= KERNEL_BASE ? 'kernel' : 'firmware';
    const key = `${space} ${program?.entry} ${program?.name}`;
    const known = this.found.get(key);
    if (known) return known;
    if (program) this.met(program);
    const code: ProfiledCode = { space, program, samples: new Map() };
    this.found.set(key, code);
    return code;
  }
}
