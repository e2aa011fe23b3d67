/** Far jumps, calls and returns: direct, through call gates, between levels and modes, in both operand sizes. SDM vol. 3, 5.8. */
import { Type } from '../descriptors.ts';
import type { Draft } from '../draft.ts';
import { ARENA, At, CodeOf, DataOf, GDT_BYTES, Selector, StackOf } from '../layout.ts';
import { anyMode, anySegment, codeTarget, innerStacks, TARGET } from './targets.ts';

/** JMP and CALL to segments and gates. */
export function farTransfers(draft: Draft): void {
  const { random } = draft;
  const mode = anyMode(draft);
  const verb = random.pick(['jmp', 'call']);
  innerStacks(draft);
  if (draft.way === 2) {
    draft.code(`${verb} 0x2000:0x${TARGET.toString(16)}`);
    draft.title = `${verb} in ${mode}`;
    return;
  }
  const wide = draft.chance(2);
  const throughGate = draft.chance(2);
  const selector = throughGate ? aGate(draft) : codeTarget(draft);
  const offset = draft.chance(10) ? random.pick([0xffff, 0x10000]) : TARGET;
  // By hand, so that either operand size is possible: EA and 9A with a pointer, behind 66h where it is not the mode's.
  const prefix = wide === (draft.bits === 32) ? [] : [0x66];
  const little = (value: number, bytes: number) => Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 255);
  const bytes = [...prefix, verb === 'jmp' ? 0xea : 0x9a, ...little(offset, wide ? 4 : 2), ...little(selector, 2)];
  draft.bytes(At.code, bytes);
  // Parameters that a gate may copy.
  draft.words(
    (draft.bits === 16 ? draft.state.esp + ARENA : draft.state.esp) - 0,
    ...Array.from({ length: 4 }, () => random.word()),
  );
  draft.title = `${verb} ${throughGate ? 'through a gate ' : ''}${selector.toString(16)}:${offset.toString(16)} in ${mode}, ${wide ? 32 : 16} bits`;
}

function aGate(draft: Draft): number {
  const { random } = draft;
  const fields = {
    type: draft.chance(10) ? random.below(16) : random.pick([Type.callGate, Type.callGate, Type.callGate16]),
    selector: codeTarget(draft),
    offset: draft.chance(10) ? random.pick([0xffff, 0x10000]) : TARGET,
    dpl: draft.chance(2) ? 3 : random.below(4),
    present: !draft.chance(12),
    count: draft.chance(2) ? 0 : random.pick([1, 2, 5, 31]),
  };
  return draft.callGate(fields) | (draft.chance(3) ? random.below(4) : 0);
}

/** RETF and IRET, to the same level, outward, to virtual-8086 mode, and where they may not. */
export function farReturns(draft: Draft): void {
  const { random } = draft;
  const mode = anyMode(draft);
  const wide = draft.chance(2);
  const iret = draft.chance(2);
  const release = iret || draft.chance(2) ? 0 : random.pick([4, 8, 0x10]);
  const level = random.below(4);
  const selector =
    draft.way === 2
      ? 0x2000
      : draft.chance(3)
        ? codeTarget(draft)
        : draft.segment({
            base: ARENA,
            limit: 0xffff,
            flags: random.pick([0, 4]),
            type: Type.code | random.below(2),
            dpl: level,
          }) | level;
  const cpl = draft.way === 2 ? 3 : draft.state.cs & 3;
  const toVirtual = iret && wide && cpl === 0 && draft.chance(4);
  const flags = flagsImage(draft, toVirtual);
  const stack = draft.chance(4)
    ? anySegment(draft)
    : draft.chance(8)
      ? random.pick([0, GDT_BYTES, CodeOf[0]])
      : draft.chance(3)
        ? Selector.userData16
        : DataOf[selector & 3]!;
  const outerEsp = stack === Selector.userData16 ? StackOf[3] - ARENA : StackOf[selector & 3]!;
  const words = [
    draft.chance(10) ? random.pick([0xffff, 0x10000]) : TARGET,
    toVirtual ? ARENA >>> 4 : selector,
    ...(iret ? [flags] : []),
    ...Array.from({ length: release / 4 }, () => 0x11111111),
    ...(toVirtual ? [0x6000, 0x2000, 0x2000, 0x2000, 0x2000, 0x2000] : [outerEsp, stack]),
  ];
  const size = wide ? 4 : 2;
  const frame = words.flatMap(word => Array.from({ length: size }, (_, i) => (word >>> (8 * i)) & 255));
  draft.state.esp -= 0x80;
  draft.bytes(draft.state.esp + (draft.bits === 16 ? ARENA : 0), frame);
  // What lies in data segments is looked at when the level changes.
  for (const name of ['ds', 'es', 'fs', 'gs'] as const)
    if (draft.way !== 2 && draft.chance(3))
      draft.state[name] = random.pick([DataOf[cpl]!, Selector.conforming, DataOf[3]]);
  if (iret && draft.chance(8)) draft.state.eflags |= 0x4000;
  const prefix = wide === (draft.bits === 32) ? [] : [0x66];
  const code = iret ? [0xcf] : release === 0 ? [0xcb] : [0xca, release, 0];
  draft.bytes(At.code, [...prefix, ...code]);
  if (draft.chance(4)) draft.paged();
  draft.title = `${iret ? 'iret' : `retf ${release}`} to ${selector.toString(16)} stack ${stack.toString(16)} in ${mode}, ${wide ? 32 : 16} bits${toVirtual ? ', to V86' : ''}`;
}

function flagsImage(draft: Draft, toVirtual: boolean): number {
  const { random } = draft;
  const image = draft.chance(2) ? 2 | random.pick([0, 0x200, 0x3000, 0x40000]) : (random.word() & 0x3fffff) | 2;
  // VM is for those that mean it; VIF and VIP together are for the family of virtual interrupts.
  const flags = toVirtual ? image | 0x20000 : image & ~0x20000;
  return flags & ~0x100000;
}
