/** Privileged state, exceptions, tasks, paging, modes: outcomes that Bochs and the manual agree on, case by case, on the whole machine. */
import { describe, expect, it } from 'vitest';
import type { MakeEngine } from '../../src/cpu/engine.ts';
import { eagerJitEngine } from '../../src/jit/jit.ts';
import { isLong, share } from '../setup/share.ts';
import { describeCase, describeDifference } from './describe.ts';
import { knownDifference } from './differences.ts';
import { Families, makeCase } from './families/index.ts';
import { readStream } from './outcome.ts';
import { readRecording } from './recording.ts';
import { runOther, whyNot } from './run-others.ts';
import { runReal86 } from './run-real86.ts';
import { diskOf } from './table.ts';

const { seed, cases: recorded } = readRecording();

/** Cases of these numbers, what they came to, and the words of what is otherwise. */
function disagreements(numbers: readonly number[], engine?: MakeEngine): string[] {
  const cases = numbers.map(number => makeCase(seed, number));
  const { outcomes } = readStream(runReal86(diskOf(cases, 0), 'pentium3', engine));
  return cases.flatMap((one, i) => {
    const [wanted, found] = [recorded[numbers[i]!]!.outcome, outcomes.get(i)];
    if (found === wanted) return [];
    return [
      `case ${numbers[i]} of seed ${seed}, ${describeCase(one)}\n  ${found === undefined ? 'no end' : describeDifference(found, wanted)}`,
    ];
  });
}

/** As recorded: a breakpoint that is met on the way in shows registers of the harness, which depend on where the case is in its table. */
const BATCH = 1000;

const upTo = (count: number): number[] => Array.from({ length: count }, (_, number) => number);

describe('what was agreed on', () => {
  it('is of all families', () => {
    expect(recorded.length).toBeGreaterThanOrEqual(3800);
    const agreed = Families.map(
      (_, family) => recorded.filter(({ reason }, number) => number % Families.length === family && !reason).length,
    );
    expect(Math.min(...agreed)).toBeGreaterThan(100);
  });

  it('holds', () => {
    const all = upTo(share(190, recorded.length));
    for (let first = 0; first < all.length; first += BATCH)
      expect(disagreements(all.slice(first, first + BATCH))).toEqual([]);
  });

  // Most of it is the BIOS, compiled.
  it.skipIf(!isLong)(
    `holds on compiled code${isLong ? '' : ' (left out: takes long: npm run test:long)'}`,
    () => {
      expect(disagreements(upTo(475), eagerJitEngine)).toEqual([]);
    },
    300_000,
  );

  it('a wrong outcome is found, and told', () => {
    const [one] = disagreements([1]).length === 0 ? [makeCase(seed, 1)] : [];
    const { outcome } = recorded[1]!;
    const other = outcome.replace(/\+(\w+)=(\w+)/, '+$1=1$2');
    expect(other).not.toBe(outcome);
    expect(describeDifference(other, outcome)).toMatch(/theirs/);
    expect(describeCase(one!)).toContain(one!.title);
  });
});

const reason = whyNot('bochs') ?? (isLong ? undefined : 'takes long: npm run test:long');
it.skipIf(reason !== undefined)(
  `Bochs, asked now, says the same${reason ? ` (left out: ${reason})` : ''}`,
  async () => {
    const cases = upTo(1000).map(number => makeCase(seed, number));
    const disk = diskOf(cases, 0);
    const theirs = readStream(await runOther('bochs', disk));
    const others = cases.flatMap((one, i) => {
      const [ours, said] = [recorded[i]!.outcome, theirs.outcomes.get(i)];
      return said === ours || knownDifference('bochs', one, ours, said) !== undefined ? [] : [one.title];
    });
    expect(others).toEqual([]);
  },
  120_000,
);
