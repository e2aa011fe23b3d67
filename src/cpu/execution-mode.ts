/**
 * The words of state that say how code is decoded, executed and translated, as they follow from CS, SS, CPL, CR0, EFLAGS.AC and the debug registers: see
 * decode-mode.ts, transfer-cache.ts and state.ts for their bits.
 */
import { Flag } from '../isa/flags.ts';
import type { Cpu } from './cpu.ts';
import { KEY_SHIFT, Mode, PROTECTED, SOME, USER } from './decode-mode.ts';
import { MAX_BLOCK_BYTES } from './record.ts';
import { Access, areFlat, Segment } from './segments.ts';
import { SegmentWord, segmentWord, TLB, TLB_SIZE } from './state.ts';

const CS_CACHE = segmentWord(Segment.cs);
const SS_CACHE = segmentWord(Segment.ss);
const CR0_AM = 1 << 18;

/** Recomputes them after any change of those; a change of address translation does so by itself. */
export function updateExecutionMode(cpu: Cpu): void {
  const { state, words, translation, breakpoints } = cpu;
  const access = words[CS_CACHE + SegmentWord.access]!;
  const stackAccess = words[SS_CACHE + SegmentWord.access]!;
  const limit = words[CS_CACHE + SegmentWord.limit]!;
  const big = (access & Access.big) !== 0;
  const flat = (access & stackAccess & Access.big) !== 0 && areFlat(words);
  state.stackMask = (stackAccess & Access.big) !== 0 ? -1 : 0xffff;
  state.csBase = words[CS_CACHE + SegmentWord.base]!;
  state.fetchLimit = limit === -1 ? -1 : Math.max(0, (limit >>> 0) - MAX_BLOCK_BYTES) | 0;
  const user = state.cpl === 3;
  const aligned = (state.cr0 & CR0_AM) !== 0 && (state.eflags & Flag.AC) !== 0;
  if (user && aligned !== translation.alignedUser) translation.markAligned(aligned);
  state.tlbRead = TLB + (user ? 2 : 0) * TLB_SIZE;
  state.tlbWrite = state.tlbRead + TLB_SIZE;
  state.codeKey = SOME | (flat ? Mode.flat : 0) | (big ? Mode.big : 0) | (user ? USER : 0);
  state.key = (translation.generation << KEY_SHIFT) | state.codeKey;
  const { armed, watching } = breakpoints;
  const observed = translation.alignedUser || aligned || armed || watching || cpu.observesTransfers;
  state.protection = observed || cpu.realAddressing ? 0 : PROTECTED | state.cpl;
}
