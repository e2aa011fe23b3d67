/** Segments and stacks that families choose from, good and bad ones. */
import { type DescriptorFields, Type } from '../descriptors.ts';
import type { Draft } from '../draft.ts';
import { ARENA, At, CodeOf, DataOf, GDT_BYTES, Selector } from '../layout.ts';
import { TSS_LIMIT } from '../standard.ts';

/** Where `At.target` lies in the segments of codeTarget(). */
export const TARGET = At.target - ARENA;

/** A code segment at ARENA that mostly is one, of some privilege; the RPL of the selector is any. */
export function codeTarget(draft: Draft): number {
  const { random } = draft;
  if (draft.chance(12))
    return random.pick([0, 3, GDT_BYTES, 0x3f8, Selector.data0, Selector.tss, Selector.task, 0xffff]);
  const type = draft.chance(8)
    ? random.below(32)
    : random.pick([Type.code, Type.code, Type.executeOnly, Type.conforming, Type.conforming & ~2]) | random.below(2);
  const fields: DescriptorFields = {
    base: ARENA,
    limit: draft.chance(10) ? random.pick([0, TARGET - 1, TARGET]) : 0xffff,
    flags: draft.chance(4) ? 0 : 4,
    type,
    dpl: draft.chance(2) ? 0 : random.below(4),
    present: !draft.chance(12),
  };
  const rpl = draft.chance(2) ? 0 : random.below(4);
  if (!draft.chance(8)) return draft.segment(fields) | rpl;
  draft.set({ ldtr: Selector.ldt });
  return draft.local(1 + random.below(4), fields) | rpl;
}

/** A segment of any kind, to be loaded or looked at; the RPL of the selector is any. */
export function anySegment(draft: Draft): number {
  const { random } = draft;
  if (draft.chance(10)) return random.pick([0, 1, 2, 3, GDT_BYTES, 0x3fc, 0x3f8, Selector.tss, Selector.ldt, 0xffff]);
  const fields: DescriptorFields = {
    base: ARENA,
    limit: random.pick([0, 1, 0xfff, 0x7fff, 0xffff, 0xfffff]),
    flags: random.pick([0, 4, 8, 0xc]),
    type: draft.chance(2) ? random.below(32) : 0x10 | random.below(16),
    dpl: random.below(4),
    present: !draft.chance(8),
  };
  const rpl = draft.chance(2) ? 0 : random.below(4);
  if (!draft.chance(4)) return draft.segment(fields) | rpl;
  if (!draft.chance(6)) draft.set({ ldtr: Selector.ldt });
  return draft.local(random.pick([1, 2, 63]), fields) | rpl;
}

/** Now and then, what an inner level finds as its stack in the TSS is bad. */
export function innerStacks(draft: Draft): void {
  const { random } = draft;
  if (!draft.chance(5)) return;
  const level = random.below(3);
  const [esp, ss] = [
    ['esp0', 'ss0'],
    ['esp1', 'ss1'],
    ['esp2', 'ss2'],
  ][level] as ['esp0', 'ss0'];
  switch (random.below(6)) {
    case 0:
      draft.tss({
        [ss]: random.pick([0, 3, 0xffff, GDT_BYTES, CodeOf[level]!, DataOf[(level + 1) & 3]!, DataOf[level]! ^ 1]),
      });
      break;
    case 1:
      draft.tss({ [ss]: stackSegment(draft, level) | level });
      break;
    case 2:
      draft.tss({
        [ss]: stackSegment(draft, level) | level,
        [esp]: random.pick([0, 4, 8, 0x14, 0x18, 0x900, 0xffff, 0x10000, 0x10004]),
      });
      break;
    case 3:
      draft.segment(
        { base: At.tss, limit: random.pick([3, 7, 9, 0xb, 0xf, 0x13, 0x67]), type: Type.tss, flags: 0 },
        Selector.tss,
      );
      break;
    case 4:
      draft.tss({ [esp]: At.stack0 - 1 - random.below(3) });
      break;
    default:
      draft.segment(
        { base: At.narrowTss, limit: random.pick([TSS_LIMIT, 0x2b, 5, 3]), type: Type.tss16, flags: 0 },
        Selector.tss,
      );
  }
}

/** A data segment at ARENA that may serve as a stack of that level, or not quite. */
function stackSegment(draft: Draft, level: number): number {
  const { random } = draft;
  return draft.segment({
    // Away from the tables: pushes may begin that have no room to end.
    base: At.stack1 & ~0xfff,
    limit: random.pick([0xffff, 0x8ff, 0x8f0, 0x10]),
    flags: random.pick([0, 4]),
    type: random.pick([Type.data, Type.data, Type.readOnly, Type.expandDown, Type.code]),
    dpl: draft.chance(6) ? random.below(4) : level,
    present: !draft.chance(6),
  });
}

/** Some way to run: flat at any level, in 16-bit segments, or in virtual-8086 mode. */
export function anyMode(draft: Draft): string {
  const { random } = draft;
  switch (random.below(8)) {
    case 0: {
      const iopl = draft.chance(3) ? random.below(4) : 3;
      draft.virtual(iopl);
      return `V86 IOPL ${iopl}`;
    }
    case 1:
    case 2: {
      const cpl = draft.chance(2) ? 0 : 3;
      draft.narrow(cpl);
      return `16-bit CPL ${cpl}`;
    }
    default: {
      const cpl = draft.chance(3) ? 0 : random.below(4);
      draft.level(cpl);
      return `CPL ${cpl}`;
    }
  }
}
