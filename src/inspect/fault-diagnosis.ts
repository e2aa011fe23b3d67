/**
 * What a fault in a user program most likely means, in one sentence, from evidence in the machine alone: the fault's own numbers, the mappings, the
 * page walk, the stack, and which pages had been in memory before. Each rule says what it saw; none guesses when it saw nothing.
 */
import type { Decoded } from '../cpu/decoder.ts';
import { PageFaultCode } from '../mmu/paging.ts';
import type { Caller } from './allocations/events.ts';
import { callerText } from './allocations/text.ts';
import type { FaultHistory, MemoryHistory } from './fault-history.ts';
import type { FaultSnapshot } from './fault-snapshot.ts';
import { type Mapping, mappingAt, permissions, type Task } from './maps.ts';
import { registerValue } from './memory-access.ts';
import { byteCount, grouped, hex, hex32 } from './text.ts';

export interface Evidence {
  readonly snapshot: FaultSnapshot;
  readonly decoded: Decoded | undefined;
  /** What the access was; for faults other than #PF, undefined. */
  readonly access: 'read' | 'write' | 'fetch' | undefined;
  readonly task: Task | undefined;
  /** The faulting page was in memory earlier: since this instruction. */
  readonly firstTouch: number | undefined;
  /** Value of the operand a DIV or IDIV divides by. */
  readonly divisor: number | undefined;
  /** What a replay has told. */
  readonly history: FaultHistory | undefined;
}

const Vector = { DE: 0, DB: 1, BP: 3, OF: 4, BR: 5, UD: 6, NM: 7, SS: 12, GP: 13, PF: 14 } as const;
const ESP = 4;
const KERNEL_BASE = 0xc0000000;
/** Linux keeps the first 64 KiB unmapped, so that a field or element of a null pointer still faults. */
const NULL_REACH = 0x10000;
/** How far from ESP a function's own frame may reasonably reach. */
const FRAME_REACH = 0x10000;

export function diagnose(evidence: Evidence): string | undefined {
  const { snapshot, decoded, access, task } = evidence;
  const executed = task && mappingAt(task.mappings, snapshot.eip);
  // What it did then is of no interest: bytes that mean nothing did it.
  if (executed && !executed.execute && access !== 'fetch') {
    return `Execution of data: EIP=${hex32(snapshot.eip)} is in ${describe(executed)}, which is not code. A wrong function pointer, or an overwritten return address.`;
  }
  switch (snapshot.vector) {
    case Vector.PF:
      return pageFault(evidence);
    case Vector.DE:
      return evidence.divisor === undefined
        ? undefined
        : evidence.divisor === 0
          ? 'Division by zero.'
          : `The quotient does not fit: divided by ${hex32(evidence.divisor)}.`;
    case Vector.UD:
      return decoded?.row.mnemonic.startsWith('UD')
        ? 'An instruction that is there to be invalid: compilers put it where code cannot be reached, and __builtin_trap() is this.'
        : 'The processor does not know these bytes as an instruction: a jump into data, or code for a newer processor.';
    case Vector.NM:
      return 'Floating point, which this processor does not have yet.';
    case Vector.GP:
    case Vector.SS:
      return protection(evidence);
    case Vector.BR:
      return 'BOUND: the index is outside its bounds.';
    case Vector.BP:
    case Vector.DB:
      return 'A breakpoint, and no debugger there.';
    default:
      return undefined;
  }
}

function pageFault({ snapshot, access, task, firstTouch, history }: Evidence): string | undefined {
  const { cr2, errorCode = 0 } = snapshot;
  const protectionFault = (errorCode & PageFaultCode.present) !== 0;
  if (cr2 >= KERNEL_BASE)
    return "That is the kernel's part of the address space, above 3 GiB: no program may touch it.";
  const mapping = task && mappingAt(task.mappings, cr2);
  const freed = history?.memory && !mapping ? afterFree(history.memory, cr2) : undefined;
  if (freed !== undefined) return freed;
  if (access === 'fetch') {
    if (cr2 === 0) return 'A call or jump through a null function pointer.';
    if (!mapping)
      return 'A jump to where nothing is mapped: a wrong function pointer, or an overwritten return address.';
  }
  if (mapping) return inMapping(mapping, access, protectionFault, task?.mappings ?? [], history?.memory?.lost);
  if (cr2 === 0) return 'A null pointer.';
  if (cr2 < NULL_REACH)
    return `Close to address 0: a field or element of a null pointer, ${grouped(cr2)} bytes on, or a small number used as a pointer.`;
  const overflow = task && stackOverflow(snapshot, task);
  if (overflow) return overflow;
  if (firstTouch !== undefined) {
    return `This page was in memory before (first touched by instruction ${grouped(firstTouch)}) and has been unmapped since: used after munmap, or after free.`;
  }
  return undefined;
}

const describe = (mapping: Mapping): string =>
  `${mapping.name || mapping.kind} ${hex32(mapping.start)}-${hex32(mapping.end)} ${permissions(mapping)}`;

