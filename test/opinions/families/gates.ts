/** Interrupts and exceptions through gates of each kind, to code of each kind. SDM vol. 3, 6.11 and 6.12. */
import { Type } from '../descriptors.ts';
import type { Draft } from '../draft.ts';
import { ARENA, At, Selector } from '../layout.ts';
import { anyMode, codeTarget, innerStacks, TARGET } from './targets.ts';

/** What raises them, with the vector. Every one works in 16-bit and 32-bit code. */
const SOURCES: readonly (readonly [code: string, vector: number])[] = [
  ['int 0x30', 0x30],
  ['int 0x30', 0x30],
  ['int3', 3],
  ['int 0x0d', 13],
  ['int 0x0e', 14],
  ['ud2', 6],
  ['xor ecx,ecx;div ecx', 0],
  ['mov eax,0x3b8;mov fs,ax', 13],
  ['db 0xf1', 1],
  ['mov eax,0x7fffffff;inc eax;into', 4],
];

export function gates(draft: Draft): void {
  const { random } = draft;
  const mode = anyMode(draft);
  const [code, vector] = random.pick(SOURCES);
  draft.code(code);
  const type = draft.chance(8)
    ? random.below(32)
    : random.pick([Type.interruptGate, Type.trapGate, Type.interruptGate16, Type.trapGate16, Type.taskGate]);
  const selector = type === Type.taskGate && !draft.chance(6) ? Selector.task : codeTarget(draft);
  const dpl = draft.chance(2) ? 3 : random.below(4);
  draft.idt(vector, { type, selector, offset: TARGET, dpl, present: !draft.chance(12) });
  // The end is #UD, or #BP where that is tried.
  draft.bytes(At.target, vector === 6 ? [0xcc, 0xcc] : [0x0f, 0x0b]);
  innerStacks(draft);
  if (draft.chance(12)) draft.state.idtLimit = (vector * 8 + random.below(8)) << 16;
  if (draft.chance(3)) draft.state.eflags |= random.pick([0x200, 0x100, 0x4000, 0x40000, 0x200000, 0x8d5]);
  if (draft.way !== 2 && draft.chance(12)) draft.state.esp -= random.below(4);
  draft.title = `${code} in ${mode}, gate type ${type} DPL ${dpl} to ${selector.toString(16)}:${(TARGET + ARENA).toString(16)}`;
}
