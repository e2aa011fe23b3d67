/**
 * Random states of single user-mode instructions on this machine's processor and on ours, as many as you like:
 *
 *   npm run fuzz:host -- [--states 100000] [--seed 1] [--jobs 2] [--kind integer|flat|segments|low|x87|simd|all] [--way block|step|jit|oracle] [--only N] [--keep]
 *
 * A seed is a batch of states of each kind (host-kinds.ts); batches go on until there are `--states`. Each state is executed in one way, by turns (host-subject.ts):
 * interpreter in a block, interpreter step by step, and one in 32 as compiled code - where a jump to it cannot be told, which is 32-bit code with flat segments
 * and no single step - or by the printed oracle. `--way` has all in one. What differs is made small and printed with the command that shows it again and the line for
 * test/fuzz/host-findings.jsonl; that ends the run, but with `--keep`. ^C ends it too. Exit status 0: no difference, 1: some, 2: wrong use, or no such host, 130: ^C.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { choices, exitStatus, grouped, interruption, main, UsageError, wholeNumber } from './arguments.ts';
import { type Batch, type BatchOptions, type Finding, runBatch } from './host-batch.ts';
import { Groups, type Kind, Kinds, openSubject, whyNot } from './host-kinds.ts';
import { type AnySubject, type Way, Ways } from './host-subject.ts';
import { Tally } from './host-tally.ts';
import { runSeeds, serve, workerSetup } from './seed-pool.ts';

const STATES_OF_A_KIND = 4000;
const PROGRESS_MS = 10_000;
/** Mostly the interpreter: to compile a state takes twenty times as long as to interpret it. */
const TURNS: readonly Way[] = Array.from({ length: 32 }, (_, i) =>
  i === 30 ? 'jit' : i === 31 ? 'oracle' : i % 2 === 0 ? 'block' : 'step',
);

interface Setup extends BatchOptions {
  readonly kinds: readonly Kind[];
}

type Result = Readonly<Partial<Record<Kind, Batch>>>;

function work({ kinds, ...options }: Setup): void {
  const subjects = new Map<Kind, AnySubject>();
  process.on('exit', () => {
    for (const subject of subjects.values()) subject.close();
  });
  serve((seed): Result => {
    const batches = kinds.map(kind => {
      const subject = subjects.get(kind) ?? openSubject(kind);
      subjects.set(kind, subject);
      return [kind, runBatch(subject, seed, options)] as const;
    });
    return Object.fromEntries(batches);
  });
}

/** `integer` and the like stand for several. */
const ungrouped = (text: string): string =>
  text
    .split(',')
    .flatMap(word => Groups[word] ?? [word])
    .join(',');

function possible(kinds: readonly Kind[]): Kind[] {
  return kinds.filter(kind => {
    const reason = whyNot(kind);
    if (reason) console.log(`${kind} left out: ${reason}`);
    return reason === undefined;
  });
}

/** Says why this machine cannot judge, before there are workers. */
function probe(kinds: readonly Kind[]): void {
  if (kinds.length === 0) throw new UsageError('nothing left to do');
  for (const kind of kinds) {
    try {
      openSubject(kind).close();
    } catch (error) {
      throw new UsageError(`${kind}: ${(error as Error).message}`);
    }
  }
}

async function fuzz(): Promise<number> {
  const { values } = parseArgs({
    options: {
      kind: { type: 'string', default: 'all' },
      way: { type: 'string' },
      seed: { type: 'string', default: '1' },
      states: { type: 'string', default: '100000' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      only: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  const turns = values.way === undefined ? TURNS : choices('way', values.way, Ways);
  const firstSeed = wholeNumber('seed', values.seed);
  const only = values.only === undefined ? undefined : wholeNumber('only', values.only);
  const wanted = only === undefined ? wholeNumber('states', values.states) : 0;
  const jobs = wholeNumber('jobs', values.jobs, 1);
  const kinds = possible(choices('kind', ungrouped(values.kind), Kinds));
  probe(kinds);
  const setup: Setup = { kinds, states: STATES_OF_A_KIND, turns, only };
  const interrupted = interruption();
  const tally = new Tally();
  let findings = 0;
  let told = Date.now();
  const find = (kind: Kind, seed: number, { index, way, form, text, row }: Finding) => {
    findings++;
    console.log(`\n${kind} seed ${seed}, state ${index}, ${way}: ${form}\n    ${text}`);
    console.log(`  again: npm run fuzz:host -- --kind ${kind} --seed ${seed} --only ${index} --way ${way}`);
    console.log(`  row: ${JSON.stringify({ kind, form, why: '', ...(row as object) })}\n`);
  };
  const next = await runSeeds<Result>({
    program: fileURLToPath(import.meta.url),
    setup,
    jobs,
    firstSeed,
    wanted: seed =>
      (seed === firstSeed || tally.judged < wanted) && (values.keep || findings === 0) && !interrupted.asked,
    result: (seed, batches) => {
      for (const [kind, batch] of Object.entries(batches) as [Kind, Batch][]) {
        tally.add(kind, batch);
        for (const finding of batch.findings) find(kind, seed, finding);
      }
      if (Date.now() - told < PROGRESS_MS) return;
      told = Date.now();
      console.log(tally.line(firstSeed, seed));
    },
    lost: (seed, why) => {
      findings++;
      console.log(`seed ${seed}: the worker was lost: ${why}`);
    },
  });
  console.log(tally.text(firstSeed, next - 1));
  console.log(`${grouped(findings)} differences`);
  return exitStatus(findings, interrupted);
}

const setup = workerSetup<Setup>();
if (setup) work(setup);
else await main(fuzz);
