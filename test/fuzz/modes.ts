/**
 * Random instructions in random machines, with random descriptor and page tables, on the interpreter and the JIT side by side:
 *
 *   npm run fuzz:modes -- [--mode real|protected16|protected32|v86|paged|all] [--seed 1] [--millions 1] [--engines interpreter,jit-eager] [--jobs 2] [--keep]
 *
 * `--millions` is of instructions, in each mode; `--engines` also knows `oracle`. A round (modes-round.ts) follows from mode and seed: what it finds is printed
 * with the command that shows it again. Ends at the first finding, or with `--keep` goes on. ^C ends it after the rounds begun.
 * Exit status 0: nothing found, 1: something, 2: wrong use, 130: stopped by ^C.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type MachineMode, MachineModes } from '../cpu/random-machine.ts';
import { choices, exitStatus, grouped, interruption, main, wholeNumber } from './arguments.ts';
import { Engines, type Round, runRound } from './modes-round.ts';
import { runSeeds, serve, workerSetup } from './seed-pool.ts';

const PROGRESS_MS = 30_000;

interface Setup {
  readonly mode: MachineMode;
  readonly engines: readonly string[];
}

interface Options {
  readonly engines: readonly string[];
  readonly firstSeed: number;
  readonly instructions: number;
  readonly jobs: number;
  readonly keep: boolean;
}

const interrupted = interruption();

/** Instructions in one mode; how many findings. */
async function fuzz(mode: MachineMode, { engines, firstSeed, instructions, jobs, keep }: Options): Promise<number> {
  const begun = Date.now();
  let told = begun;
  let executed = 0;
  let findings = 0;
  const ends: Record<string, number> = {};
  const summary = (next: number) => {
    const seconds = (Date.now() - begun) / 1000;
    const how = Object.entries(ends).map(([end, count]) => `${grouped(count)} ${end}`);
    return `${mode}: ${grouped(executed)} instructions, seeds ${firstSeed} to ${next - 1}, machines: ${how.join(', ')}; ${findings} findings; ${(executed / seconds / 1e6).toFixed(3)} M/s`;
  };
  const find = (seed: number, what: string) => {
    findings++;
    const again = `npm run fuzz:modes -- --mode ${mode} --seed ${seed} --millions 0 --engines ${engines.join(',')}`;
    console.log(`${mode} seed ${seed}: ${what}\n  again: ${again}`);
  };
  const next = await runSeeds<Round>({
    program: fileURLToPath(import.meta.url),
    setup: { mode, engines } satisfies Setup,
    jobs,
    firstSeed,
    // The first seed in any case: so a finding is shown again.
    wanted: seed => (seed === firstSeed || executed < instructions) && (keep || findings === 0) && !interrupted.asked,
    result: (seed, round) => {
      executed += round.executed;
      for (const [end, count] of Object.entries(round.ends)) ends[end] = (ends[end] ?? 0) + count;
      if (round.problem) find(seed, round.problem);
      if (Date.now() - told < PROGRESS_MS) return;
      told = Date.now();
      console.log(summary(seed + 1));
    },
    lost: (seed, why) => find(seed, `the worker was lost: ${why}`),
  });
  console.log(summary(next));
  return findings;
}

const setup = workerSetup<Setup>();
if (setup) serve(seed => runRound(setup.mode, seed, setup.engines));
else {
  await main(async () => {
    const { values } = parseArgs({
      options: {
        mode: { type: 'string', default: 'all' },
        engines: { type: 'string', default: 'interpreter,jit-eager' },
        seed: { type: 'string', default: '1' },
        millions: { type: 'string', default: '1' },
        jobs: { type: 'string', default: String(availableParallelism()) },
        keep: { type: 'boolean', default: false },
      },
    });
    const options: Options = {
      engines: choices('engines', values.engines, Object.keys(Engines)),
      firstSeed: wholeNumber('seed', values.seed),
      instructions: wholeNumber('millions', values.millions) * 1e6,
      jobs: wholeNumber('jobs', values.jobs, 1),
      keep: values.keep,
    };
    let findings = 0;
    for (const mode of choices('mode', values.mode, MachineModes)) {
      findings += await fuzz(mode, options);
      if (interrupted.asked || (findings > 0 && !options.keep)) break;
    }
    return exitStatus(findings, interrupted);
  });
}
