/** One run on one of our engines: `node real86-child.js ENGINE WORKLOAD COUNT INTERPRETER`, a sample as JSON on stdout. */
import { useInterpreterFile } from '../../src/cli/engine.ts';
import { prepareHost } from '../../src/cli/host-flags.ts';
import { EngineNames } from '../../src/session/engine-names.ts';
import { runGuest } from './guest-run.ts';

const [name, workload, count, interpreter] = process.argv.slice(2) as [string, string, string, string];
const engine = EngineNames.find(known => known === name);
if (!engine) throw new Error(`no engine is called ${name}`);
prepareHost();
if (!useInterpreterFile(interpreter)) throw new Error(`${interpreter} is missing`);
const sample = runGuest(engine, workload, Number(count));
console.log(JSON.stringify({ ...sample, peakBytes: process.resourceUsage().maxRSS * 1024 }));
