/**
 * Why the processor shut down: the exceptions that led to it, each with what its delivery met, and the state an autopsy wants. The processor
 * stands where it stopped; nothing is run on. Source: SDM vol. 3, 6.15 (double fault), 6.12 (gates).
 */
import type { Fault } from '../cpu/bus.ts';
import type { Cpu } from '../cpu/cpu.ts';
import type { Symbols } from '../loaders/symbols.ts';
import { CR4_PAE } from '../mmu/paging.ts';
import { disassembleAt } from './disassemble.ts';
import { EXCEPTION_NAMES } from './fault-explanation.ts';
import { takeSnapshot } from './fault-snapshot.ts';
import { entryFlags, explainWalk, peekLinear, peekLinear32 } from './page-walk.ts';
import type { ShutdownWatch } from './shutdown-watch.ts';
import { grouped, hex, hex32 } from './text.ts';

export interface ExecutedInstruction {
  /** Which one since the reset vector, the first being 1. */
  readonly insnNumber: number;
  readonly cs: number;
  readonly eip: number;
  readonly insn: string;
}

/** What only a replay can tell: see session/replay.ts. */
export interface History {
  /** Oldest first; the last one is the one that faulted. */
  readonly last: readonly ExecutedInstruction[];
  /** Instructions since paging was last turned on, when that is among them. */
  readonly pagingSince: number | undefined;
}

export interface TripleFault extends History {
  readonly insnNumber: number;
  readonly eip: number;
  readonly symbol: string | undefined;
  readonly insn: string;
  /** Oldest first: what arose, and what that means here. */
  readonly chain: readonly { readonly name: string; readonly errorCode: number | undefined; readonly text: string }[];
  readonly registers: Readonly<Record<string, number>>;
  readonly segments: Readonly<
    Record<
      string,
      { readonly selector: number; readonly base: number; readonly limit: number; readonly access: number }
    >
  >;
  readonly gdtr: { readonly base: number; readonly limit: number };
  readonly idtr: { readonly base: number; readonly limit: number };
  readonly tr: { readonly selector: number; readonly base: number; readonly limit: number };
  /** Descriptors as two doublewords each; null where the table is not mapped. The first 32. */
  readonly gdt: readonly (readonly [number, number] | null)[];
  readonly idt: readonly (readonly [number, number] | null)[];
  /** Page-directory entries that are present: index, value, flags. */
  readonly pageDirectory: readonly { readonly index: number; readonly value: number; readonly flags: string }[];
}

const PAGE_FAULT = 14;
const DOUBLE_FAULT = 8;
const PAGING = 0x80000000;
const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;
const TABLE_ENTRIES = 32;
/** Of the last instructions, so many are shown on a terminal. */
const SHOWN = 5;
const NO_HISTORY: History = { last: [], pagingSince: undefined };

export interface TripleFaultOptions {
  readonly symbols?: Symbols | undefined;
  /** Watched the run: tells the pages' addresses apart. */
  readonly watch?: ShutdownWatch | undefined;
  readonly history?: History | undefined;
}

