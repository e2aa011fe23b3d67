/** Which bits of EFLAGS an instruction may load. Source: SDM vol. 2, POPF and IRET; vol. 1, 3.4.3. */
import { ARITHMETIC, Flag } from '../isa/flags.ts';
import type { Cpu } from './cpu.ts';

/**
 * Loads flags from a stack image of `size` bytes. IF changes when `cpl` <= IOPL, IOPL at privilege 0; VM never. POPF clears RF, IRET loads it.
 */
export function loadFlags(cpu: Cpu, image: number, size: number, by: 'popf' | 'iret', cpl: number): void {
  const old = cpu.eflags;
  let mask = ARITHMETIC | Flag.TF | Flag.DF | Flag.NT | Flag.AC | Flag.ID | (by === 'iret' ? Flag.RF : 0);
  const iopl = (old & Flag.IOPL) >> 12;
  if (cpl <= iopl) mask |= Flag.IF;
  if (cpl === 0) mask |= Flag.IOPL | (by === 'iret' ? Flag.VIF | Flag.VIP : 0);
  if (size === 2) mask &= 0xffff;
  const cleared = by === 'popf' ? ~Flag.RF : -1;
  cpu.eflags = ((old & ~mask) | (image & mask)) & cleared;
}
