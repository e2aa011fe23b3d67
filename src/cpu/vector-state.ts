/** The SSE part of an FXSAVE image: MXCSR at 24, its mask at 28, XMM0 to XMM7 from 160. *Not modelled*: this processor has no SSE; the bytes stay as they are. */
import type { Cpu } from './cpu.ts';

/** Writes MXCSR and the XMM registers to the image at `at` in the processor's memory. */
export function saveVectors(_cpu: Cpu, _at: number): void {}

/** Loads them; false, and nothing changed, after raising #GP(0) for a reserved bit of MXCSR. */
export function restoreVectors(_cpu: Cpu, _at: number): boolean {
  return true;
}
