/** What every command does at the end of a run: the report for machines, with the hash of memory, which costs time only when it is asked for. */
import { createHash } from 'node:crypto';
import { formatEngineReport } from '../inspect/engine-report.ts';
import type { FaultExplanation } from '../inspect/fault-explanation.ts';
import type { Death } from '../inspect/fault-report.ts';
import type { Task } from '../inspect/maps.ts';
import type { ShutdownWatch } from '../inspect/shutdown-watch.ts';
import { grouped, hex, hex32 } from '../inspect/text.ts';
import { explainTripleFault, formatTripleFault, type History } from '../inspect/triple-fault.ts';
import type { Symbols } from '../loaders/symbols.ts';
import type { Pc } from '../machine/pc.ts';
import type { Ending } from '../session/ending.ts';
import type { EngineName } from '../session/engine-names.ts';
import { type PostCode, type Report, statsReport } from '../session/report.ts';
import type { Voice } from './voice.ts';

export interface FinishOptions {
  readonly command: Report['command'];
  readonly file: string;
  readonly pc: Pc;
  readonly ending: Ending;
  readonly seed: number | null;
  readonly fault?: FaultExplanation | undefined;
  readonly death?: Death | undefined;
  readonly task?: Task | undefined;
  readonly symbols?: Symbols | undefined;
  readonly watch?: ShutdownWatch | undefined;
  /** Finds the last instructions before a triple fault. */
  history?(): History | undefined;
  readonly post?: readonly PostCode[] | undefined;
  readonly voice: Voice;
  /** Where reports go: files, or `-`. */
  readonly reports: readonly string[];
  readonly engine: EngineName;
  /** No text: the report on stderr is all that is wanted. */
  readonly quiet: boolean;
  readonly stats: boolean;
  /** Of `trace`. */
  readonly trace?: Report['trace'];
}

const CS = 1;

/** Says how the run ended, writes the reports, and returns the exit code. */
export function finish(options: FinishOptions): number {
  const { command, file, pc, ending, seed, fault, task, symbols, voice, reports, quiet, engine } = options;
  const tripleFault =
    ending.reason === 'triple-fault'
      ? explainTripleFault(pc.cpu, { symbols, watch: options.watch, history: options.history?.() })
      : null;
  if (!quiet) {
    if (tripleFault) voice.say(formatTripleFault(tripleFault, ending.exitCode, voice.palette.strong));
    else if (ending.detail !== undefined) voice.say(`real86: ${ending.detail}, ${whereabouts(pc, symbols)}`);
  }
  const stats = options.stats ? pc.cpu.engineReport() : undefined;
  if (options.stats && !quiet) voice.say(formatEngineReport(stats, { engine, cpu: pc.cpu, symbols }));
  if (reports.length > 0) {
    const report: Report = {
      version: 1,
      command,
      file,
      reason: ending.reason,
      exitCode: ending.exitCode,
      signal: ending.signal ?? null,
      detail: ending.detail ?? null,
      insns: pc.cpu.insns,
      ticks: pc.ticks,
      seed,
      memoryBytes: pc.cpu.physical.size,
      memoryHash: createHash('sha256').update(pc.cpu.physical.bytes).digest('hex'),
      engine,
      fault: fault ?? null,
      tripleFault,
      maps: task?.mappings ?? null,
      post: options.post ?? null,
      stats: stats ? statsReport(stats) : null,
      death: options.death ?? null,
      trace: options.trace ?? null,
    };
    for (const to of reports) voice.report(report, to);
  }
  return ending.exitCode;
}

/** Where the processor stands: for runs that did not end by themselves. */
function whereabouts({ cpu }: Pc, symbols: Symbols | undefined): string {
  const eip = cpu.state.eip >>> 0;
  const name = symbols?.format(eip);
  return `at ${hex(cpu.segment(CS).selector)}:${hex32(eip)}${name === undefined ? '' : ` <${name}>`} after ${grouped(cpu.insns)} instructions`;
}
