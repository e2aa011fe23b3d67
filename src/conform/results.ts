/** What becomes of vectors: of one, of the vectors of a file, and of a run; and how runs in parts come together. Plain data, as it is written in JSON. */

/** A place in the state after the vector where ours is not what was recorded. Values as text. */
export interface Difference {
  readonly what: string;
  readonly actual: string;
  readonly expected: string;
}

export type TestResult =
  | { readonly kind: 'passed' }
  | { readonly kind: 'excluded'; readonly reason: string }
  | { readonly kind: 'failed'; readonly differences: readonly Difference[] };

export interface Failure {
  readonly index: number;
  readonly name: string;
  /** The instruction in hexadecimal; for arithmetic vectors the line. */
  readonly bytes: string;
  /** The state it started from, `name value`. */
  readonly initial: readonly string[];
  readonly differences: readonly Difference[];
}

export interface Counts {
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly excluded: number;
}

/** Of one file of vectors: an opcode, or an operation. */
export interface OpcodeResult extends Counts {
  /** The folder's name: which suite. */
  readonly suite: string;
  readonly opcode: string;
  readonly mnemonic: string;
  /** Why vectors were excluded, and how many each. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The first failures, lowest index first. */
  readonly failures: readonly Failure[];
}

/** docs/conform.schema.json. */
export interface ConformReport extends Counts {
  readonly version: 1;
  readonly command: 'conform';
  readonly engine: string;
  /** Which parts of the run are in here: `1/1` is all of it. */
  readonly shards: readonly string[];
  readonly opcodes: readonly OpcodeResult[];
}

/** More failures of one opcode than this are more of the same. */
export const FAILURES_KEPT = 5;

/** Collects the results of a file's vectors. */
export class Tally {
  private readonly reasons: Record<string, number> = {};
  private readonly failures: Failure[] = [];
  private passed = 0;
  private failed = 0;
  private excluded = 0;

  /** `describe` is asked only for failures that are kept. */
  add(result: TestResult, describe: () => Omit<Failure, 'differences'>): void {
    if (result.kind === 'passed') this.passed++;
    else if (result.kind === 'excluded') {
      this.excluded++;
      this.reasons[result.reason] = (this.reasons[result.reason] ?? 0) + 1;
    } else {
      this.failed++;
      if (this.failures.length < FAILURES_KEPT) this.failures.push({ ...describe(), differences: result.differences });
    }
  }

  result(suite: string, opcode: string, mnemonic: string): OpcodeResult {
    const { passed, failed, excluded, reasons, failures } = this;
    const total = passed + failed + excluded;
    return { suite, opcode, mnemonic, total, passed, failed, excluded, reasons: sorted(reasons), failures };
  }
}

function sum(parts: readonly Counts[]): Counts {
  const add = (name: keyof Counts) => parts.reduce((all, part) => all + part[name], 0);
  return { total: add('total'), passed: add('passed'), failed: add('failed'), excluded: add('excluded') };
}

export function makeReport(engine: string, shards: readonly string[], opcodes: readonly OpcodeResult[]): ConformReport {
  return { version: 1, command: 'conform', engine, shards, ...sum(opcodes), opcodes };
}

/** One report of several shards of one run. Throws where they are not that. */
export function mergeReports(reports: readonly ConformReport[]): ConformReport {
  const shards = reports.flatMap(report => report.shards);
  const [first] = reports;
  if (!first) throw new Error('there is nothing to merge');
  const twice = shards.find((shard, i) => shards.indexOf(shard) !== i);
  if (twice !== undefined) throw new Error(`shard ${twice} is there twice`);
  const counts = new Set(shards.map(shard => shard.split('/')[1]));
  if (counts.size > 1) throw new Error(`shards of different runs: ${shards.join(', ')}`);
  const engines = new Set(reports.map(report => report.engine));
  if (engines.size > 1) throw new Error(`shards of different engines: ${[...engines].join(', ')}`);
  const byOpcode = new Map<string, OpcodeResult[]>();
  for (const result of reports.flatMap(report => report.opcodes)) {
    const key = `${result.suite} ${result.opcode}`;
    byOpcode.set(key, [...(byOpcode.get(key) ?? []), result]);
  }
  // All the parts are the whole, and it does not show that they were parts.
  const complete = shards.length === Number(shards[0]!.split('/')[1]);
  return makeReport(first.engine, complete ? ['1/1'] : shards.sort(byShard), [...byOpcode.values()].map(mergeOpcode));
}

const byShard = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10);

function mergeOpcode(parts: readonly OpcodeResult[]): OpcodeResult {
  const reasons: Record<string, number> = {};
  for (const part of parts)
    for (const [reason, count] of Object.entries(part.reasons)) reasons[reason] = (reasons[reason] ?? 0) + count;
  const failures = parts.flatMap(part => part.failures).sort((a, b) => a.index - b.index);
  return { ...parts[0]!, ...sum(parts), reasons: sorted(reasons), failures: failures.slice(0, FAILURES_KEPT) };
}

function sorted(reasons: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(reasons).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Shards of the run that the report lacks, such as `2/4`. */
export function missingShards({ shards }: ConformReport): string[] {
  const count = Number(shards[0]?.split('/')[1] ?? 1);
  return Array.from({ length: count }, (_, i) => `${i + 1}/${count}`).filter(shard => !shards.includes(shard));
}
