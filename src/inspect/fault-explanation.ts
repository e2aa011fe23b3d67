/**
 * A fault explained as data: what a report file carries, and what fault-report.ts prints. Every number comes from the machine as it stands when
 * the guest kernel has given up the program and not yet torn anything down.
 */
import { type Decoded, decode, MAX_LENGTH } from '../cpu/decoder.ts';
import type { SourceLine } from '../loaders/dwarf-lines.ts';
import { PageFaultCode } from '../mmu/paging.ts';
import type { PhysicalMemory } from '../mmu/physical.ts';
import { type Backtrace, backtrace } from './backtrace.ts';
import { disassemble } from './disassemble.ts';
import { diagnose, divisorOf } from './fault-diagnosis.ts';
import type { FaultHistory } from './fault-history.ts';
import type { FaultSnapshot } from './fault-snapshot.ts';
import { mappingAt, nearestMapping, permissions, type Task } from './maps.ts';
import { referenceAt, referencesOf, registerValues } from './memory-access.ts';
import { entryFlags, explainWalk, peekLinear, peekLinear32 } from './page-walk.ts';
import { type ProgramImage, sourceFile } from './program-image.ts';
import { byteCount, hex32 } from './text.ts';

export interface FaultExplanation {
  readonly vector: number;
  /** `#PF` and the like. */
  readonly name: string;
  readonly errorCode: number | undefined;
  /** Page faults only. */
  readonly cr2: number | undefined;
  readonly cr3: number;
  readonly eip: number;
  /** `main+0x12`, when the program has symbols. */
  readonly symbol: string | undefined;
  /** The line it comes of, when the program has line numbers; its text, when the file is there. */
  readonly source: SourcePlace | undefined;
  /** The instruction as text, and which one it was since reset. */
  readonly insn: string;
  readonly insnNumber: number;
  readonly access:
    | { readonly kind: 'read' | 'write' | 'fetch'; readonly address: number; readonly size: number | undefined }
    | undefined;
  /** Registers that matter for the access: `eax=0xdeadbeef`. */
  readonly operands: readonly string[];
  readonly walk: readonly {
    readonly entry: string;
    readonly at: number;
    readonly value: number;
    readonly flags: string;
  }[];
  /** Why the walk stopped, and for which range. */
  readonly stop: string | undefined;
  readonly nearest: { readonly text: string; readonly distance: number } | undefined;
  /** Who called what cannot be executed: from the return address on the stack. */
  readonly caller: { readonly eip: number; readonly symbol: string | undefined; readonly insn: string } | undefined;
  readonly diagnosis: string | undefined;
  readonly backtrace: readonly TracedFrame[];
  /** Frames left out after the first ones, and why there are no more; null: the program began there. */
  readonly backtraceOmitted: number;
  readonly backtraceStop: string | undefined;
  /** What only a replay can tell. */
  readonly history: FaultHistory | undefined;
  readonly registers: Readonly<Record<string, number>>;
}

export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly text: string | undefined;
}

export interface TracedFrame {
  readonly address: number;
  readonly symbol: string | undefined;
  readonly source: SourcePlace | undefined;
  /** Frames in a row at this place. */
  readonly times: number;
}

export interface FaultContext {
  readonly memory: PhysicalMemory;
  readonly task: Task | undefined;
  readonly image: ProgramImage;
  readonly history?: FaultHistory | undefined;
  /** The text of a source line, where it can be had. */
  sourceText?(source: SourceLine): string | undefined;
  /** See FaultWatch.firstTouch. */
  firstTouch(linear: number): number | undefined;
}

export const EXCEPTION_NAMES: readonly string[] = [
  '#DE',
  '#DB',
  'NMI',
  '#BP',
  '#OF',
  '#BR',
  '#UD',
  '#NM',
  '#DF',
  'vector 9',
  '#TS',
  '#NP',
  '#SS',
  '#GP',
  '#PF',
  'vector 15',
  '#MF',
  '#AC',
  '#MC',
  '#XM',
];

const PAGE_FAULT = 14;
const CS = 1;
const SS = 2;
const ESP = 4;
const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;

