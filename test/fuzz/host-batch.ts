/** A batch of states, all of it from kind and seed: drawn, executed on both sides, compared; what differs is made small. */
import { Random } from '../cpu/rig.ts';
import type { AnySubject, Way } from './host-subject.ts';

export interface Finding {
  /** Place in the batch. */
  readonly index: number;
  readonly way: Way;
  readonly form: string;
  /** The state, in words, and what differs. */
  readonly text: string;
  /** The state made small and the host's outcome: a line for host-findings.jsonl. */
  readonly row: unknown;
}

export interface Batch {
  readonly drawn: number;
  /** Compared, by form and by way. */
  readonly forms: Readonly<Record<string, number>>;
  readonly ways: Readonly<Partial<Record<Way, number>>>;
  readonly findings: readonly Finding[];
}

export interface BatchOptions {
  readonly states: number;
  /** By turns. */
  readonly turns: readonly Way[];
  /** One alone. */
  readonly only?: number | undefined;
}

/** More would be more of the same. */
const MOST_FINDINGS = 5;
const OTHERWISE: Way = 'block';

/** Each state in one of the ways, by turns; in a block where a way is not for it. */
export function runBatch(subject: AnySubject, seed: number, { states, turns, only }: BatchOptions): Batch {
  const drawn = subject.draw(new Random(seed), states);
  const judged: { index: number; way: Way; state: unknown; ours: unknown }[] = [];
  for (const [index, state] of drawn.entries()) {
    if (state === undefined || (only !== undefined && index !== only)) continue;
    let way = turns[(index + seed) % turns.length]!;
    let ours = subject.run(state, way);
    if (ours === undefined && way !== OTHERWISE) {
      way = OTHERWISE;
      ours = subject.run(state, way);
    }
    if (ours !== undefined) judged.push({ index, way, state, ours });
  }
  const outcomes = subject.ask(judged.map(({ state }) => state));
  const forms: Record<string, number> = {};
  const ways: Partial<Record<Way, number>> = {};
  const findings: Finding[] = [];
  for (const [i, { index, way, state, ours }] of judged.entries()) {
    const differences = subject.compare(state, ours, outcomes[i]);
    if (!differences) continue;
    const form = subject.formOf(state) ?? 'no instruction';
    forms[form] = (forms[form] ?? 0) + 1;
    ways[way] = (ways[way] ?? 0) + 1;
    if (differences.length > 0 && findings.length < MOST_FINDINGS)
      findings.push({ index, way, form, ...explain(subject, state, way, differences) });
  }
  return { drawn: drawn.length, forms, ways, findings };
}

function explain(subject: AnySubject, found: unknown, way: Way, differences: readonly string[]) {
  const { state, differences: fewer } = minimise(subject, found, way, differences);
  const lines = [subject.describe(found), ...differences];
  if (state !== found) lines.push('made small:', subject.describe(state), ...fewer);
  const [outcome] = subject.ask([state]);
  return { text: lines.join('\n    '), row: subject.pack(state, outcome) };
}

/** Takes each simpler state that still differs, until there is none. */
function minimise(subject: AnySubject, found: unknown, way: Way, differences: readonly string[]) {
  let best = { state: found, differences };
  for (let improved = true; improved; ) {
    improved = false;
    for (const state of subject.simpler(best.state)) {
      const ours = subject.run(state, way);
      if (ours === undefined) continue;
      const [theirs] = subject.ask([state]);
      const now = subject.compare(state, ours, theirs);
      if (!now || now.length === 0) continue;
      best = { state, differences: now };
      improved = true;
      break;
    }
  }
  return best;
}
