/**
 * SIMD instructions. Source: SDM vol. 1, chapters 9 to 12. Those that work on MMX and XMM registers are one definition: a service that finds
 * the instruction and its registers in the record (src/cpu/simd.ts). Here are those that ModRM and the general registers are enough for.
 */
import type { Builder, Form, Lifter } from '../builder.ts';

function vector<V>(b: Builder<V>, { operands: [memory] }: Form): void {
  if (memory) b.service('simd', b.let(b.offset(memory)), b.k(1));
  else b.service('simd');
}

function storeNonTemporal<V>(b: Builder<V>, { operands: [dst, src] }: Form): void {
  b.write(dst!, b.read(src!));
}

/** Faults as a load of a byte would. */
function flushLine<V>(b: Builder<V>, { operands: [place] }: Form): void {
  b.probe(place!, b.let(b.offset(place!)), 1, false);
}

/** Every access is in order here, and a prefetch never faults. */
const nothing: Lifter = () => {};

export const simd = {
  SIMD: vector,
  MOVNTI: storeNonTemporal,
  CLFLUSH: flushLine,
  LFENCE: nothing,
  MFENCE: nothing,
  SFENCE: nothing,
  PREFETCHNTA: nothing,
  PREFETCHT0: nothing,
  PREFETCHT1: nothing,
  PREFETCHT2: nothing,
} satisfies Record<string, Lifter>;
