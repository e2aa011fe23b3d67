/**
 * The fault report a person reads, in the order of the questions: what happened where, which access, what the processor said, where the page walk
 * stopped, what is near, what it likely means, and how the run ends. One screen width of plain text; colour is added by the caller's palette.
 */
import { callerText } from './allocations/text.ts';
import type { FaultExplanation, SourcePlace, TracedFrame } from './fault-explanation.ts';
import type { FaultHistory } from './fault-history.ts';
import type { SignalCause } from './maps.ts';
import { grouped, hex, hex32 } from './text.ts';

export interface Palette {
  /** The one line that matters most. */
  strong(text: string): string;
  /** Where it stops. */
  mark(text: string): string;
  faint(text: string): string;
}

export const plain: Palette = { strong: text => text, mark: text => text, faint: text => text };

export interface FaultEnding {
  /** `SIGSEGV`. */
  readonly signal: string;
  readonly pid: number;
  readonly program: string;
  readonly exitCode: number;
}

const PAGE_FAULT = 14;

export function formatFault(fault: FaultExplanation, ending: FaultEnding, palette: Palette = plain): string {
  const { operands, walk, stop, nearest, caller, diagnosis } = fault;
  const where = fault.symbol ? `${hex32(fault.eip)} <${fault.symbol}>` : hex32(fault.eip);
  const lines = [
    `${palette.strong(ending.signal)}  pid ${ending.pid} ${ending.program}  insn #${grouped(fault.insnNumber)}  ${where}${sourceText(fault.source)}`,
    `${accessText(fault)}${operands.length > 0 ? `      ${operands.join(' ')}` : ''}`,
    exceptionText(fault),
  ];
  for (const [i, step] of walk.entries()) {
    const last = i === walk.length - 1;
    lines.push(
      `${i === 0 ? 'walk: ' : '      '}${step.entry} at ${hex32(step.at)} = ${hex32(step.value)}  ${step.flags}${last && stop ? palette.mark(`   <- ${stop}`) : ''}`,
    );
  }
  if (caller)
    lines.push(`called from ${hex32(caller.eip)}${caller.symbol ? ` <${caller.symbol}>` : ''}:  ${caller.insn}`);
  if (nearest) lines.push(`nearest mapping: ${nearest.text}`);
  if (diagnosis) lines.push(palette.strong(diagnosis));
  if (fault.history) lines.push(...historyLines(fault.history, palette));
  lines.push(...backtraceLines(fault, palette));
  lines.push(`exit ${ending.exitCode}`);
  return lines.map((line, i) => (i === 0 ? line : `  ${line}`)).join('\n');
}

/** `  crash.c:7   *p = 42;` */
function sourceText(source: SourcePlace | undefined): string {
  if (!source) return '';
  return `  ${place(source)}${source.text === undefined ? '' : `   ${source.text.trim()}`}`;
}

const place = ({ file, line }: SourcePlace): string => `${file.replace(/^.*\//, '')}:${line}`;

/** Who called whom, from the innermost function's caller on; the function itself is in the first line of the report. */
function backtraceLines(
  {
    backtrace,
    backtraceOmitted,
    backtraceStop,
  }: Pick<FaultExplanation, 'backtrace' | 'backtraceOmitted' | 'backtraceStop'>,
  palette: Palette,
): string[] {
  const lines: string[] = [];
  const shown = backtraceOmitted > 0 ? backtrace.length - LAST_FRAMES : backtrace.length;
  const line = (frame: TracedFrame): string =>
    `    ${hex32(frame.address)} ${frame.symbol === undefined ? '' : `<${frame.symbol}>`}${sourceText(frame.source)}${frame.times > 1 ? `   (${grouped(frame.times)} times)` : ''}`.trimEnd();
  for (const [i, frame] of backtrace.entries()) {
    if (i === 0) continue;
    if (i === shown) lines.push(palette.faint(`    ... ${grouped(backtraceOmitted)} more ...`));
    lines.push(line(frame));
  }
  if (lines.length > 0) lines.unshift('called from');
  if (backtraceStop !== undefined) lines.push(palette.faint(`    the walk stops here: ${backtraceStop}`));
  return lines;
}

/** Frames at the outer end of a long backtrace. */
const LAST_FRAMES = 2;

