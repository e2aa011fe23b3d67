/** Where Bochs 2.7 departs from the manual, or does what the manual leaves open otherwise than we do. Volumes are those of the SDM. */
import type { Case } from './case.ts';
import type { KnownDifference } from './differences.ts';
import { ARENA, At, Selector } from './layout.ts';
import type { Outcome } from './outcome.ts';
import { NARROW_LIMIT, NarrowTss, Tss } from './standard.ts';
import { StateWords } from './state.ts';

const RF = 0x10000;
const [VIF, VIP] = [0x80000, 0x100000];
/** Stubs that #DF ends at: its gate's, and that of the task in its place. */
const DOUBLE_FAULT = [8, 0x40];

export const BochsDifferences: readonly KnownDifference[] = [
  {
    reason: 'Bochs sets RF in the flags that #DF saves; an abort saves it as it was (vol. 3, 17.3.1.1)',
    explains: ({ ours, theirs }) =>
      DOUBLE_FAULT.includes(ours.vector ?? -1) &&
      differOnlyBy(ours, theirs, (a, b) => (a ^ b) === RF && (b & RF) !== 0),
  },
  {
    reason:
      'Bochs raises #GP before an instruction that begins with VIF and VIP set; the manual has that for what sets VIF (vol. 3, 20.3 and 20.4)',
    explains: ({ one, theirs }) =>
      (one.state.eflags & (VIF | VIP)) === (VIF | VIP) && (one.state.cr4 & 3) !== 0 && theirs.vector === 13,
  },
  {
    reason:
      'Bochs does not switch from a task whose TSS is too small to save it; the manual looks at the new one alone (vol. 3, table 7-1)',
    explains: ({ one, ours, theirs }) =>
      (theirs.vector === undefined || theirs.vector === 10 || theirs.vector === 13) &&
      ours.vector !== theirs.vector &&
      currentTssLimit(one) < limitNeeded(one),
  },
  {
    reason: 'Bochs sets bits 0-3 of DR6 for conditions that hold though they raised nothing; it may (vol. 3, 17.2.3)',
    explains: ({ ours, theirs }) => {
      const dr6 = StateWords.indexOf('dr6');
      const [a, b] = [ours.state.get(dr6) ?? DR6_NONE, theirs.state.get(dr6) ?? DR6_NONE];
      return ((a ^ b) & ~15) === 0 && (a & ~b & 15) === 0 && a !== b && same(without(ours, dr6), without(theirs, dr6));
    },
  },
  {
    reason:
      'Bochs has 40 bits of physical address; without CPUID leaf 80000008h there are 36, and what is above is reserved (vol. 3, 4.1.4)',
    explains: ({ one, ours }) =>
      one.family.startsWith('paging') && [8, 13, 14, 0x40].includes(ours.vector ?? 8) && hasHighAddress(one),
  },
  {
    reason: 'Bochs leaves DR7.GD set for the handler of INT1; entering a handler of #DB clears it (vol. 3, 17.2.4)',
    explains: ({ one, ours, theirs }) =>
      ours.vector === 1 && theirs.vector === 1 && (one.state.dr7 & 0x2000) !== 0 && one.title.includes('db 0xf1'),
  },
  {
    reason:
      'Bochs raises the #DB of DR7.GD before the #GP of a MOV of a debug register at CPL 1 to 3; the manual does not order them',
    explains: ({ one, ours, theirs }) =>
      ours.vector === 13 && theirs.vector === 1 && (one.state.dr7 & 0x2000) !== 0 && /\bdr\d/.test(one.title),
  },
  {
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
    reason:
      'Bochs saves RF clear for the #DB of DR7.GD; of the faults only instruction breakpoints leave it (vol. 3, 17.3.1.1)',
    explains: ({ one, ours, theirs }) =>
      (one.state.dr7 & 0x2000) !== 0 && differOnlyBy(ours, theirs, (a, b) => (a ^ b) === RF && (a & RF) !== 0),
  },
  {
    reason: 'Bochs gives bits 16-19 of LAR as the limit has them; they are undefined (vol. 2, LAR)',
    explains: ({ one, ours, theirs }) =>
      / lar e?cx|;lar /.test(` ${one.title}`) &&
      ours.vector === theirs.vector &&
      ((ours.state.get(1) ?? 0) ^ (theirs.state.get(1) ?? 0)) === (0xf0000 & (theirs.state.get(1) ?? 0)),
  },
  {
    reason: 'Bochs writes the limit of SGDT and SIDT before the base is found to be beyond the limit of the segment',
    explains: ({ one, ours, theirs }) =>
      one.family === 'limits' &&
      one.title.startsWith('sgdt') &&
      ours.vector === 13 &&
      theirs.vector === 13 &&
      equal(ours.state, theirs.state),
  },
  {
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
  {
    reason:
      'Bochs saves RF clear for a trap between two iterations of a repeated instruction; it is set then (vol. 3, 17.3.1.1)',
    explains: ({ one, ours, theirs }) =>
      one.title.includes('rep ') &&
      ours.vector === 1 &&
      differOnlyBy(ours, theirs, (a, b) => (a ^ b) === RF && (a & RF) !== 0),
  },
  {
    reason:
      'Bochs clears BT in DR6 with the next debug exception; the processor clears nothing but bits 0-3 (vol. 3, 17.2.3)',
    explains: ({ one, ours, theirs }) => {
      const dr6 = StateWords.indexOf('dr6');
      return (
        one.title.includes('mov dr6') &&
        ours.vector === 1 &&
        ((ours.state.get(dr6) ?? 0) ^ (theirs.state.get(dr6) ?? 0)) === 0x8000
      );
    },
  },
  {
    reason:
      'Bochs finds an instruction breakpoint before an interrupt that is pending as well; the interrupt comes first (vol. 3, table 6-2)',
    explains: ({ one, ours, theirs }) => one.timer && ours.vector === 0x20 && theirs.vector === 1,
  },
  {
    reason:
      'Bochs begins to push before it finds no room for all; room is looked for first (vol. 2, INT n, ENTER, CALL)',
    explains: ({ ours, theirs }) =>
      ours.vector === theirs.vector && ours.vector !== 3 && equal(ours.state, theirs.state) && pushesMore(ours, theirs),
  },
  {
    reason:
      'Bochs writes the selector alone where PUSH of a segment register is of 32 bits; both are allowed (vol. 2, PUSH)',
    explains: ({ one, ours, theirs }) => {
      if (ours.vector !== theirs.vector) return false;
      // The half that is not written may meet a data breakpoint.
      const dr6 = StateWords.indexOf('dr6');
      if (one.title.startsWith('push ss')) return same(without(ours, dr6), without(theirs, dr6));
      const pushes = /\b(06|0e|16|1e|0f a0|0f a8) in 32-bit|66 (06|0e|16|1e|0f a0|0f a8) in/;
      return one.family === 'random' && pushes.test(one.title) && equal(ours.state, theirs.state);
    },
  },
];

const DR6_NONE = 0xffff0ff0;

const without = ({ state, ...rest }: Outcome, index: number): Outcome => ({
  ...rest,
  state: new Map([...state].filter(([i]) => i !== index)),
});

/** Bits 36 to 39 of an entry's address: of a 4 MiB page bits 17 to 20, of PAE those of the upper word. */
const hasHighAddress = ({ patches }: Case): boolean =>
  patches.some(
    ({ at, bytes }) =>
      (at >= At.directory && at < At.table && bytes.length === 4 && (bytes[2]! & 0x1e) !== 0) ||
      (at >= At.spareTable && at < At.code16 && at < At.paeTable && (bytes[4] === 0x10 || bytes[12] === 0x10)) ||
      (at >= At.stack3 - 0xf00 && at < At.stack3 - 0xee0 && bytes[4] === 0x10),
  );

/** Theirs differ by stack memory that ours left, and by RF of a double fault. */
function pushesMore(ours: Outcome, theirs: Outcome): boolean {
  const offsets = [...theirs.memory.keys()].filter(at => ours.memory.get(at) !== theirs.memory.get(at));
  const isStack = (at: number) => at >= At.stack1 - 0x800 - ARENA && at < At.directory - ARENA;
  const isFlags = (at: number) => ((ours.memory.get(at) ?? STANDARD_FLAGS) ^ theirs.memory.get(at)!) === RF;
  return (
    [...ours.memory.keys()].every(at => theirs.memory.has(at)) &&
    offsets.some(isStack) &&
    offsets.every(
      at => (isStack(at) && !ours.memory.has(at)) || (DOUBLE_FAULT.includes(ours.vector ?? -1) && isFlags(at)),
    )
  );
}

function newTaskCode({ patches }: Case): number {
  const wide = patches.findLast(({ at }) => at === At.task + Tss.cs)?.bytes;
  const narrow = patches.findLast(({ at }) => at === At.narrowTask + 2 * NarrowTss.indexOf('cs'))?.bytes;
  const bytes = narrow ?? wide;
  return bytes ? bytes[0]! | (bytes[1]! << 8) : 0;
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
