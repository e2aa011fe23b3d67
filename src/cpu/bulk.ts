/**
 * REP MOVS and REP STOS by whole pieces of pages, where nobody can tell: forwards, between plain RAM pages, without the overlap that makes MOVS
 * propagate. Each element counts as an instruction as ever. What is left over - the last element always - the definition's own loop does.
 */
import { Flag } from '../isa/flags.ts';
import type { Cpu } from './cpu.ts';
import { Field, MAX_BLOCK } from './record.ts';
import { registerAddress, segmentAt } from './state.ts';

export const Bulk = { MOVS: 0, STOS: 1 } as const;

const ES = 0;
const EAX = registerAddress('eax');

/** `what`: Bulk, or'ed with the element size << 4. */
export function bulkString(cpu: Cpu, record: number, what: number): void {
  const { state, view } = cpu;
  if ((state.eflags & Flag.DF) !== 0) return;
  const size = what >> 4;
  const store = (what & 15) === Bulk.STOS;
  const mask = view.getUint16(record + Field.addressHigh, true) === 0xffff ? -1 : 0xffff;
  const index = view.getUint8(record + Field.index);
  const source = segmentAt(view.getUint16(record + Field.segment, true));
  const user = state.cpl === 3;
  for (;;) {
    const to = (state.edi & mask) >>> 0;
    const from = (state.esi & mask) >>> 0;
    const top = mask >>> 0;
    let bytes = Math.min(((state.ecx & mask) >>> 0) - 1, state.budget - index - MAX_BLOCK - 1) * size;
    // Offsets must not wrap within the piece.
    bytes = Math.min(bytes, top - to + 1);
    if (!store) bytes = Math.min(bytes, top - from + 1);
    const target = cpu.segmented.plainPlace(ES, to, true, user, bytes);
    if (target < 0) return;
    bytes = Math.min(bytes, cpu.segmented.plainBytes);
    let origin = 0;
    if (!store) {
      origin = cpu.segmented.plainPlace(source, from, false, user, bytes);
      if (origin < 0) return;
      bytes = Math.min(bytes, cpu.segmented.plainBytes);
    }
    const count = Math.floor(bytes / size);
    if (count < 4) return;
    bytes = count * size;
    if (store) fill(cpu, target, size, bytes);
    else if (target > origin && target < origin + bytes) return;
    else cpu.bytes.copyWithin(target, origin, origin + bytes);
    state.edi = (state.edi & ~mask) | ((to + bytes) & mask);
    if (!store) state.esi = (state.esi & ~mask) | ((from + bytes) & mask);
    state.ecx = (state.ecx & ~mask) | ((state.ecx - count) & mask);
    state.budget -= count;
  }
}

function fill(cpu: Cpu, target: number, size: number, bytes: number): void {
  const value = cpu.words[EAX >> 2]!;
  if (size === 1) cpu.bytes.fill(value & 0xff, target, target + bytes);
  else if (size === 4 && (target & 3) === 0) cpu.words.fill(value, target >> 2, (target + bytes) >> 2);
  else {
    for (let at = target; at < target + bytes; at += size) {
      if (size === 4) cpu.view.setInt32(at, value, true);
      else cpu.view.setUint16(at, value & 0xffff, true);
    }
  }
}
