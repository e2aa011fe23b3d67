/**
 * User-mode instructions on the host's processor and on ours: the same registers, defined flags, memory, EIP and faults.
 * REAL86_NATIVE_CASES and REAL86_NATIVE_SEED widen the search; REAL86_NATIVE_REPORT=1 prints how often undefined flags agree.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { Flag } from '../../src/isa/flags.ts';
import { Random } from '../cpu/rig.ts';
import type { Case, Outcome } from './case.ts';
import { compare, decodeCase, describeCase, undefinedAgreement } from './compare.ts';
import { generate, TestedRows } from './generate.ts';
import { Guest } from './guest.ts';
import { type Host, openHost } from './host.ts';
import { HIGH_DATA } from './layout.ts';
import { pattern } from './values.ts';

const CASES = Number(process.env.REAL86_NATIVE_CASES ?? 20_000);
const SEED = Number(process.env.REAL86_NATIVE_SEED ?? 1);
const BATCH = 5000;
/** More differences in one instruction than this are more of the same. */
const SHOWN_EACH = 3;

const opened = openHost(HIGH_DATA);
const host: Host | undefined = 'run' in opened ? opened : undefined;
if ('reason' in opened) console.warn(`skip: ${opened.reason}`);
afterAll(() => host?.close());

interface Judged {
  readonly one: Case;
  readonly ours: Outcome;
}

/** Cases, row by row in turn, that our processor has run and that the host may. */
function draw(
  random: Random,
  guest: Guest,
  count: number,
  from: number,
): { judged: Judged[]; dropped: Record<string, number> } {
  const judged: Judged[] = [];
  const dropped: Record<string, number> = {};
  for (let i = 0; i < count; i++) {
    const one = generate(random, TestedRows[(from + i) % TestedRows.length]!, HIGH_DATA);
    const ours = one ? guest.run(one) : { unfit: 'not generated' };
    if (one && !('unfit' in ours)) judged.push({ one, ours });
    else if ('unfit' in ours) dropped[ours.unfit] = (dropped[ours.unfit] ?? 0) + 1;
  }
  return { judged, dropped };
}

describe.skipIf(!host)('the host processor and ours agree', () => {
  it(`on ${CASES} random instructions`, () => {
    const random = new Random(SEED);
    const guest = new Guest(HIGH_DATA);
    const failures = new Map<string, string[]>();
    const agreement = new Map<string, number[]>();
    const dropped: Record<string, number> = {};
    let total = 0;
    for (let done = 0; done < CASES; done += BATCH) {
      const contents = pattern(random);
      guest.fill(contents);
      const drawn = draw(random, guest, Math.min(BATCH, CASES - done), done);
      const outcomes = host!.run(
        drawn.judged.map(({ one }) => one),
        contents,
      );
      for (const [i, { one, ours }] of drawn.judged.entries()) {
        const theirs = outcomes[i]!;
        const differences = compare(one, ours, theirs);
        if (differences.length > 0) {
          const key = decodeCase(one)?.row.name ?? 'undecoded';
          failures.set(key, [...(failures.get(key) ?? []), `${describeCase(one)}\n    ${differences.join('; ')}`]);
        }
        note(agreement, one, ours, theirs);
      }
      total += drawn.judged.length;
      for (const [why, count] of Object.entries(drawn.dropped)) dropped[why] = (dropped[why] ?? 0) + count;
    }
    if (process.env.REAL86_NATIVE_REPORT) console.log(report(agreement), total, dropped);
    expect(failureText(failures)).toBe('');
    expect(total).toBeGreaterThan(CASES * 0.9);
  }, 600_000);
});

/** Each row with how often it failed, and the first few cases. */
function failureText(failures: ReadonlyMap<string, readonly string[]>): string {
  return [...failures]
    .map(([row, all]) => [`${row}: ${all.length}`, ...all.slice(0, SHOWN_EACH)].join('\n  '))
    .join('\n');
}

/** Per mnemonic and flag: cases in which the flag is undefined, and in how many of them the two processors differ. */
function note(agreement: Map<string, number[]>, one: Case, ours: Outcome, theirs: Outcome): void {
  const found = undefinedAgreement(one, ours, theirs);
  if (!found) return;
  for (const name of ['CF', 'PF', 'AF', 'ZF', 'SF', 'OF'] as const) {
    if ((found.undefined & Flag[name]) === 0) continue;
    const counts = agreement.get(`${found.mnemonic} ${name}`) ?? [0, 0];
    counts[0]!++;
    if (found.differing & Flag[name]) counts[1]!++;
    agreement.set(`${found.mnemonic} ${name}`, counts);
  }
}

function report(agreement: Map<string, number[]>): string {
  return [...agreement].map(([name, [all, differing]]) => `${name}: ${differing} of ${all} differ`).join('\n');
}
