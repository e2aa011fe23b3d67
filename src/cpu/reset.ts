/** The state after RESET. Source: SDM vol. 3, table 9-1. */
import type { Cpu } from './cpu.ts';
import { Access, realSegment, Segment, setCache } from './segments.ts';
import { MXCSR_RESET } from './simd-unit.ts';
import { FieldMeanings } from './state.ts';

/** The registers; what the world drives, the interrupt line, stays as it is. */
export function resetRegisters({ state, words, model, fpu }: Cpu): void {
  const { interruptLine } = state;
  for (const { name } of FieldMeanings) state[name] = 0;
  state.interruptLine = interruptLine;
  state.eip = 0xfff0;
  state.edx = model.signature;
  state.cr0 = 0x60000010;
  state.dr6 = 0xffff0ff0 | 0;
  state.dr7 = 0x400;
  state.idtLimit = 0x3ff;
  state.gdtLimit = 0xffff;
  state.ldtLimit = 0xffff;
  state.taskLimit = 0xffff;
  state.taskAccess = 0x8b;
  state.zero = 1;
  // The FPU powers up with all registers +0.0 and valid; FNINIT makes it usable.
  state.fpuControl = 0x40;
  fpu.tags = 0xff;
  state.mxcsr = MXCSR_RESET;
  const data = Access.present | Access.segment | Access.writable | Access.accessed;
  for (let segment = 0; segment < 6; segment++) setCache(words, segment, realSegment(0, 0xffff, data));
  setCache(words, Segment.cs, { selector: 0xf000, base: 0xffff0000 | 0, limit: 0xffff, access: data });
}
