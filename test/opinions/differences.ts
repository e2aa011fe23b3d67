/** Where the other emulators depart from the manual, and we do not: each with the reason. Nothing else is let pass. */
import type { Case } from './case.ts';
import { ARENA, At, Selector } from './layout.ts';
import { type Outcome, parseOutcome } from './outcome.ts';
import type { Other } from './run-others.ts';
import { NARROW_LIMIT, NarrowTss, Tss } from './standard.ts';
import { StateWords } from './state.ts';

interface Both {
  readonly one: Case;
  readonly ours: Outcome;
  readonly theirs: Outcome;
}

export interface KnownDifference {
  readonly of: readonly Other[];
  readonly reason: string;
  readonly explains: (both: Both) => boolean;
}

const RF = 0x10000;
const [VIF, VIP] = [0x80000, 0x100000];
/** Stubs that #DF ends at: its gate's, and that of the task in its place. */
const DOUBLE_FAULT = [8, 0x40];

const KNOWN: readonly KnownDifference[] = [
  {
    of: ['bochs'],
    reason: 'Bochs sets RF in the flags that #DF saves; an abort saves it as it was (vol. 3, 17.3.1.1)',
    explains: ({ ours, theirs }) =>
      DOUBLE_FAULT.includes(ours.vector ?? -1) &&
      differOnlyBy(ours, theirs, (a, b) => (a ^ b) === RF && (b & RF) !== 0),
  },
  {
    of: ['bochs'],
    reason:
      'Bochs raises #GP before an instruction that begins with VIF and VIP set; the manual has that for what sets VIF (vol. 3, 20.3 and 20.4)',
    explains: ({ one, theirs }) =>
      (one.state.eflags & (VIF | VIP)) === (VIF | VIP) && (one.state.cr4 & 3) !== 0 && theirs.vector === 13,
  },
  {
    of: ['bochs'],
    reason:
      'Bochs does not switch from a task whose TSS is too small to save it; the manual looks at the new one alone (vol. 3, table 7-1)',
    explains: ({ one, ours, theirs }) =>
      (theirs.vector === undefined || theirs.vector === 10 || theirs.vector === 13) &&
      ours.vector !== theirs.vector &&
      currentTssLimit(one) < limitNeeded(one),
  },
  {
    of: ['bochs'],
    reason: 'Bochs sets bits 0-3 of DR6 for conditions that hold though they raised nothing; it may (vol. 3, 17.2.3)',
    explains: ({ ours, theirs }) => {
      const dr6 = StateWords.indexOf('dr6');
      const [a, b] = [ours.state.get(dr6) ?? DR6_NONE, theirs.state.get(dr6) ?? DR6_NONE];
      return ((a ^ b) & ~15) === 0 && (a & ~b & 15) === 0 && a !== b && same(without(ours, dr6), without(theirs, dr6));
    },
  },
  {
    of: ['bochs'],
    reason:
      'Bochs has 40 bits of physical address; without CPUID leaf 80000008h there are 36, and what is above is reserved (vol. 3, 4.1.4)',
    explains: ({ one, ours, theirs }) =>
      one.family === 'paging' &&
      / large .* reserved/.test(one.title) &&
      ours.vector === 14 &&
      theirs.vector !== 14 &&
      hasFrameBits(one),
  },
  {
    of: ['bochs'],
    reason: 'Bochs leaves DR7.GD set for the handler of INT1; entering a handler of #DB clears it (vol. 3, 17.2.4)',
    explains: ({ one, ours, theirs }) =>
      ours.vector === 1 && theirs.vector === 1 && (one.state.dr7 & 0x2000) !== 0 && one.title.includes('db 0xf1'),
  },
  {
    of: ['bochs'],
    reason:
      'Bochs raises the #DB of DR7.GD before the #GP of a MOV of a debug register at CPL 1 to 3; the manual does not order them',
    explains: ({ one, ours, theirs }) =>
      ours.vector === 13 && theirs.vector === 1 && (one.state.dr7 & 0x2000) !== 0 && /\bdr\d/.test(one.title),
  },
  {
    of: ['bochs'],
    reason: 'Bochs looks at the data segments of a new task before its code segment; table 7-1 has the code first',
    explains: ({ one, ours, theirs }) => {
      if (one.family !== 'tasks' || (ours.vector !== 10 && ours.vector !== 11)) return false;
      const selector = newTaskCode(one) & ~3;
      const [theirCode, ...others] = [...theirs.memory].filter(([at, value]) => ours.memory.get(at) !== value);
      return (
        theirCode !== undefined &&
        (ours.memory.get(theirCode[0]) ?? 0) === selector &&
        (others.length === 0 || ours.vector !== theirs.vector)
      );
    },
  },
  {
    of: ['bochs'],
    reason:
      'Bochs saves RF clear for the #DB of DR7.GD; of the faults only instruction breakpoints leave it (vol. 3, 17.3.1.1)',
    explains: ({ one, ours, theirs }) =>
      (one.state.dr7 & 0x2000) !== 0 && differOnlyBy(ours, theirs, (a, b) => (a ^ b) === RF && (a & RF) !== 0),
  },
  {
    of: ['bochs'],
    reason: 'Bochs gives bits 16-19 of LAR as the limit has them; they are undefined (vol. 2, LAR)',
    explains: ({ one, ours, theirs }) =>
      / lar e?cx|;lar /.test(` ${one.title}`) &&
      ours.vector === theirs.vector &&
      ((ours.state.get(1) ?? 0) ^ (theirs.state.get(1) ?? 0)) === (0xf0000 & (theirs.state.get(1) ?? 0)),
  },
  {
    of: ['bochs'],
    reason: 'Bochs writes the limit of SGDT and SIDT before the base is found to be beyond the limit of the segment',
    explains: ({ one, ours, theirs }) =>
      one.family === 'limits' &&
      one.title.startsWith('sgdt') &&
      ours.vector === 13 &&
      theirs.vector === 13 &&
      equal(ours.state, theirs.state),
  },
  {
    of: ['bochs'],
    reason: 'Bochs keeps all of SYSENTER_CS; beyond the selector it is not used (vol. 4, 174h)',
    explains: ({ one, ours, theirs }) => {
      const kept = theirs.state.get(StateWords.indexOf('sysenterCs')) ?? 0;
      return (
        one.title.includes(`ecx,${0x174}`) &&
        ours.vector === 3 &&
        theirs.vector === 3 &&
        kept > 0xffff &&
        (ours.state.get(StateWords.indexOf('sysenterCs')) ?? 0) === (kept & 0xffff)
      );
    },
  },
  {
    of: ['bochs'],
    reason:
      'Bochs saves and checks MXCSR where CR4.OSFXSR is clear; that depends on the implementation (vol. 2, FXSAVE)',
    explains: ({ one, ours, theirs }) => {
      if ((one.state.cr4 & 0x200) !== 0 || !/fxsave|fxrstor/.test(one.title)) return false;
      if (theirs.vector === 13) return ours.vector === 3 && one.title.includes('fxrstor');
      const image = [0x18, 0x1c, 0x20, 0x24].map(at => At.data - ARENA + at);
      return (
        ours.vector === theirs.vector &&
        [...theirs.memory].every(([at, value]) => ours.memory.get(at) === value || image.includes(at))
      );
    },
  },
  {
    of: ['bochs'],
    reason:
      'Bochs pushes the return address of a call before it finds the target beyond its segment (vol. 2, CALL: it is checked first)',
    explains: ({ one, ours, theirs }) =>
      one.family === 'transfers' &&
      one.title.startsWith('call') &&
      ours.vector === 13 &&
      theirs.vector === 13 &&
      equal(ours.state, theirs.state) &&
      [...ours.memory].every(([at, value]) => theirs.memory.get(at) === value),
  },
];

