/**
 * The process of the tiny kernel, read from guest memory by the layout that guests/kernel/inspect.h fixes: who it is, and its mappings. What the
 * guest has there is not trusted: lists end, and a structure that does not look right is no task at all.
 */
import type { PagingMode } from '../mmu/paging.ts';
import type { PhysicalMemory } from '../mmu/physical.ts';
import { explainWalk, peek32, peekLinear, peekLinear32 } from './page-walk.ts';

export type MappingKind = 'anonymous' | 'file' | 'heap' | 'stack' | 'device' | 'bss';

export interface Mapping {
  /** [start, end), linear. */
  readonly start: number;
  readonly end: number;
  readonly read: boolean;
  readonly write: boolean;
  readonly execute: boolean;
  readonly shared: boolean;
  readonly kind: MappingKind;
  /** Byte in the file, or physical address of a device. */
  readonly offset: number;
  /** A path, `[heap]`, `[stack]`, or empty. */
  readonly name: string;
  /** Of a file: the device of its file system, minor number in bits 7-0, major above; and its inode. Else 0. */
  readonly device: number;
  readonly inode: number;
}

/** What the signal that ends a process comes of: an exception of its own, a process that sent it (`sender`), or the kernel. */
export interface SignalCause {
  readonly kind: 'fault' | 'sent' | 'kernel';
  /** As siginfo_t has it. */
  readonly code: number;
  readonly sender: number;
}

/** A thread and the address space it lives in. */
export interface Task {
  /** Number of the process. */
  readonly pid: number;
  /** Number of the thread: that of the process for its first one. */
  readonly thread: number;
  readonly name: string;
  readonly path: string;
  readonly startBrk: number;
  readonly brk: number;
  readonly stackTop: number;
  readonly stackLimit: number;
  /** First instruction. */
  readonly entry: number;
  readonly startCode: number;
  readonly endCode: number;
  readonly startData: number;
  readonly endData: number;
  /** Page faults served. */
  readonly faults: number;
  /** As it entered the kernel the last time; `registers` in the order of their numbers. */
  readonly entered: { readonly eip: number; readonly registers: readonly number[] };
  /** Of a process that a signal ends. */
  readonly cause: SignalCause | undefined;
  /** By address. */
  readonly mappings: readonly Mapping[];
}

const MAGIC = 0x54363852;
const VERSION = 3;
/** Offsets in struct task, struct process, struct mm and struct vma. */
const TaskField = { magic: 0, version: 4, pid: 8, mm: 16, next: 20, process: 24, frame: 28, name: 32 } as const;
const ProcessField = { pid: 0, death: 20, deathCode: 24, deathSender: 28 } as const;
/** In struct trap_frame (guests/kernel/cpu/trap.h): EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI; and EIP. */
const FrameRegisters = [24, 4, 8, 0, 64, 20, 16, 12] as const;
const FRAME_EIP = 52;
const MmField = {
  vmas: 4,
  startBrk: 12,
  brk: 16,
  stackTop: 24,
  stackLimit: 28,
  entry: 36,
  startCode: 40,
  endCode: 44,
  startData: 48,
  endData: 52,
  faults: 72,
  path: 76,
} as const;
const TaskName = 32;
const TaskPath = 128;
const VmaField = {
  next: 0,
  start: 4,
  end: 8,
  prot: 12,
  flags: 16,
  kind: 20,
  offset: 24,
  name: 32,
  device: 132,
  number: 136,
} as const;
const VmaName = 96;
const Prot = { read: 1, write: 2, execute: 4 } as const;
const SHARED = 1;
const Kinds: readonly MappingKind[] = ['anonymous', 'file', 'heap', 'stack', 'device', 'bss'];
/** By the value of process.death. */
const CauseKinds: readonly (SignalCause['kind'] | undefined)[] = [undefined, 'fault', 'sent', 'kernel'];
/** More than the kernel allows: a list that is longer has been tampered with. */
const MAX_MAPPINGS = 65536;

/** `pointerAt`: linear address of the kernel's `current`. Undefined when there is no task, none that looks like one, or one that has ended. */
export function readTask(memory: PhysicalMemory, mode: PagingMode, pointerAt: number): Task | undefined {
  const word = (at: number): number => peekLinear32(memory, mode, at >>> 0) ?? 0;
  return taskAt(memory, mode, word(pointerAt));
}

/** More than the kernel allows: a list that is longer has been tampered with. */
const MAX_TASKS = 1024;

/** `pointerAt`: linear address of the kernel's `tasks`. All that have not ended, the newest first. */
export function readTasks(memory: PhysicalMemory, mode: PagingMode, pointerAt: number): Task[] {
  const word = (at: number): number => peekLinear32(memory, mode, at >>> 0) ?? 0;
  const result: Task[] = [];
  const passed = new Set<number>();
  for (
    let at = word(pointerAt);
    at !== 0 && !passed.has(at) && passed.size < MAX_TASKS;
    at = word(at + TaskField.next)
  ) {
    passed.add(at);
    const task = taskAt(memory, mode, at);
    if (task) result.push(task);
  }
  return result;
}

