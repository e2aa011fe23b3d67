/** What a second exception in delivering a first becomes, and what a third does. SDM vol. 3, table 6-5. */
import { gate, Type } from '../descriptors.ts';
import { Cr0, type Draft } from '../draft.ts';
import { At, GDT_BYTES, Selector, stub } from '../layout.ts';
import { anyMode } from './targets.ts';

/** A page that is not mapped while paging is on. */
const ABSENT = 0x400000;

const FIRST: readonly (readonly [code: string, vector: number])[] = [
  ['xor ecx,ecx;div ecx', 0],
  ['db 0xf1', 1],
  ['int3', 3],
  ['mov eax,0x7fffffff;inc eax;into', 4],
  ['ud2', 6],
  ['wait', 7],
  ['mov eax,0x3b8;mov ds,ax', 13],
  ['hlt', 13],
  ['int 0x31', 0x31],
  [`mov eax,[${ABSENT}]`, 14],
];

export function doubles(draft: Draft): void {
  const { random } = draft;
  const mode = anyMode(draft);
  if (!draft.chance(3)) draft.paged();
  let first = random.pick(FIRST);
  // HLT is privileged only elsewhere; at level 0 it would have no end.
  while (first[0] === 'hlt' && draft.state.cs === Selector.code0) first = random.pick(FIRST);
  if (first[0] === 'hlt' && draft.state.cs === Selector.code16) first = FIRST[0]!;
  if (first[0] === 'wait') draft.state.cr0 |= Cr0.TS | Cr0.MP;
  if (first[1] === 14 && (draft.state.cr0 & Cr0.PG) === 0) first = FIRST[6]!;
  draft.code(first[0]);
  const what = [breakGate(draft, first[1])];
  // A second one fails too, now and then.
  if (draft.chance(3)) what.push(breakGate(draft, random.pick([8, 10, 11, 12, 13, 13, 14])));
  if (draft.chance(3))
    draft.idt(8, { type: random.pick([Type.interruptGate, Type.trapGate]), selector: Selector.code0, offset: stub(8) });
  draft.title = `${first[0]} in ${mode}: ${what.join('; ')}`;
}

/** Makes the delivery of a vector fail, and says how. */
function breakGate(draft: Draft, vector: number): string {
  const { random } = draft;
  const name = `gate ${vector.toString(16)}`;
  const type = Type.interruptGate;
  const good = { type, selector: Selector.code0, offset: stub(vector), dpl: 3 };
  switch (random.below(8)) {
    case 0:
      draft.idt(vector, { ...good, present: false });
      return `${name} absent`;
    case 1:
      draft.idt(vector, { ...good, selector: random.pick([0, GDT_BYTES, Selector.data0]) });
      return `${name} to no code`;
    case 2:
      draft.idt(vector, { ...good, type: random.pick([0, 2, 9, 0xc]) });
      return `${name} of another type`;
    case 3:
      draft.idt(vector, { ...good, selector: draft.segment({ type: Type.code, present: false }) });
      return `${name} to an absent segment`;
    case 4:
      draft.idt(vector, { ...good, type: Type.taskGate, selector: random.pick([0, Selector.tss, Selector.data0]) });
      return `${name} to no task`;
    case 5:
      draft.tss({ ss0: random.pick([0, Selector.data3, Selector.code0]) });
      return 'no inner stack';
    case 6:
      if ((draft.state.cr0 & Cr0.PG) !== 0) {
        draft.tss({ esp0: ABSENT + 8 });
        return 'the inner stack not mapped';
      }
      draft.state.idtLimit = (vector * 8 + 3) << 16;
      return `the IDT ends in ${name}`;
    default:
      if ((draft.state.cr0 & Cr0.PG) !== 0) {
        // The entries before it are the last of a page; the next page is absent.
        draft.state.idtBase = ABSENT - 8 * vector;
        draft.words(At.table + 4 * ((ABSENT >>> 12) - 1), At.gdt | 7);
        for (let before = 0; before < vector; before++) {
          const entry =
            before === 8
              ? gate({ type: Type.taskGate, selector: Selector.faultTask })
              : gate({ ...good, offset: stub(before) });
          draft.words(At.gdt + 0x1000 - 8 * (vector - before), ...entry);
        }
        return `${name} not mapped`;
      }
      draft.idt(vector, { ...good, selector: draft.segment({ type: Type.code, limit: 0x10, flags: 4 }) });
      return `${name} beyond the limit of its segment`;
  }
}