export function explainFault(snapshot: FaultSnapshot, context: FaultContext): FaultExplanation {
  const { memory, image, task, history } = context;
  const { symbols } = image;
  const { vector, errorCode, eip, segments } = snapshot;
  const isPageFault = vector === PAGE_FAULT;
  const at = (segments[CS]!.base + eip) >>> 0;
  const byte = (index: number): number => peekLinear(memory, snapshot, (at + index) >>> 0);
  const result = decode(byte, snapshot.big);
  const decoded = typeof result === 'string' ? undefined : result;
  const name = (address: number): string | undefined => symbols.format(address);
  const access = isPageFault ? accessOf(snapshot, decoded) : undefined;
  const reference = decoded && isPageFault ? referenceAt(decoded, snapshot, snapshot.cr2) : undefined;
  const used = reference ?? (decoded ? referencesOf(decoded, snapshot)[0] : undefined);
  const operandRegisters =
    access?.kind === 'fetch'
      ? []
      : decoded && !isPageFault
        ? operandsOf(decoded, used?.registers)
        : (used?.registers ?? []);
  const read = (address: number): number | undefined => peekLinear32(memory, snapshot, address);
  const trace = traceOf(snapshot, context);
  const walk = isPageFault ? explainWalk(memory, snapshot, snapshot.cr2) : undefined;
  return {
    vector,
    name: EXCEPTION_NAMES[vector] ?? `vector ${vector}`,
    errorCode,
    cr2: isPageFault ? snapshot.cr2 : undefined,
    cr3: snapshot.cr3,
    eip,
    symbol: name(eip),
    source: sourcePlace(image.lines.at(eip), context),
    insn: decoded
      ? disassemble(decoded, { address: eip, big: snapshot.big, name })
      : byte(0) < 0
        ? 'nothing: the address cannot be read'
        : `bytes ${bytesAt(byte)}`,
    insnNumber: snapshot.insn,
    access,
    operands: registerValues(operandRegisters, snapshot),
    walk: (walk?.steps ?? []).map(s => ({
      entry: `${s.table}[${s.index}]`,
      at: s.at,
      value: s.value,
      flags: entryFlags(s.value, s.table, s.high),
    })),
    stop: walk && stopReason(walk, errorCode ?? 0),
    nearest: isPageFault && task ? nearestText(task, snapshot.cr2) : undefined,
    caller: access?.kind === 'fetch' ? callerOf(snapshot, memory, name) : undefined,
    diagnosis: diagnose({
      snapshot,
      decoded,
      access: access?.kind,
      task,
      firstTouch: isPageFault ? context.firstTouch(snapshot.cr2) : undefined,
      divisor: decoded && divisorOf(decoded, snapshot, (address, size) => masked(read(address), size), used?.address),
      history,
    }),
    backtrace: trace.frames.map(frame => ({
      address: frame.address,
      symbol: frame.symbol,
      source: sourcePlace(frame.source, context),
      times: frame.times,
    })),
    backtraceOmitted: trace.omitted,
    backtraceStop: trace.stop,
    history,
    registers: {
      ...Object.fromEntries(REGISTERS.map((register, i) => [register, snapshot.registers[i]!])),
      eip,
      eflags: snapshot.eflags >>> 0,
      cr0: snapshot.cr0 >>> 0,
      cr2: snapshot.cr2,
      cr3: snapshot.cr3,
      cr4: snapshot.cr4 >>> 0,
    },
  };
}

export function traceOf(snapshot: FaultSnapshot, { memory, image, task }: FaultContext): Backtrace {
  return backtrace(snapshot.eip, snapshot.registers, {
    image,
    mappings: task?.mappings ?? [],
    read32: linear => peekLinear32(memory, snapshot, linear >>> 0),
  });
}

function sourcePlace(source: SourceLine | undefined, context: FaultContext): SourcePlace | undefined {
  const file = sourceFile(source);
  return source && file !== undefined ? { file, line: source.line, text: context.sourceText?.(source) } : undefined;
}

/**
 * Without an execute-disable bit the error code does not tell fetches from reads. The addresses do: nothing reads the first byte of the instruction
 * itself unless it could be fetched, nor the others unless all could.
 */
