/** Task switches by CALL, JMP, INT, exceptions and IRET, between TSSs of 16 and 32 bits, with faults in each phase. SDM vol. 3, chapter 7. */
import { Type } from '../descriptors.ts';
import type { Draft } from '../draft.ts';
import { ARENA, At, CodeOf, DataOf, GDT_BYTES, LDT_BYTES, Selector, StackOf } from '../layout.ts';
import { NARROW_LIMIT, NarrowTss, TSS_LIMIT, Tss, type TssField } from '../standard.ts';
import { anySegment, codeTarget, TARGET } from './targets.ts';

export function tasks(draft: Draft): void {
  const { random } = draft;
  const cpl = draft.chance(2) ? 0 : random.below(4);
  draft.level(cpl);
  if (draft.chance(3)) draft.paged();
  const fromNarrow = draft.chance(4);
  if (fromNarrow) draft.set({ tr: Selector.narrowTss });
  const toNarrow = draft.chance(3);
  const selector = toNarrow ? Selector.narrowTask : Selector.task;
  const dpl = draft.chance(4) ? random.below(4) : 3;
  const how = random.pick(['call', 'jmp', 'call gate', 'jmp gate', 'int', 'ud', 'iret', 'iret'] as const);
  const isReturn = how === 'iret';
  const [code, busy] = begin(draft, how, selector, dpl);
  draft.segment(
    {
      base: toNarrow ? At.narrowTask : At.task,
      limit: draft.chance(8) ? random.pick([0, 0x2a, 0x2b, 0x66, 0x67]) : toNarrow ? NARROW_LIMIT : TSS_LIMIT,
      type: (toNarrow ? Type.tss16 : Type.tss) | (busy !== draft.chance(10) ? 2 : 0) | (draft.chance(24) ? 8 : 0),
      dpl: how === 'int' || how === 'ud' ? random.below(4) : dpl,
      present: !draft.chance(12),
      flags: 0,
    },
    selector,
  );
  if (toNarrow) narrowFields(draft);
  else fields(draft);
  draft.code(code);
  // The task goes back, some way or other, or ends.
  const inVirtual = draft.patches.some(({ at, bytes }) => at === At.task + Tss.eflags && (bytes[2]! & 2) !== 0);
  if (!isReturn && !inVirtual && !fromNarrow && draft.chance(3))
    draft.code(random.pick(['iretd', `jmp ${Selector.tss}:0`, `call ${Selector.tss}:0`, 'clts;iretd']), At.target);
  if (draft.chance(6)) draft.state.eflags |= random.pick([0x100, 0x200, 0x10000, 0x40000]);
  draft.title = `${how} at CPL ${cpl} from ${fromNarrow ? 16 : 32} to ${toNarrow ? 16 : 32} bits`;
}

/** The instruction, and whether the task's descriptor should be busy. */
function begin(draft: Draft, how: string, selector: number, dpl: number): [code: string, busy: boolean] {
  const { random } = draft;
  const rpl = draft.chance(4) ? random.below(4) : 0;
  const gate = { type: Type.taskGate, selector: selector | (draft.chance(8) ? 4 : 0), dpl, present: !draft.chance(12) };
  const [verb] = how.split(' ');
  switch (how) {
    case 'int':
      draft.idt(0x30, gate);
      return ['int 0x30', false];
    case 'ud':
      draft.idt(6, gate);
      return ['ud2', false];
    case 'iret':
      draft.state.eflags |= 0x4000;
      draft.tss({ link: draft.chance(10) ? random.pick([0, 4 | selector, GDT_BYTES, Selector.data0]) : selector });
      draft.bytes(At.narrowTss, [selector & 255, selector >>> 8]);
      return ['iretd', true];
    case 'call gate':
    case 'jmp gate':
      return [`${verb} ${draft.callGate(gate) | rpl}:0`, false];
    default:
      return [`${verb} ${selector | rpl}:0x1234`, false];
  }
}

const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;

/** What the task of 32 bits finds: mostly a level that fits together. */
function fields(draft: Draft): void {
  const { random } = draft;
  const level = draft.chance(2) ? 0 : random.below(4);
  const data = DataOf[level]!;
  const task: Partial<Record<TssField, number>> = {
    ...{ cs: CodeOf[level]!, ss: data, ds: data, es: data, esp: StackOf[level]! - 0x200 },
    ...{ eax: 0x1111, ecx: 0x2222, edx: 0x3333, ebx: 0x4444, ebp: 0x5555, esi: 0x6666, edi: 0x7777 },
    eflags:
      2 |
      (draft.chance(3)
        ? random.pick([0x100, 0x200, 0x4000, 0x3000, 0x10000, 0x40000, 0x80000, 0xffc0ffd7 & 0x3f7fd7 & ~0x20000])
        : 0),
  };
  for (let mutations = random.below(3); mutations > 0; mutations--) {
    switch (random.below(9)) {
      case 0:
        task[random.pick(SEGMENTS)] = anySegment(draft);
        break;
      case 1:
        task.cs = codeTarget(draft);
        task.eip = TARGET;
        break;
      case 2:
        task.ldt = random.pick([Selector.ldt, Selector.ldt | 3, 4, GDT_BYTES, Selector.data0, 0xffff]);
        break;
      case 3:
        if (draft.chance(2))
          draft.segment({ base: At.ldt, limit: LDT_BYTES - 1, type: Type.ldt, flags: 0, present: false }, Selector.ldt);
        task.ldt = Selector.ldt;
        break;
      case 4:
        task.trap = 0x680001;
        break;
      case 5: {
        const segment = ARENA >>> 4;
        task.eflags = 0x20002 | (random.below(4) << 12);
        for (const name of SEGMENTS) task[name] = segment;
        task.eip = TARGET;
        task.esp = 0x6000;
        break;
      }
      case 6:
        task.eip = random.pick([0x80000000, At.target + 1]);
        if (task.eip !== At.target + 1)
          task.cs = draft.segment({ base: 0, limit: 0x3ffff, type: Type.code, flags: 4, dpl: level }) | level;
        break;
      case 7:
        task.ss = DataOf[random.below(4)]!;
        break;
      default:
        task.esp = At.stack0 - 0x201 - random.below(3);
    }
  }
  draft.tss(task, At.task);
  if (draft.chance(8)) draft.words(At.task, random.word());
}

function narrowFields(draft: Draft): void {
  const { random } = draft;
  const word = (name: (typeof NarrowTss)[number], value: number) =>
    draft.bytes(At.narrowTask + 2 * NarrowTss.indexOf(name), [value & 255, value >>> 8]);
  if (draft.chance(2)) return;
  switch (random.below(4)) {
    case 0:
      word(random.pick(['es', 'ss', 'ds', 'cs'] as const), anySegment(draft) & 0xffff);
      break;
    case 1:
      word('cs', codeTarget(draft) & 0xffff);
      break;
    case 2:
      word('ldt', random.pick([Selector.ldt, 4, GDT_BYTES, Selector.data0]));
      break;
    default:
      word('flags', random.pick([0x102, 0x202, 0x4002, 0x3002, 0x7fd7]));
  }
}
