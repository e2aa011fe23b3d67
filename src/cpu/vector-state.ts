/**
 * The SSE part of FXSAVE and FXRSTOR: MXCSR and XMM0 to XMM7. Source: SDM vol. 1, 10.5.1 and 10.5.2; vol. 3, 2.5 (CR4.OSFXSR).
 *
 * Where CR4.OSFXSR is clear the system knows nothing of them: they are neither saved nor restored, and their places stay as they are.
 */
import type { Cpu } from './cpu.ts';
import { loadMxcsr } from './simd.ts';
import { xmmAddress } from './state.ts';

const CR4_OSFXSR = 1 << 9;
const MXCSR = 24;
const MXCSR_MASK = 28;
const XMM = 160;
/** XMM0 to XMM7. */
const XMM_BYTES = 128;

/** Writes MXCSR, its mask and the XMM registers into the image at byte `at` of the WebAssembly memory. */
export function saveVectors(cpu: Cpu, at: number): void {
  if ((cpu.state.cr4 & CR4_OSFXSR) === 0) return;
  cpu.view.setInt32(at + MXCSR, cpu.state.mxcsr, true);
  cpu.view.setInt32(at + MXCSR_MASK, cpu.model.mxcsr, true);
  cpu.bytes.copyWithin(at + XMM, xmmAddress(0), xmmAddress(0) + XMM_BYTES);
}

/** Loads them from the image at `at`; false after raising #GP(0) for bits of MXCSR that do not exist, with nothing loaded. */
export function restoreVectors(cpu: Cpu, at: number): boolean {
  if ((cpu.state.cr4 & CR4_OSFXSR) === 0) return true;
  if (!loadMxcsr(cpu, cpu.view.getInt32(at + MXCSR, true))) return false;
  cpu.bytes.copyWithin(xmmAddress(0), at + XMM, at + XMM + XMM_BYTES);
  return true;
}
