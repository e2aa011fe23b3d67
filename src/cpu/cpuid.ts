/**
 * CPUID: says exactly what works. Source: SDM vol. 2, CPUID. A Pentium Pro (family 6, model 1).
 */
import type { Cpu } from './cpu.ts';

/** Leaf 1 EDX. VME is absent: virtual-8086 mode works without its extensions. */
const FEATURES =
  (1 << 0) /* FPU */ |
  (1 << 2) /* DE */ |
  (1 << 3) /* PSE */ |
  (1 << 4) /* TSC */ |
  (1 << 5) /* MSR */ |
  (1 << 8) /* CX8 */ |
  (1 << 13) /* PGE */ |
  (1 << 15) /* CMOV */ |
  (1 << 19) /* CLFSH */ |
  (1 << 23) /* MMX */ |
  (1 << 24) /* FXSR */ |
  (1 << 25) /* SSE */ |
  (1 << 26); /* SSE2 */

const SIGNATURE = 0x619;

function text(four: string): number {
  return four.charCodeAt(0) | (four.charCodeAt(1) << 8) | (four.charCodeAt(2) << 16) | (four.charCodeAt(3) << 24);
}

export function identify(cpu: Cpu): boolean {
  const { state } = cpu;
  const leaf = state.eax >>> 0;
  if (leaf === 0) {
    state.eax = 1;
    state.ebx = text('Genu');
    state.edx = text('ineI');
    state.ecx = text('ntel');
  } else {
    // Leaves above the highest basic one answer as the highest.
    state.eax = SIGNATURE;
    state.ebx = 0;
    state.ecx = 0;
    state.edx = FEATURES;
  }
  return true;
}
