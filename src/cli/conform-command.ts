/** `real86 conform`: recorded vectors against our processor, on all cores. Exit codes: 0 all pass, 1 some fail, 2 bad usage or unreadable files. */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createColors } from 'picocolors';
import { formatJunit } from '../conform/junit.ts';
import { type ConformReport, makeReport, mergeReports, type OpcodeResult } from '../conform/results.ts';
import type { Shard } from '../conform/run-file.ts';
import type { SuiteFile } from '../conform/suite.ts';
import { formatFailure, formatTable, type TableStyle } from '../conform/table.ts';
import type { EngineName } from '../session/engine-names.ts';
import { findSuiteFiles } from './conform-files.ts';
import type { ConformOutcome, ConformTask } from './conform-worker.ts';
import { cannotWrite, fileError } from './files.ts';
import { Output } from './output.ts';
import { UserError } from './user-error.ts';

export interface ConformOptions {
  /** Folders and files of vectors; with `merge`, reports. */
  readonly paths: readonly string[];
  readonly merge: boolean;
  readonly json: boolean;
  readonly junit: string | undefined;
  readonly shard: Shard;
  readonly jobs: number | undefined;
  readonly engine: EngineName;
  /** Opcodes to run: `F7` is all of F7.0 to F7.7. Empty: all. */
  readonly filter: readonly string[];
  readonly firstFailure: boolean;
  readonly color: boolean | undefined;
}

/** Loads the library for workers. */
export type LoadPool = () => Promise<typeof import('tinypool')>;

/** Runs or merges; resolves to the exit code. */
export async function conform(options: ConformOptions, loadPool: LoadPool): Promise<number> {
  const report = options.merge ? readReports(options.paths) : await run(options, loadPool);
  const output = new Output();
  const style = styleOf(options.color);
  const worst = report.opcodes.find(result => result.failures.length > 0);
  if (options.json) output.text('stdout', `${JSON.stringify(report, null, 2)}\n`);
  else {
    output.text('stdout', `${formatTable(report, style)}\n`);
    if (options.firstFailure && worst) output.text('stdout', `\n${formatFailure(worst, worst.failures[0]!, style)}\n`);
  }
  if (options.junit !== undefined) write(options.junit, formatJunit(report));
  return report.failed > 0 ? 1 : 0;
}

async function run(options: ConformOptions, loadPool: LoadPool): Promise<ConformReport> {
  const { paths, filter, engine, shard } = options;
  // A recording of a host holds all opcodes: which, its results tell.
  const files = findSuiteFiles(paths).filter(file => isMixed(file) || matches(file, filter));
  if (files.length === 0) throw new UserError(`--filter ${filter.join(',')}: no vectors are about that opcode`);
  // Worker threads need the bundle: sources are loaded by way of a tool that has no hold on them.
  const bundled = !import.meta.url.endsWith('.ts');
  const jobs = bundled ? Math.min(options.jobs ?? availableParallelism(), files.length) : 1;
  const tasks = files.map((file): ConformTask => ({ file, engine, shard }));
  const outcomes = await (jobs > 1 ? runInPool(tasks, jobs, loadPool) : runHere(tasks));
  const results: OpcodeResult[] = [];
  for (const outcome of outcomes) {
    if ('unreadable' in outcome) throw new UserError(outcome.unreadable, 126);
    results.push(...outcome.results);
  }
  const wanted = results.filter(result => matches(result, filter));
  if (wanted.length === 0) throw new UserError(`--filter ${filter.join(',')}: no vectors are about that opcode`);
  return makeReport(engine, [`${shard.index + 1}/${shard.count}`], wanted);
}

async function runHere(tasks: readonly ConformTask[]): Promise<ConformOutcome[]> {
  const { default: runTask } = await import('./conform-worker.ts');
  return tasks.map(runTask);
}

async function runInPool(tasks: readonly ConformTask[], jobs: number, loadPool: LoadPool): Promise<ConformOutcome[]> {
  const { Tinypool } = await loadPool();
  // An entry of the bundle; this module may be in a chunk, one folder down.
  const worker = import.meta.url.includes('/chunks/') ? '../conform-worker.js' : './conform-worker.js';
  const pool = new Tinypool({
    filename: new URL(worker, import.meta.url).href,
    minThreads: jobs,
    maxThreads: jobs,
    isolateWorkers: false,
  });
  try {
    return await Promise.all(tasks.map(task => pool.run(task) as Promise<ConformOutcome>));
  } finally {
    await pool.destroy();
  }
}

const isMixed = ({ kind, opcode }: SuiteFile): boolean => kind === 'moo' && !/^[0-9A-F]{2,}(\.\d)?$/i.test(opcode);

function matches({ opcode }: { readonly opcode: string }, filter: readonly string[]): boolean {
  const name = opcode.toUpperCase();
  return filter.length === 0 || filter.some(wanted => name === wanted || name.startsWith(`${wanted}.`));
}

function readReports(paths: readonly string[]): ConformReport {
  const reports = paths.map(path => {
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      throw fileError(path, error);
    }
    const report = parsed(text);
    if (report?.command !== 'conform' || report.version !== 1 || !Array.isArray(report.opcodes))
      throw new UserError(`${path}: not a report of real86 conform --json`, 126);
    return report as ConformReport;
  });
  try {
    return mergeReports(reports);
  } catch (error) {
    throw new UserError(`--merge: ${(error as Error).message}`);
  }
}

function parsed(text: string): Partial<ConformReport> | undefined {
  try {
    return JSON.parse(text) as Partial<ConformReport>;
  } catch {
    return undefined;
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw cannotWrite(path, error);
  }
}

function styleOf(color: boolean | undefined): TableStyle {
  const { bold, red, dim } = createColors(color ?? (process.stdout.isTTY === true && !process.env.NO_COLOR));
  return { strong: bold, mark: red, faint: dim };
}