function historyLines({ value, origin, staleSource, problems }: FaultHistory, palette: Palette): string[] {
  const lines = [...problems.map(problem => palette.strong(problem))];
  if (value !== null && origin.length > 0) lines.push(`where ${hex32(value)} came from, latest first:`);
  for (const { target, insnNumber, place: at, insn, byKernel } of origin) {
    lines.push(
      `    ${target.padEnd(10)}  insn #${grouped(insnNumber)}  ${byKernel ? 'the kernel, for a system call' : `${callerText(at)}  ${insn}`}`,
    );
  }
  if (staleSource?.block?.freedBy) {
    const { id, madeBy, freedBy, freedAt } = staleSource.block;
    lines.push(
      palette.strong(
        `    It was read from a block that had been freed: #${id} from ${callerText(madeBy)}, freed by ${callerText(freedBy)} at insn #${grouped(freedAt ?? 0)}.`,
      ),
    );
  }
  return lines;
}

/** What is said of a program that gave itself up, or was ended from outside: no fault, but who called whom. */
export function formatDeath(
  { cause, backtrace, backtraceOmitted, backtraceStop, history }: Death,
  ending: FaultEnding,
  insnNumber: number,
  palette: Palette = plain,
): string {
  const [first] = backtrace;
  const where = first
    ? `  ${hex32(first.address)}${first.symbol === undefined ? '' : ` <${first.symbol}>`}${sourceText(first.source)}`
    : '';
  const lines = [
    `${palette.strong(ending.signal)}  pid ${ending.pid} ${ending.program}  insn #${grouped(insnNumber)}${where}`,
    ...(cause ? [palette.strong(causeText(cause, ending))] : []),
    ...(history ? historyLines(history, palette) : []),
    ...backtraceLines({ backtrace, backtraceOmitted, backtraceStop }, palette),
    `exit ${ending.exitCode}`,
  ];
  return lines.map((line, i) => (i === 0 ? line : `  ${line}`)).join('\n');
}

export interface Death {
  /** Where the signal came from; `program`: what its sender runs, if it is still there. */
  readonly cause: (SignalCause & { readonly program: string | null }) | undefined;
  readonly backtrace: readonly TracedFrame[];
  readonly backtraceOmitted: number;
  readonly backtraceStop: string | undefined;
  readonly history: FaultHistory | undefined;
}

const SentBy: Readonly<Record<number, string>> = { 0: 'kill', [-1]: 'sigqueue', [-6]: 'tgkill, as raise and abort do' };
const KernelReasons: Readonly<Record<string, string>> = {
  SIGPIPE: 'nobody reads what it wrote to',
  SIGALRM: 'its alarm rang',
  SIGVTALRM: 'its time was up',
  SIGPROF: 'its time was up',
  SIGKILL: 'memory was used up',
  SIGHUP: 'its terminal is gone',
  SIGINT: 'typed at its terminal',
  SIGQUIT: 'typed at its terminal',
};

function causeText({ kind, code, sender, program }: NonNullable<Death['cause']>, { pid, signal }: FaultEnding): string {
  if (kind !== 'sent') return `Sent by the kernel${KernelReasons[signal] ? `: ${KernelReasons[signal]}` : ''}.`;
  const who = sender === pid ? 'itself' : `pid ${sender}${program === null ? '' : ` ${program}`}`;
  return `Sent by ${who}, with ${SentBy[code] ?? `code ${code}`}.`;
}

function accessText({ access, insn }: FaultExplanation): string {
  if (!access) return `in  ${insn}`;
  if (access.kind === 'fetch') return `fetch of the instruction at ${hex32(access.address)}`;
  const size = access.size === undefined ? '' : ` of ${access.size} byte${access.size === 1 ? '' : 's'}`;
  return `${access.kind}${size} ${access.kind === 'write' ? 'to' : 'from'} ${hex32(access.address)} by  ${insn}`;
}

function exceptionText({ vector, name, errorCode, cr2, cr3 }: FaultExplanation): string {
  if (vector !== PAGE_FAULT) return `${name}${errorCode === undefined ? '' : ` error ${hex(errorCode)}`}`;
  const code = errorCode ?? 0;
  const said = [
    (code & 1) !== 0 ? 'present' : 'not present',
    (code & 2) !== 0 ? 'write' : 'read',
    (code & 4) !== 0 ? 'user' : 'supervisor',
    ...((code & 8) !== 0 ? ['reserved bit'] : []),
    ...((code & 16) !== 0 ? ['fetch'] : []),
  ];
  return `${name} error ${hex(code)} = ${said.join(', ')}     CR2=${hex32(cr2 ?? 0)}  CR3=${hex32(cr3)}`;
}
