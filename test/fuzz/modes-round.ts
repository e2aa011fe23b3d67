/**
 * A random machine (test/cpu/random-machine.ts) that runs for a while, on one engine or on several side by side; everything follows from mode and seed. What must
 * not happen: something thrown in the host, a state no processor can be in, no progress, no end, or two engines that part ways.
 */
import type { Cpu } from '../../src/cpu/cpu.ts';
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { eagerJitEngine } from '../../src/jit/jit.ts';
import { impossible, type MachineMode, prepareRandom } from '../cpu/random-machine.ts';
import { architecture, makeCpu, Random } from '../cpu/rig.ts';

export const Engines: Readonly<Record<string, MakeEngine>> = {
  interpreter: wasmEngine,
  'jit-eager': eagerJitEngine,
  oracle: oracleEngine,
};
export type EngineName = string;

export interface Round {
  /** On the first engine. */
  readonly executed: number;
  /** How the machines ended, and how many of them so. */
  readonly ends: Readonly<Record<string, number>>;
  /** What went wrong, and where. */
  readonly problem: string | undefined;
}

/** Of a round, and at most of a machine in it: most machines shut down earlier. */
const INSTRUCTIONS = 200_000;
const LONGEST_LIFE = 20_000;
const LONGEST_STRETCH = 1000;
/** Processor time of a machine. Slow ones take a second: a REP over gigabytes that are not there. */
const SLOWEST_MS = 60_000;

export function runRound(
  mode: MachineMode,
  seed: number,
  engines: readonly EngineName[],
  instructions = INSTRUCTIONS,
): Round {
  const random = new Random(seed);
  // New ones each round: what an engine has learned before must not come into it.
  const cpus = engines.map(name => makeCpu({ engine: Engines[name]! }));
  const ends: Record<string, number> = {};
  let executed = 0;
  let problem: string | undefined;
  for (let machine = 0; problem === undefined && executed < instructions; machine++) {
    const started = process.cpuUsage().user;
    const life = live(mode, random, cpus);
    executed += life.executed;
    ends[life.end] = (ends[life.end] ?? 0) + 1;
    const ms = (process.cpuUsage().user - started) / 1000;
    problem = life.problem ?? (ms > SLOWEST_MS ? `${ms.toFixed(0)} ms of processor time` : undefined);
    if (problem) problem = `machine ${machine}, ${problem}`;
  }
  return { executed, ends, problem };
}

interface Life {
  readonly executed: number;
  readonly end: string;
  readonly problem?: string;
}

/** The same machine on each of the processors, until it shuts down, halts or has lived long enough. */
function live(mode: MachineMode, random: Random, cpus: readonly Cpu[]): Life {
  const [first] = cpus as [Cpu, ...Cpu[]];
  const begun = first.insns;
  let end = 'limit';
  try {
    const seed = random.word();
    for (const cpu of cpus) {
      cpu.interruptLine = false;
      cpu.reset();
      cpu.physical.bytes.fill(0);
      prepareRandom(cpu, mode, new Random(seed));
    }
    while (end === 'limit' && first.insns - begun < LONGEST_LIFE) {
      const lines = { nmi: random.below(8) === 0, interrupt: random.below(4) === 0 };
      const length = 1 + random.below(LONGEST_STRETCH);
      const from = first.insns;
      const [stop, ...others] = cpus.map(cpu => run(cpu, lines, length));
      end = stop!;
      let problem = impossible(first) ?? (end === 'limit' && first.insns === from ? 'no progress' : undefined);
      for (const [i, cpu] of cpus.slice(1).entries())
        problem ??= stop === others[i] ? difference(first, cpu) : `stops by ${stop}, ${others[i]}`;
      if (problem)
        return {
          executed: first.insns - begun,
          end,
          problem: `instructions ${from - begun} to ${first.insns - begun}: ${problem}`,
        };
    }
    return { executed: first.insns - begun, end };
  } catch (error) {
    const problem = `at 0x${(first.state.eip >>> 0).toString(16)}: ${(error as Error).stack}`;
    return { executed: first.insns - begun, end: 'thrown', problem };
  }
}

function run(cpu: Cpu, { nmi, interrupt }: { nmi: boolean; interrupt: boolean }, length: number): string {
  cpu.nmiLine = nmi;
  cpu.nmiLine = false;
  cpu.interruptLine = interrupt;
  return cpu.run(length);
}

function difference(a: Cpu, b: Cpu): string | undefined {
  const [left, right] = [architecture(a), architecture(b)];
  const names = Object.keys(left).filter(name => left[name] !== right[name]);
  if (names.length > 0) return names.map(name => `${name} ${show(left[name]!)}, ${show(right[name]!)}`).join('; ');
  const [x, y] = [a.physical.bytes, b.physical.bytes];
  if (Buffer.compare(x, y) === 0) return undefined;
  const at = x.findIndex((byte, i) => byte !== y[i]);
  return `memory at ${show(at)}: ${show(x[at]!)}, ${show(y[at]!)}`;
}

const show = (value: number | string): string => (typeof value === 'number' ? `0x${value.toString(16)}` : value);