/** Explains a processor that run() said has triple-faulted. */
export function explainTripleFault(cpu: Cpu, options: TripleFaultOptions = {}): TripleFault {
  const { symbols, watch, history = NO_HISTORY } = options;
  const { state, physical } = cpu;
  const snapshot = takeSnapshot(cpu, cpu.shutdown[0] ?? { vector: DOUBLE_FAULT, errorCode: 0 });
  const { eip, segments, big } = snapshot;
  const byte = (index: number): number => peekLinear(physical, state, (segments[1]!.base + eip + index) >>> 0);
  const table = (base: number, limit: number): ([number, number] | null)[] =>
    Array.from({ length: Math.min(TABLE_ENTRIES, (limit + 1) >>> 3) }, (_, i) => {
      const low = peekLinear32(physical, state, (base + i * 8) >>> 0);
      const high = peekLinear32(physical, state, (base + i * 8 + 4) >>> 0);
      return low === undefined || high === undefined ? null : [low, high];
    });
  const register = (base: number, limit: number): { base: number; limit: number } => ({
    base: base >>> 0,
    limit: limit >>> 0,
  });
  const gdtr = register(state.gdtBase, state.gdtLimit);
  const idtr = register(state.idtBase, state.idtLimit);
  return {
    insnNumber: cpu.insns,
    eip,
    symbol: symbols?.format(eip),
    insn: disassembleAt(byte, { address: eip, big }).text,
    chain: cpu.shutdown.map((fault, i) => ({
      name: EXCEPTION_NAMES[fault.vector] ?? `vector ${fault.vector}`,
      errorCode: fault.errorCode,
      text: describe(cpu, {
        fault,
        before: cpu.shutdown[i - 1],
        cr2: watch?.cr2(cpu, i) ?? state.cr2 >>> 0,
        fetchFails: byte(0) < 0,
        history,
      }),
    })),
    registers: {
      ...Object.fromEntries(REGISTERS.map((name, i) => [name, snapshot.registers[i]!])),
      eip,
      eflags: cpu.eflags >>> 0,
      cr0: state.cr0 >>> 0,
      cr2: state.cr2 >>> 0,
      cr3: state.cr3 >>> 0,
      cr4: state.cr4 >>> 0,
    },
    segments: Object.fromEntries(
      SEGMENTS.map((name, i) => {
        const { selector, base, limit, access } = cpu.segment(i);
        return [name, { selector, base: base >>> 0, limit: limit >>> 0, access }];
      }),
    ),
    gdtr,
    idtr,
    tr: { selector: state.taskSelector, base: state.taskBase >>> 0, limit: state.taskLimit >>> 0 },
    gdt: table(gdtr.base, gdtr.limit),
    idt: table(idtr.base, idtr.limit),
    pageDirectory: (state.cr0 & PAGING) === 0 ? [] : directory(cpu),
    ...history,
  };
}

/** An exception of the chain. */
interface Link {
  readonly fault: Fault;
  /** The one whose delivery it arose in. */
  readonly before: Fault | undefined;
  readonly cr2: number;
  /** The instruction itself cannot be read. */
  readonly fetchFails: boolean;
  readonly history: History;
}

/** What an exception of the chain says about the machine. */
function describe(cpu: Cpu, link: Link): string {
  const { fault, before } = link;
  const { state } = cpu;
  const parts: string[] = [];
  if (fault.vector === PAGE_FAULT) parts.push(pageFaultText(cpu, link));
  if (before) {
    const entry = gateText(cpu, before.vector);
    // The double fault is declared, not met: what matters is the gate of what comes after it.
    if (fault.vector === DOUBLE_FAULT && before.vector !== DOUBLE_FAULT)
      parts.push(`because ${name(before)} arose while another exception was delivered`);
    else parts.push(`delivering vector ${before.vector}: ${entry}`);
  } else if (fault.vector !== PAGE_FAULT && fault.errorCode !== undefined && fault.errorCode !== 0) {
    parts.push(selectorText(fault.errorCode));
  }
  if (parts.length === 0) parts.push(`at EIP ${hex32(state.eip)}`);
  return parts.join(', ');
}

function pageFaultText(cpu: Cpu, { fault, before, cr2, fetchFails, history }: Link): string {
  const { state, physical } = cpu;
  const walk = explainWalk(physical, state, cr2);
  const last = walk.steps.at(-1);
  const code = fault.errorCode ?? 0;
  const isFetch = !before && fetchFails;
  const kind = isFetch ? 'fetch' : (code & 2) !== 0 ? 'write' : 'read';
  const stop = last
    ? `${last.table}[${last.index}] at ${hex32(last.at)} = ${hex32(last.value)} ${entryFlags(last.value, last.table, last.high)}`
    : 'paging is off';
  const hint = isFetch && !last?.value ? `. ${unmappedCode(history)}` : '';
  return `${kind} ${hex32(cr2)}: ${stop}${hint}`;
}

