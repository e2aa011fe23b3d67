/** Runs files of vectors, in a worker thread or, with one job, in the thread of the command. */

import type { OpcodeResult } from '../conform/results.ts';
import { FileRunner, type Shard } from '../conform/run-file.ts';
import type { SuiteFile } from '../conform/suite.ts';
import { type MakeEngine, wasmEngine } from '../cpu/engine.ts';
import { oracleEngine } from '../cpu/oracle.ts';
import { LoadError } from '../loaders/load-error.ts';
import { readVectors } from './conform-files.ts';
import { useBuiltInterpreter } from './engine.ts';
import { UserError } from './user-error.ts';

export const Engines: Readonly<Record<string, MakeEngine>> = { interpreter: wasmEngine, oracle: oracleEngine };

export interface ConformTask {
  readonly file: SuiteFile;
  readonly engine: string;
  readonly shard: Shard;
}

/** Errors do not keep their class on the way between threads. */
export type ConformOutcome =
  | { readonly results: readonly OpcodeResult[]; readonly covered: Readonly<Record<string, number>> }
  | { readonly unreadable: string };

const runners = new Map<string, FileRunner>();
let covered: Record<string, number> = {};

export default function runTask({ file, engine, shard }: ConformTask): ConformOutcome {
  const key = `${engine} ${shard.index}/${shard.count}`;
  let runner = runners.get(key);
  if (!runner) {
    useBuiltInterpreter();
    const count = (form: string) => {
      covered[form] = (covered[form] ?? 0) + 1;
    };
    runner = new FileRunner({ engine: Engines[engine]!, shard, covered: count });
    runners.set(key, runner);
  }
  covered = {};
  try {
    return { results: runner.run(file, readVectors(file.path)), covered };
  } catch (error) {
    if (error instanceof LoadError) return { unreadable: `${file.path}: ${error.message}` };
    if (error instanceof UserError) return { unreadable: error.message };
    throw error;
  }
}
