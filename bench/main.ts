/**
 * `npm run bench`: every workload of workloads.ts on our engines, on QEMU, on v86 and on the bare host, as far as they are here, and
 * what it takes to start them. Builds nothing but the host's own copy of the workloads, in a folder that goes again.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { EngineNames } from '../src/session/engine-names.ts';
import type { BenchEngine } from './engines/engine.ts';
import { native } from './engines/native.ts';
import { qemu } from './engines/qemu.ts';
import { real86 } from './engines/real86.ts';
import { v86 } from './engines/v86.ts';
import { measure, type Row } from './measure.ts';
import { memoryTable, statisticsTables, timesTable } from './report.ts';
import { measureStartup, type Startup, startupMissing, startupTable } from './startup.ts';
import { WORKLOADS } from './workloads.ts';

const QUICK = 0.1;
const folder = mkdtempSync(join(tmpdir(), 'real86-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

const options = yargs(process.argv.slice(2))
  .scriptName('npm run bench --')
  .usage('$0 [options]')
  .options({
    rounds: { type: 'number', describe: 'Runs of each; medians are printed  [3, or 1 with --quick]' },
    workloads: { type: 'string', describe: 'Some only: sieve,fib, or families: x87,sse' },
    engines: { type: 'string', default: 'native,interp,jit,qemu,v86', describe: 'Of these, and jit-eager, oracle' },
    v86: { type: 'string', describe: 'Where the package v86 is installed  [V86_DIR]' },
    json: { type: 'string', describe: 'Everything measured, to a file' },
    quick: { type: 'boolean', default: false, describe: 'A tenth of the work' },
    scale: { type: 'number', describe: 'Times the work: what is left of starting and warming up  [1]' },
  })
  .strict()
  .wrap(100)
  .parseSync();

const peer = v86(options.v86 ?? process.env.V86_DIR, folder);
const available: BenchEngine[] = [native(folder), ...real86(EngineNames, folder), qemu, peer];
const wanted = chosen('engine', options.engines, available, ({ name }) => [name]);
const workloads =
  options.workloads === undefined
    ? WORKLOADS
    : chosen('workload', options.workloads, WORKLOADS, ({ name, family }) => [name, family]);
const skipped = new Map(wanted.map(engine => [engine, engine.missing()]));
const engines = wanted.filter(engine => skipped.get(engine) === undefined);
const names = engines.map(({ name }) => name);
const rounds = options.rounds ?? (options.quick ? 1 : 3);

const rows = await measure({
  workloads,
  engines,
  rounds,
  scale: options.scale ?? (options.quick ? QUICK : 1),
  progress,
});
progress('start');
const startups = await measureStartup({
  folder,
  rounds,
  engines: names,
  ...(engines.includes(peer) ? { v86: peer } : {}),
});
progress('');

const host = `${cpus()[0]?.model.trim()}, ${arch()}, Node ${process.versions.node}, V8 ${process.versions.v8}`;
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report(rows, startups), null, 2)}\n`);
console.log(`${host}; median of ${rounds}; below 1: faster\n`);
console.log(`${timesTable(rows, names)}\n`);
if (startups.length > 0) console.log(`${startupTable(startups)}\n`);
console.log([memoryTable(rows, names), ...statisticsTables(rows, names)].filter(text => text !== '').join('\n\n'));
for (const [{ name }, reason] of skipped) if (reason !== undefined) console.log(`\nskipped ${name}: ${reason}`);
if (startupMissing()) console.log(`\nskipped the start of real86: ${startupMissing()}`);

const troubles = rows.flatMap(row => row.troubles);
for (const trouble of troubles) console.error(`WRONG  ${trouble}`);
process.exitCode = troubles.length === 0 ? 0 : 1;

/** The members of a list that a comma-separated choice names, in its order. */
function chosen<T>(what: string, choice: string, all: readonly T[], namesOf: (member: T) => readonly string[]): T[] {
  const members = choice.split(',').flatMap(part => {
    const found = all.filter(member => namesOf(member).includes(part));
    if (found.length > 0) return found;
    console.error(`no ${what} is called ${part}: there are ${[...new Set(all.flatMap(namesOf))].join(', ')}`);
    return process.exit(125);
  });
  return [...new Set(members)];
}

/** On a terminal, one line that is overwritten. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function report(rows: readonly Row[], startups: readonly Startup[]): object {
  return {
    host,
    rounds,
    skipped: Object.fromEntries(
      [...skipped].flatMap(([{ name }, reason]) => (reason === undefined ? [] : [[name, reason]])),
    ),
    workloads: rows.map(({ workload, count, measured, troubles }) => ({
      name: workload.name,
      family: workload.family,
      count,
      engines: Object.fromEntries(measured),
      troubles,
    })),
    startups,
  };
}
