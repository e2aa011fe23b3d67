/**
 * The fault report a person reads, in the order of the questions: what happened where, which access, what the processor said, where the page walk
 * stopped, what is near, what it likely means, and how the run ends. One screen width of plain text; colour is added by the caller's palette.
 */
import type { FaultExplanation } from './fault-explanation.ts';
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
    `${palette.strong(ending.signal)}  pid ${ending.pid} ${ending.program}  insn #${grouped(fault.insnNumber)}  ${where}`,
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
  lines.push(`exit ${ending.exitCode}`);
  return lines.map((line, i) => (i === 0 ? line : `  ${line}`)).join('\n');
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
