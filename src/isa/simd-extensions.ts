/**
 * Which extension of the instruction set a SIMD row came with, for models of processors that lack it (there it is #UD). Source: SDM vol. 1, 5.4 to 5.8.
 * SSE and SSE2 are told apart by the operands: SSE knows packed and scalar singles, and brought MMX registers a few operations of their own.
 */
import type { Row } from './opcode-map.ts';

export type SimdExtension = 'mmx' | 'sse' | 'sse2' | 'sse3' | 'ssse3';

const names = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const SSE3 = names('MOVSLDUP MOVSHDUP MOVDDUP HADDPS HADDPD HSUBPS HSUBPD ADDSUBPS ADDSUBPD LDDQU');
/** On MMX registers, but not of MMX. */
const SSE_ON_MMX = names(
  'PAVGB PAVGW PEXTRW PINSRW PMAXSW PMAXUB PMINSW PMINUB PMOVMSKB PMULHUW PSADBW PSHUFW MASKMOVQ MOVNTQ',
);
const SSE2_ON_MMX = names('PADDQ PSUBQ PMULUDQ');
/** With neither MMX nor XMM operands. */
const APART: Readonly<Record<string, SimdExtension>> = {
  EMMS: 'mmx',
  LDMXCSR: 'sse',
  STMXCSR: 'sse',
  SFENCE: 'sse',
  PREFETCHNTA: 'sse',
  PREFETCHT0: 'sse',
  PREFETCHT1: 'sse',
  PREFETCHT2: 'sse',
  LFENCE: 'sse2',
  MFENCE: 'sse2',
  MOVNTI: 'sse2',
  CLFLUSH: 'sse2',
};
/** XMM instructions without mandatory 66h or F2h that deal in doubles or integers. */
const SSE2_ON_XMM = names('CVTPS2PD CVTSS2SD CVTDQ2PS CVTTPS2DQ CVTDQ2PD MOVDQU PSHUFHW MOVQ MOVQ2DQ');

/** The extension, or undefined for rows that are of none of them. CLFLUSH has a bit of its own in CPUID and came with SSE2. */
export function simdExtension({ mnemonic, operands, opcode, prefix }: Row): SimdExtension | undefined {
  const apart = APART[mnemonic];
  if (apart) return apart;
  const xmm = operands.some(o => /^[VWU][a-z]/.test(o));
  if (!xmm && !operands.some(o => /^[PQN][a-z]/.test(o))) return undefined;
  if (opcode >= 0x200) return 'ssse3';
  if (SSE3.has(mnemonic)) return 'sse3';
  if (!xmm) return SSE_ON_MMX.has(mnemonic) ? 'sse' : SSE2_ON_MMX.has(mnemonic) ? 'sse2' : 'mmx';
  return prefix === 0x66 || prefix === 0xf2 || SSE2_ON_XMM.has(mnemonic) ? 'sse2' : 'sse';
}
