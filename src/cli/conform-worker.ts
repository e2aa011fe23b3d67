/** Runs files of vectors, in a worker thread or, with one job, in the thread of the command. */

import type { OpcodeResult } from '../conform/results.ts';
import { FileRunner, type Shard } from '../conform/run-file.ts';
import type { SuiteFile } from '../conform/suite.ts';
import { LoadError } from '../loaders/load-error.ts';
import type { EngineName } from '../session/engine-names.ts';
import { Engines } from '../session/engines.ts';
import { readVectors } from './conform-files.ts';
import { useBuiltInterpreter } from './engine.ts';
import { UserError } from './user-error.ts';

export interface ConformTask {
  readonly file: SuiteFile;
  readonly engine: EngineName;
  readonly shard: Shard;
}

/** Errors do not keep their class on the way between threads. */
export type ConformOutcome = { readonly results: readonly OpcodeResult[] } | { readonly unreadable: string };

const runners = new Map<string, FileRunner>();

export default function runTask({ file, engine, shard }: ConformTask): ConformOutcome {
  const key = `${engine} ${shard.index}/${shard.count}`;
  let runner = runners.get(key);
  if (!runner) {
    useBuiltInterpreter();
    runner = new FileRunner({ engine: Engines[engine], shard, compiled: engine === 'jit-eager' });
    runners.set(key, runner);
  }
  try {
    return { results: runner.run(file, readVectors(file.path)) };
  } catch (error) {
    if (error instanceof LoadError) return { unreadable: `${file.path}: ${error.message}` };
    if (error instanceof UserError) return { unreadable: error.message };
    throw error;
  }
}
