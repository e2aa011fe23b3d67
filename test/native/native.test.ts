/**
 * User-mode instructions on the host's processor and on ours: the same registers, defined flags, memory, EIP and faults.
 * REAL86_NATIVE_CASES and REAL86_NATIVE_SEED widen the search; REAL86_NATIVE_REPORT=1 prints how often undefined flags agree all the same.
 */
import { describe, expect, it } from 'vitest';
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { Random } from '../cpu/rig.ts';
import { share } from '../setup/share.ts';
import { Agreement } from './agreement.ts';
import type { Case, Outcome } from './case.ts';
import { compare, decodeCase, describeCase } from './compare.ts';
import type { Arena } from './draft.ts';
import { generate, TestedRows } from './generate.ts';
import { Guest } from './guest.ts';
import { type Host, lowestMapping, openHost } from './host.ts';
import { HIGH_DATA, LOW_DATA, READ_ONLY_BYTES } from './layout.ts';
import { pattern } from './values.ts';

const CASES = Number(process.env.REAL86_NATIVE_CASES ?? share(4000, 8000));
const SEED = Number(process.env.REAL86_NATIVE_SEED ?? 1);
const BATCH = 5000;
/** More differences in one row than this are more of the same. */
const SHOWN_EACH = 3;
/** More would mean that what is dropped as unfit for the host has swallowed the test. */
const LEAST_JUDGED = 0.98;

interface Judged {
  readonly one: Case;
  readonly ours: Outcome;
}

/** Cases, row by row in turn from row `from`, that our processor has run and that the host may. */
function draw(random: Random, guest: Guest, arena: Arena, from: number, count: number): Judged[] {
  const judged: Judged[] = [];
  for (let i = from; i < from + count; i++) {
    const one = generate(random, TestedRows[i % TestedRows.length]!, arena);
    const ours = one && guest.run(one);
    if (one && ours && !('unfit' in ours)) judged.push({ one, ours });
  }
  return judged;
}

/** Runs `count` cases on both; differing ones as text, row by row, and how many cases could be judged. */
function search(host: Host, arena: Arena, engine: MakeEngine, count: number): { judged: number; failures: string } {
  const random = new Random(SEED);
  const guest = new Guest(arena.data, engine);
  const failures = new Map<string, string[]>();
  const agreement = new Agreement();
  let judged = 0;
  for (let done = 0; done < count; done += BATCH) {
    const contents = pattern(random);
    guest.fill(contents);
    const drawn = draw(random, guest, arena, done, Math.min(BATCH, count - done));
    const outcomes = host.run(
      drawn.map(({ one }) => one),
      contents,
    );
    for (const [i, { one, ours }] of drawn.entries()) {
      const theirs = outcomes[i]!;
      agreement.note(one, ours, theirs);
      const differences = compare(one, ours, theirs);
      if (differences.length === 0 || guest.jumpsIntoItself(one)) continue;
      const row = decodeCase(one)?.row.name ?? 'undecoded';
      failures.set(row, [...(failures.get(row) ?? []), `${describeCase(one)}\n    ${differences.join('; ')}`]);
    }
    judged += drawn.length;
  }
  if (process.env.REAL86_NATIVE_REPORT) console.log(`${judged} of ${count} judged\n${agreement}`);
  return { judged, failures: failureText(failures) };
}

/** Each row with how often it failed, and the first few cases. */
function failureText(failures: ReadonlyMap<string, readonly string[]>): string {
  return [...failures]
    .map(([row, all]) => [`${row}: ${all.length}`, ...all.slice(0, SHOWN_EACH)].join('\n  '))
    .join('\n');
}

const flat = { data: HIGH_DATA, segmented: false };
const places: readonly (readonly [name: string, arena: Arena, engine: MakeEngine, count: number])[] = [
  ['flat segments', flat, wasmEngine, CASES / 2],
  ['flat segments, on the printed oracle', flat, oracleEngine, CASES / 10],
  ['data below 64 KiB, 16-bit addresses', { data: LOW_DATA, segmented: false }, wasmEngine, CASES / 4],
  [
    'segments with bases and limits, 16-bit code and stacks',
    { data: HIGH_DATA, segmented: true },
    wasmEngine,
    CASES / 2,
  ],
];

describe.each(places)('the host processor and ours agree: %s', (_, arena, engine, count) => {
  const low = arena.data === LOW_DATA && lowestMapping() > LOW_DATA - READ_ONLY_BYTES;
  const opened = low ? { reason: `vm.mmap_min_addr is ${lowestMapping()}` } : openHost(arena.data);
  if ('reason' in opened) console.warn(`skip: ${opened.reason}`);
  it.skipIf('reason' in opened)(
    `${count} random instructions`,
    ({ onTestFinished }) => {
      const host = opened as Host;
      onTestFinished(() => host.close());
      const { judged, failures } = search(host, arena, engine, count);
      expect(failures).toBe('');
      expect(judged / count).toBeGreaterThan(LEAST_JUDGED);
    },
    1_200_000,
  );
});