const DR6_NONE = 0xffff0ff0;

const without = ({ state, ...rest }: Outcome, index: number): Outcome => ({
  ...rest,
  state: new Map([...state].filter(([i]) => i !== index)),
});

/** Of a large page's entry, bits 17 to 20. */
const hasFrameBits = ({ patches }: Case): boolean =>
  patches.some(({ at, bytes }) => at >= At.directory && at < At.table && (bytes[2]! & 0x1e) !== 0);

function newTaskCode({ patches }: Case): number {
  const wide = patches.findLast(({ at }) => at === At.task + Tss.cs)?.bytes;
  const narrow = patches.findLast(({ at }) => at === At.narrowTask + 2 * NarrowTss.indexOf('cs'))?.bytes;
  const bytes = narrow ?? wide;
  return bytes ? bytes[0]! | (bytes[1]! << 8) : 0;
}

/** The reason, or undefined for what is not known. */
export function knownDifference(
  other: Other,
  one: Case,
  ours: string | undefined,
  theirs: string | undefined,
): string | undefined {
  if (ours === undefined || theirs === undefined) return undefined;
  const both = { one, ours: parseOutcome(ours), theirs: parseOutcome(theirs) };
  return KNOWN.find(known => known.of.includes(other) && known.explains(both))?.reason;
}

/** Same vector and registers, and memory that differs by doublewords of that kind alone. What is as before counts as `before`. */
function differOnlyBy(a: Outcome, b: Outcome, alike: (a: number, b: number) => boolean): boolean {
  if (a.vector !== b.vector || !equal(a.state, b.state)) return false;
  const offsets = [...new Set([...a.memory.keys(), ...b.memory.keys()])];
  // Flags of before are those of the standard TSS.
  return offsets.every(
    at =>
      a.memory.get(at) === b.memory.get(at) ||
      alike(a.memory.get(at) ?? STANDARD_FLAGS, b.memory.get(at) ?? STANDARD_FLAGS),
  );
}
const STANDARD_FLAGS = 2;

const same = (a: Outcome, b: Outcome): boolean =>
  a.vector === b.vector && equal(a.state, b.state) && equal(a.memory, b.memory);

const equal = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);

/** Of the TSS that is current when the case begins. */
function currentTssLimit({ state, patches }: Case): number {
  const entry = At.gdt + (state.tr & ~7);
  const patch = patches.findLast(({ at }) => at === entry);
  if (patch) return patch.bytes[0]! | (patch.bytes[1]! << 8);
  return state.tr === Selector.narrowTss ? NARROW_LIMIT : 0x3ff;
}

function limitNeeded({ state, patches }: Case): number {
  const patch = patches.findLast(({ at }) => at === At.gdt + (state.tr & ~7));
  const type = patch ? patch.bytes[5]! & 15 : state.tr === Selector.narrowTss ? 1 : 9;
  return (type & 8) !== 0 ? 0x67 : NARROW_LIMIT;
}