/** The code that runs is on a page that is not mapped: nearly always the moment paging was turned on. */
function unmappedCode({ pagingSince }: History): string {
  if (pagingSince === undefined) return 'The page with the code itself is not mapped';
  return `Paging was turned on ${pagingSince} instruction${pagingSince === 1 ? '' : 's'} ago: this page is not identity-mapped`;
}

/** What stands in the IDT for a vector. */
function gateText(cpu: Cpu, vector: number): string {
  const { state, physical } = cpu;
  const limit = state.idtLimit >>> 0;
  if (vector * 8 + 7 > limit)
    return `the IDT ends before it (limit ${hex(limit)}${limit === 0 ? ': there is no IDT' : ''})`;
  const at = (state.idtBase + vector * 8) >>> 0;
  const high = peekLinear32(physical, state, at + 4);
  const low = peekLinear32(physical, state, at);
  if (high === undefined || low === undefined) return `the IDT entry at ${hex32(at)} is not mapped`;
  if (low === 0 && high === 0) return `the IDT entry at ${hex32(at)} is empty`;
  if ((high & 0x8000) === 0) return `the IDT entry at ${hex32(at)} is not present`;
  return `the IDT entry leads to ${hex(low >>> 16)}:${hex32((high & 0xffff0000) | (low & 0xffff))}`;
}

function selectorText(errorCode: number): string {
  const index = errorCode >>> 3;
  if ((errorCode & 2) !== 0) return `IDT entry ${index}`;
  return `selector ${hex(errorCode & 0xfffc)}: ${(errorCode & 4) !== 0 ? 'LDT' : 'GDT'} entry ${index}`;
}

function name({ vector }: Fault): string {
  return EXCEPTION_NAMES[vector] ?? `vector ${vector}`;
}

function directory(cpu: Cpu): TripleFault['pageDirectory'] {
  const found = [];
  // With PAE CR3 holds no page directory.
  if ((cpu.state.cr4 & CR4_PAE) !== 0) return [];
  const base = cpu.state.cr3 & 0xfffff000;
  for (let index = 0; index < 1024; index++) {
    let value = 0;
    for (let i = 3; i >= 0; i--) value = value * 256 + cpu.physical.peek((base + index * 4 + i) >>> 0);
    if ((value & 1) !== 0) found.push({ index, value, flags: entryFlags(value, 'PDE') });
  }
  return found;
}

/** The short form for a terminal. */
export function formatTripleFault(
  fault: TripleFault,
  exitCode: number,
  strong: (text: string) => string = text => text,
): string {
  const before = fault.last.slice(0, -1).slice(-SHOWN);
  const where = fault.symbol ? `${hex32(fault.eip)} <${fault.symbol}>` : hex32(fault.eip);
  const { cs } = fault.segments;
  return [
    `${strong('TRIPLE FAULT')}  insn #${grouped(fault.insnNumber)}  ${hex(cs!.selector)}:${where}  ${fault.insn}`,
    ...fault.chain.map(
      (link, i) =>
        `  ${i + 1} ${link.name}${link.errorCode === undefined ? '' : `(${hex(link.errorCode)})`} ${link.text}`,
    ),
    `  CR0=${hex32(fault.registers.cr0!)} CR2=${hex32(fault.registers.cr2!)} CR3=${hex32(fault.registers.cr3!)}  GDT ${hex32(fault.gdtr.base)} limit ${hex(fault.gdtr.limit)}  IDT ${hex32(fault.idtr.base)} limit ${hex(fault.idtr.limit)}`,
    ...before.map(i => `  #${grouped(i.insnNumber)}  ${hex(i.cs)}:${hex32(i.eip)}  ${i.insn}`),
    '  the machine stopped instead of rebooting; --report FILE has the last instructions, segments, GDT, IDT and page directory',
    `  exit ${exitCode}`,
  ].join('\n');
}
