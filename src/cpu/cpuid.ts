/** CPUID: says exactly what works. Source: SDM vol. 2, CPUID. The answers are the model's: see models.ts. */
import type { Cpu } from './cpu.ts';

const EXTENDED = 0x80000000;
const LAST_EXTENDED = 0x80000004;
/** Leaf 80000001h EDX. */
const NX = 1 << 20;

function text(four: string): number {
  let value = 0;
  for (let i = 0; i < 4; i++) value |= (four.charCodeAt(i) || 0) << (8 * i);
  return value;
}

type Registers = readonly [eax: number, ebx: number, ecx: number, edx: number];

function answer(cpu: Cpu, leaf: number): Registers {
  const { model } = cpu;
  if (model.brand !== undefined && leaf >= EXTENDED && leaf <= LAST_EXTENDED) {
    if (leaf === EXTENDED) return [LAST_EXTENDED, 0, 0, 0];
    if (leaf === EXTENDED + 1) return [0, 0, 0, model.features.has('nx') ? NX : 0];
    const from = (leaf - EXTENDED - 2) * 16;
    const word = (i: number) => text(model.brand!.slice(from + 4 * i));
    return [word(0), word(1), word(2), word(3)];
  }
  // Leaves above the highest basic one answer as the highest.
  switch (Math.min(leaf, model.leaves)) {
    case 0:
      return [model.leaves, text('Genu'), text('ntel'), text('ineI')];
    case 1:
      // EBX: CLFLUSH line size in units of 8 bytes where there is CLFLUSH.
      return [model.signature, model.features.has('clfsh') ? 8 << 8 : 0, model.leaf1Ecx, model.leaf1];
    default: {
      const [eax, ebx, ecx, edx] = model.caches;
      return [eax, ebx, ecx, edx];
    }
  }
}

export function identify(cpu: Cpu): boolean {
  const { state } = cpu;
  const [eax, ebx, ecx, edx] = answer(cpu, state.eax >>> 0);
  state.eax = eax | 0;
  state.ebx = ebx | 0;
  state.ecx = ecx | 0;
  state.edx = edx | 0;
  return true;
}