/** The memory was there, and has been given back: by free, or by a call of the program's own. */
function afterFree({ block, lost }: MemoryHistory, address: number): string | undefined {
  const back = lost ? `; the page went back to the kernel by ${lost.call}` : '';
  if (block?.freedBy) {
    return (
      `Use after free: ${hex32(address)} is byte ${grouped(address - block.address)} of a block of ${byteCount(block.size)} (#${block.id}) ` +
      `from ${callerText(block.madeBy)}, freed by ${callerText(block.freedBy)} at insn #${grouped(block.freedAt ?? 0)}${back}.`
    );
  }
  if (!lost) return undefined;
  return (
    `Use after ${lost.call}: ${hex32(lost.start)}-${hex32(lost.end)} was mapped until insn #${grouped(lost.insn)}` +
    `${lost.by ? `, when ${callerText(lost.by)} unmapped it` : ''}.`
  );
}

/** Memory with no access beside memory that may be written: what thread stacks and careful allocators end with. */
function guarded({ start, end }: Mapping, mappings: readonly Mapping[]): string | undefined {
  const above = mappings.find(m => m.start === end && m.write);
  const below = mappings.find(m => m.end === start && m.write);
  if (above) return `A guard page below ${describe(above)}: a stack that has grown too far, or an index below 0.`;
  return below && `A guard page above ${describe(below)}: an access beyond its end.`;
}

function inMapping(
  mapping: Mapping,
  access: Evidence['access'],
  protectionFault: boolean,
  mappings: readonly Mapping[],
  lost: MemoryHistory['lost'] | undefined,
): string {
  const what = describe(mapping);
  const by: Caller | null | undefined = lost?.call === 'mprotect' ? lost.by : undefined;
  const since = by ? ` It has been so since insn #${grouped(lost!.insn)}, by mprotect in ${callerText(by)}.` : '';
  if (!mapping.read && !mapping.write && !mapping.execute)
    return `${guarded(mapping, mappings) ?? `Inside ${what}: mapped, but with no access (PROT_NONE).`}${since}`;
  if (access === 'write' && !mapping.write) {
    const kind = mapping.execute
      ? 'program text is read-only'
      : mapping.kind === 'file'
        ? 'read-only. A string literal, or a constant'
        : 'read-only';
    return `Inside ${what}: ${kind}.${since}`;
  }
  if (access === 'fetch' && !mapping.execute) return `Execution of data: inside ${what}, which is not code.`;
  return protectionFault
    ? `Inside ${what}.`
    : `Inside ${what}, where no page could be had: memory is used up, or the file ends before.`;
}

function stackOverflow(
  { cr2, registers }: FaultSnapshot,
  { stackTop, stackLimit, mappings }: Task,
): string | undefined {
  const stack = mappings.find(m => m.kind === 'stack');
  const esp = registers[ESP]!;
  const nearStackPointer = Math.abs(cr2 - esp) <= FRAME_REACH;
  if (!stack || cr2 >= stack.start || cr2 < stack.start - (stackTop - stackLimit) || !nearStackPointer)
    return undefined;
  if (cr2 >= stackLimit && esp >= stackLimit) return undefined;
  const size = byteCount(stackTop - stackLimit);
  return `Stack overflow: ESP=${hex32(esp)} is at the ${size} limit of the stack (${hex32(stackLimit)}). Recursion without end, or a huge local array.`;
}

const PRIVILEGED = new Set([
  'HLT',
  'CLI',
  'STI',
  'LGDT',
  'LIDT',
  'LLDT',
  'LTR',
  'LMSW',
  'CLTS',
  'INVLPG',
  'INVD',
  'WBINVD',
  'RDMSR',
  'WRMSR',
  'RDPMC',
]);
const PORTS = new Set(['IN', 'OUT', 'INS', 'OUTS']);

function protection({ decoded, snapshot }: Evidence): string | undefined {
  const mnemonic = decoded?.row.mnemonic;
  if (!mnemonic || !decoded) return undefined;
  if (PORTS.has(mnemonic)) return 'I/O ports belong to the kernel: no program may use them.';
  if (PRIVILEGED.has(mnemonic) || decoded.row.operands.some(o => o === 'Cd' || o === 'Dd')) {
    return `A privileged instruction: at privilege level ${snapshot.cpl} the processor refuses it.`;
  }
  if (mnemonic === 'INT')
    return `Interrupt ${hex(decoded.immediates[0] ?? 0)} is not open to programs; system calls are int 0x80.`;
  if (decoded.row.operands[0] === 'Sw') return `Selector ${hex(snapshot.errorCode ?? 0)} cannot be loaded.`;
  return undefined;
}

/** What a DIV or IDIV divides by, when that is a register; memory operands are read by `read`. */
export function divisorOf(
  decoded: Decoded,
  snapshot: FaultSnapshot,
  read: (address: number, size: number) => number | undefined,
  address: number | undefined,
): number | undefined {
  const { mnemonic, operands } = decoded.row;
  if (mnemonic === 'AAM') return decoded.immediates[0];
  if (mnemonic !== 'DIV' && mnemonic !== 'IDIV') return undefined;
  const size = operands[0]!.endsWith('b') ? 1 : decoded.operandSize;
  if (!decoded.memory) return registerValue(snapshot, decoded.modrm & 7, size);
  return address === undefined ? undefined : read(address, size);
}