function taskAt(memory: PhysicalMemory, mode: PagingMode, at: number): Task | undefined {
  const word = (address: number): number => peekLinear32(memory, mode, address >>> 0) ?? 0;
  if (at === 0 || word(at + TaskField.magic) !== MAGIC || word(at + TaskField.version) !== VERSION) return undefined;
  const mm = word(at + TaskField.mm);
  if (mm === 0) return undefined;
  const field = (name: keyof typeof MmField): number => word(mm + MmField[name]);
  const process = word(at + TaskField.process);
  const frame = word(at + TaskField.frame);
  const kind = CauseKinds[word(process + ProcessField.death)];
  return {
    pid: word(process + ProcessField.pid),
    thread: word(at + TaskField.pid),
    name: text(memory, mode, at + TaskField.name, TaskName),
    path: text(memory, mode, mm + MmField.path, TaskPath),
    startBrk: field('startBrk'),
    brk: field('brk'),
    stackTop: field('stackTop'),
    stackLimit: field('stackLimit'),
    entry: field('entry'),
    startCode: field('startCode'),
    endCode: field('endCode'),
    startData: field('startData'),
    endData: field('endData'),
    faults: field('faults'),
    entered: { eip: word(frame + FRAME_EIP), registers: FrameRegisters.map(offset => word(frame + offset)) },
    cause: kind && {
      kind,
      code: word(process + ProcessField.deathCode) | 0,
      sender: word(process + ProcessField.deathSender),
    },
    mappings: readMappings(memory, mode, field('vmas')),
  };
}

function readMappings(memory: PhysicalMemory, mode: PagingMode, first: number): Mapping[] {
  const word = (at: number): number => peekLinear32(memory, mode, at >>> 0) ?? 0;
  const mappings: Mapping[] = [];
  for (let vma = first; vma !== 0 && mappings.length < MAX_MAPPINGS; ) {
    const of = (name: keyof typeof VmaField): number => word(vma + VmaField[name]);
    const start = of('start');
    const end = of('end');
    // The kernel keeps them sorted: a list that is not has been tampered with, and may be a circle.
    if (start >= end || start < (mappings.at(-1)?.end ?? 0)) break;
    const prot = of('prot');
    mappings.push({
      start,
      end,
      read: (prot & Prot.read) !== 0,
      write: (prot & Prot.write) !== 0,
      execute: (prot & Prot.execute) !== 0,
      shared: (of('flags') & SHARED) !== 0,
      kind: Kinds[of('kind')] ?? 'anonymous',
      offset: of('offset'),
      name: text(memory, mode, vma + VmaField.name, VmaName),
      device: of('device'),
      inode: of('number'),
    });
    vma = of('next');
  }
  return mappings;
}

/** A program by what the kernel knows of it: its file's name, and where it began. */
export interface RunningProgram {
  readonly name: string;
  readonly entry: number;
}

/**
 * The process that runs, for who asks often. The kernel has its memory in every address space, at addresses that do not change: so each is
 * walked to once.
 */
export class RunningProcess {
  private readonly memory: PhysicalMemory;
  private readonly pointerAt: number;
  private pointer: number | undefined;
  /** Physical address of struct task by the pointer to it. */
  private readonly tasks = new Map<number, number>();

  constructor(memory: PhysicalMemory, pointerAt: number) {
    this.memory = memory;
    this.pointerAt = pointerAt;
  }

  /** Its number; 0 when there is none. */
  pid(mode: PagingMode): number {
    const { memory } = this;
    const at = this.task(mode);
    return at === undefined ? 0 : peek32(memory, at + TaskField.pid);
  }

  /** What it runs; undefined when there is none. */
  program(mode: PagingMode): RunningProgram | undefined {
    const { memory } = this;
    const at = this.task(mode);
    if (at === undefined) return undefined;
    const mm = peek32(memory, at + TaskField.mm);
    let name = '';
    for (let i = 0; i < TaskName; i++) {
      const byte = (peek32(memory, at + TaskField.name + (i & ~3)) >>> (8 * (i & 3))) & 0xff;
      if (byte === 0) break;
      name += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
    }
    return { name, entry: (mm === 0 ? undefined : peekLinear32(memory, mode, mm + MmField.entry)) ?? 0 };
  }

  /** Physical address of its struct task. */
  private task(mode: PagingMode): number | undefined {
    const { memory } = this;
    this.pointer ??= explainWalk(memory, mode, this.pointerAt).physical;
    const task = this.pointer === undefined ? 0 : peek32(memory, this.pointer);
    if (task === 0) return undefined;
    const at = this.tasks.get(task) ?? explainWalk(memory, mode, task).physical;
    if (at === undefined || peek32(memory, at) !== MAGIC || peek32(memory, at + TaskField.version) !== VERSION)
      return undefined;
    this.tasks.set(task, at);
    return at;
  }
}

/** `rw-`, as /proc/self/maps prints it, without the sharing letter. */
export function permissions({ read, write, execute }: Mapping): string {
  return `${read ? 'r' : '-'}${write ? 'w' : '-'}${execute ? 'x' : '-'}`;
}

export function mappingAt(mappings: readonly Mapping[], linear: number): Mapping | undefined {
  return mappings.find(m => linear >= m.start && linear < m.end);
}

/** The mapping nearest to an address that is in none, and how many bytes lie between: positive when the mapping is above. */
export function nearestMapping(
  mappings: readonly Mapping[],
  linear: number,
): { readonly mapping: Mapping; readonly distance: number } | undefined {
  let best: { mapping: Mapping; distance: number } | undefined;
  for (const mapping of mappings) {
    const distance = linear < mapping.start ? mapping.start - linear : -(linear - mapping.end + 1);
    if (!best || Math.abs(distance) < Math.abs(best.distance)) best = { mapping, distance };
  }
  return best;
}

/** Printable text to its NUL; anything a terminal would act on becomes `?`. */
function text(memory: PhysicalMemory, mode: PagingMode, at: number, limit: number): string {
  let result = '';
  for (let i = 0; i < limit; i++) {
    const byte = peekLinear(memory, mode, (at + i) >>> 0);
    if (byte <= 0) break;
    result += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
  }
  return result;
}