function accessOf(snapshot: FaultSnapshot, decoded: Decoded | undefined): FaultExplanation['access'] {
  const { cr2, errorCode = 0, segments, eip } = snapshot;
  const ahead = (cr2 - segments[CS]!.base - eip) >>> 0;
  const write = (errorCode & PageFaultCode.write) !== 0;
  const within = !write && ahead < MAX_LENGTH && (ahead === 0 || !decoded);
  if (within || (errorCode & PageFaultCode.fetch) !== 0) return { kind: 'fetch', address: cr2, size: undefined };
  const reference = decoded && referenceAt(decoded, snapshot, cr2);
  return { kind: write ? 'write' : 'read', address: reference?.address ?? cr2, size: reference?.size };
}

/** Registers of the operands of an instruction that did not fault on memory: DIV and the like. */
function operandsOf(decoded: Decoded, memory: readonly number[] | undefined): readonly number[] {
  if (decoded.memory) return memory ?? [];
  return decoded.row.operands.some(o => o[0] === 'E') &&
    decoded.modrm >= 0xc0 &&
    !decoded.row.operands.some(o => o.endsWith('b'))
    ? [decoded.modrm & 7]
    : [];
}

function stopReason(walk: ReturnType<typeof explainWalk>, errorCode: number): string | undefined {
  const last = walk.steps.at(-1);
  if (!last) return undefined;
  const range = `${hex32(walk.start)}-${hex32(walk.end - 1)}`;
  const missing = { PDPTE: 'page directory', PDE: 'page table', PTE: 'page' }[last.table];
  if (walk.physical === undefined) return `stops here: no ${missing} for ${range}`;
  if ((errorCode & PageFaultCode.reserved) !== 0) return `stops here: a reserved bit is set, ${range}`;
  if ((errorCode & PageFaultCode.user) !== 0 && !walk.user) return `stops here: supervisor only, ${range}`;
  if ((errorCode & PageFaultCode.write) !== 0 && !walk.writable) return `stops here: read-only, ${range}`;
  if ((errorCode & PageFaultCode.fetch) !== 0 && !walk.executable) return `stops here: no-execute, ${range}`;
  // The kernel may have mapped something since; what is seen is what there is.
  return `${range} may be accessed now`;
}

function nearestText({ mappings }: Task, linear: number): FaultExplanation['nearest'] {
  if (mappingAt(mappings, linear)) return undefined;
  const nearest = nearestMapping(mappings, linear);
  if (!nearest) return undefined;
  const { mapping, distance } = nearest;
  const name = mapping.name || `[${mapping.kind}]`;
  return {
    text: `${name} ${hex32(mapping.start)}-${hex32(mapping.end)} ${permissions(mapping)}, ${byteCount(Math.abs(distance))} ${distance > 0 ? 'above' : 'below'}`,
    distance,
  };
}

/** The call that led to where nothing can be executed, when the top of the stack is a return address just after one. */
function callerOf(
  snapshot: FaultSnapshot,
  memory: PhysicalMemory,
  name: (address: number) => string | undefined,
): FaultExplanation['caller'] {
  const back = peekLinear32(memory, snapshot, (snapshot.segments[SS]!.base + snapshot.registers[ESP]!) >>> 0);
  if (back === undefined) return undefined;
  // CALL through a register or memory is 2 to 7 bytes long, CALL relative 5.
  for (const length of [2, 3, 5, 6, 7, 4]) {
    const eip = (back - length) >>> 0;
    const decoded = decode(
      index => peekLinear(memory, snapshot, (snapshot.segments[CS]!.base + eip + index) >>> 0),
      snapshot.big,
    );
    if (typeof decoded === 'string' || decoded.row.mnemonic !== 'CALL' || decoded.length !== length) continue;
    return { eip, symbol: name(eip), insn: disassemble(decoded, { address: eip, big: snapshot.big, name }) };
  }
  return undefined;
}

function bytesAt(byte: (index: number) => number): string {
  const found: string[] = [];
  for (let i = 0; i < 8 && byte(i) >= 0; i++) found.push(byte(i).toString(16).padStart(2, '0'));
  return found.join(' ');
}

function masked(value: number | undefined, size: number): number | undefined {
  return value === undefined || size === 4 ? value : value & (2 ** (8 * size) - 1);
}
