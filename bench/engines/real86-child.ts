/** One run on one of our engines: ENGINE WORKLOAD COUNT INTERPRETER; a sample as JSON on stdout. A CommonJS bundle that real86-launch.ts runs. */
import { dirname } from 'node:path';
import { useCompileThread } from '../../src/cli/compile-thread.ts';
import { useInterpreterFile } from '../../src/cli/engine.ts';
import { prepareHost } from '../../src/cli/host-flags.ts';
import { EngineNames } from '../../src/session/engine-names.ts';
import { runGuest } from './guest-run.ts';

export function main(args: readonly string[]): void {
  const [name, workload, count, interpreter] = args as [string, string, string, string];
  const engine = EngineNames.find(known => known === name);
  if (!engine) throw new Error(`no engine is called ${name}`);
  prepareHost();
  if (!useInterpreterFile(interpreter)) throw new Error(`${interpreter} is missing`);
  useCompileThread(dirname(interpreter));
  const sample = runGuest(engine, workload, Number(count));
  console.log(JSON.stringify({ ...sample, peakBytes: process.resourceUsage().maxRSS * 1024 }));
}
