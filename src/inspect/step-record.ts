/** The last instructions of a run, as they were stepped through: what the search for where a value came from works on. */
import type { Cpu } from '../cpu/cpu.ts';
import { type Decoded, decode, MAX_LENGTH } from '../cpu/decoder.ts';
import { General32 } from '../isa/registers.ts';
import { peekBytes } from './page-walk.ts';

export interface Step {
  /** Number of the instruction since reset, the first being 1. */
  readonly insn: number;
  readonly eip: number;
  readonly user: boolean;
  /** Before it; unsigned. */
  readonly registers: readonly number[];
  readonly decoded: Decoded | undefined;
}

/** Bases of segments: those of flat ones, which are all a program under the kernel has but for FS and GS. */
export const FLAT = Array.from({ length: 6 }, () => ({ selector: 0, base: 0 }));
const USER = 3;

/** What is about to be executed. */
export function stepAt(cpu: Cpu): Step {
  const { state, physical } = cpu;
  const eip = state.eip >>> 0;
  const linear = (state.csBase + eip) >>> 0;
  const bytes = peekBytes(physical, state, linear, MAX_LENGTH);
  const decoded = decode(index => bytes[index] ?? -1, true);
  return {
    insn: cpu.insns + 1,
    eip,
    user: state.cpl === USER,
    registers: General32.map((_, number) => cpu.register(number) >>> 0),
    decoded: typeof decoded === 'string' ? undefined : decoded,
  };
}
