/**
 * A program under the tiny kernel: the machine that boots its disk, what is watched while it runs, and what can be said of it at the end. No
 * files and no streams: bytes come and go through functions.
 */

import type { MakeEngine } from '../cpu/engine.ts';
import type { ModelName } from '../cpu/models.ts';
import { explainFault, type FaultExplanation } from '../inspect/fault-explanation.ts';
import type { FaultHistory } from '../inspect/fault-history.ts';
import type { Death } from '../inspect/fault-report.ts';
import { type FaultSnapshot, FaultWatch } from '../inspect/fault-snapshot.ts';
import { readTask, type Task } from '../inspect/maps.ts';
import { peekLinear, peekLinear32 } from '../inspect/page-walk.ts';
import { ProgramImage } from '../inspect/program-image.ts';
import type { SourceLine } from '../loaders/dwarf-lines.ts';
import { type Elf32, parseElf32 } from '../loaders/elf32.ts';
import { BLOCK } from '../loaders/ext2/layout.ts';
import { type ReadTree, readExt2 } from '../loaders/ext2/read.ts';
import type { RunDisk } from '../loaders/run-disk.ts';
import type { Symbols } from '../loaders/symbols.ts';
import { MemoryStore, SECTOR } from '../machine/block-store.ts';
import { Pc, type SerialSource } from '../machine/pc.ts';
import { deathOf } from './death.ts';
import { DEFAULT_ENGINE } from './engine-names.ts';
import { Engines } from './engines.ts';
import { type ProcessListener, ProcessWatch } from './process-watch.ts';

export interface ProgramSessionOptions {
  readonly bios: Uint8Array;
  /** From makeRunDisk(). */
  readonly disk: RunDisk;
  readonly program: Elf32;
  /** guests/kernel/kernel.elf: read for its symbols when something is to be explained. */
  kernelElf(): Uint8Array;
  readonly memoryBytes: number;
  readonly model?: ModelName;
  readonly engine?: MakeEngine;
  readonly stdin: SerialSource;
  /** Stdin is a terminal: bytes come as they are typed, and its size as it changes (docs/platform.md). */
  readonly terminal?: { readonly news: SerialSource };
  stdout(byte: number): void;
  stderr(byte: number): void;
  kernelLog?(byte: number): void;
  /** A process other than the first was ended by an exception, or by a signal that is as bad: called while its memory is still there. */
  died?(death: ProcessDeath): void;
  log?(message: string): void;
  /** The text of a source line, where the host has the file. */
  sourceText?(source: SourceLine): string | undefined;
}

export interface ProcessDeath {
  readonly pid: number;
  readonly program: string;
  readonly signal: number;
  readonly insns: number;
  /** One of the two. */
  readonly fault: FaultExplanation | undefined;
  readonly death: Death | undefined;
}

export class ProgramSession {
  readonly pc: Pc;
  private readonly options: ProgramSessionOptions;
  /** What the guest has on it now. */
  readonly disk: MemoryStore;
  private readonly watch = new FaultWatch();
  private processes: ProcessWatch | undefined;

  constructor(options: ProgramSessionOptions) {
    this.options = options;
    const { kernelLog, log, terminal } = options;
    this.disk = new MemoryStore(options.disk.bytes);
    this.pc = new Pc({
      memoryBytes: options.memoryBytes,
      ...(options.model === undefined ? {} : { model: options.model }),
      bios: options.bios,
      engine: options.engine ?? Engines[DEFAULT_ENGINE],
      disks: [this.disk],
      com1: { transmit: byte => options.stdout(byte), source: options.stdin, onDemand: !terminal },
      com2: { transmit: byte => options.stderr(byte), ...(terminal ? { source: terminal.news } : {}) },
      observeException: fault => this.watch.observe(this.pc.cpu, fault),
      observeTransfer: transfer => this.processes?.observe(transfer),
      addressSpaceEnds: signal => this.addressSpaceEnds(signal),
      ...(kernelLog ? { debugConsole: byte => kernelLog(byte) } : {}),
      ...(log ? { log: message => log(message) } : {}),
    });
  }

  /** What the guest has left in mount number `index`, as far as it has written it to the disk. Throws LoadError. */
  mounted(index: number, limit: number): ReadTree {
    const first = this.options.disk.mountSectors[index]!;
    const sectors = BLOCK / SECTOR;
    return readExt2(number => {
      const at = first + number * sectors;
      return at + sectors <= this.disk.sectors ? this.disk.read(at, sectors) : new Uint8Array(BLOCK);
    }, limit);
  }

  /** Whether it is this program that lies where the task began: as far as the page of its entry is in memory, and a file can tell. */
  private runs({ bytes, entry, pie, segments }: Elf32, task: Task): boolean {
    if (pie ? ((task.entry - entry) & 0xfff) !== 0 : task.entry !== entry) return false;
    const segment = segments.find(s => entry >= s.address && entry < s.address + s.fileSize);
    if (!segment) return false;
    const at = segment.offset + (entry - segment.address);
    const { physical, state } = this.pc.cpu;
    for (let i = 0; i < 32 && at + i < segment.offset + segment.fileSize; i++) {
      const byte = peekLinear(physical, state, (task.entry + i) >>> 0);
      if (byte >= 0 && byte !== bytes[at + i]) return false;
    }
    return true;
  }

  /** The kernel is about to give up the address space of `current`: what is to be known of it must be looked at now. */
  private addressSpaceEnds(signal: number): void {
    const task = this.options.died && signal !== 0 ? this.task() : undefined;
    if (task) {
      const fault = this.fault(signal);
      const death = fault || !TELLING.has(signal) ? undefined : this.death();
      const insns = this.pc.cpu.now();
      if (fault ?? death) this.options.died?.({ pid: task.pid, program: task.name, signal, insns, fault, death });
    }
    this.watch.forget(this.pc.cpu.state.cr3);
  }

  /** Has what processes do told. Before the machine runs. */
  watchProcesses(...listeners: ProcessListener[]): void {
    const currentAt = this.currentAt;
    if (currentAt === undefined) throw new Error('the kernel has no symbol `current`');
    this.processes = new ProcessWatch(this.pc, currentAt, listeners, (linear, count) => this.fileBytes(linear, count));
  }

  /** The program as a task of the kernel's runs it: its names and lines, where it lies. */
  get image(): ProgramImage {
    const { program } = this.options;
    const task = this.task();
    // Of another program nothing is known.
    if (task && !this.runs(program, task)) return new ProgramImage({ ...program, sections: [] }, 0);
    return this.imageAt(task?.entry ?? program.entry);
  }

  /** Where the program's file says that it begins. */
  get entry(): number {
    return this.options.program.entry;
  }

  /** The same, given where it begins. */
  imageAt(entry: number): ProgramImage {
    const { program } = this.options;
    const bias = program.pie ? entry - program.entry : 0;
    if (this.known?.bias !== bias) this.known = new ProgramImage(program, bias);
    return this.known;
  }

  private known: ProgramImage | undefined;

  /** A task runs the program of this session, not another of the disk. */
  runsProgram(task: Task): boolean {
    return this.runs(this.options.program, task);
  }

  /** Of the program, where it lies. */
  get symbols(): Symbols {
    return this.image.symbols;
  }

  /** Linear address of the kernel's pointer to the process that runs. */
  get currentAt(): number | undefined {
    return this.kernelImage.symbols.address('current');
  }

  /** The kernel's names and lines. */
  get kernelImage(): ProgramImage {
    this.kernel ??= new ProgramImage(parseElf32(this.options.kernelElf()), 0);
    return this.kernel;
  }

  private kernel: ProgramImage | undefined;

  /** The process, once the kernel has one. */
  task(): Task | undefined {
    const pointer = this.currentAt;
    const { cpu } = this.pc;
    return pointer === undefined ? undefined : readTask(cpu.physical, cpu.state, pointer);
  }

  /** How far the program has read its standard input, where that is a file of its disk. */
  get inputPosition(): number | undefined {
    const { physical, state } = this.pc.cpu;
    const pointerAt = this.kernelImage.symbols.address('standard_input');
    const file = pointerAt === undefined ? undefined : peekLinear32(physical, state, pointerAt);
    return file ? peekLinear32(physical, state, file + FILE_POSITION) : undefined;
  }

  /** The last exception of the program so far. */
  get lastException(): FaultSnapshot | undefined {
    return this.watch.last;
  }

  /** What the program's file holds for an address of a segment that nobody writes to. */
  private fileBytes(linear: number, count: number): Uint8Array | undefined {
    const { bias, elf } = this.image;
    const at = (linear - bias) >>> 0;
    const segment = elf.segments.find(
      s => (s.flags & WRITABLE) === 0 && at >= s.address && at < s.address + s.fileSize,
    );
    if (!segment) return undefined;
    const from = segment.offset + at - segment.address;
    return elf.bytes.subarray(from, Math.min(from + count, segment.offset + segment.fileSize));
  }

  /** That exception, when a signal of that number is what a kernel makes of it. */
  fatalException(number: number): FaultSnapshot | undefined {
    const snapshot = this.watch.last;
    if (this.task()?.cause?.kind === 'sent') return undefined;
    if (!snapshot || snapshot.cr3 !== this.pc.cpu.state.cr3 >>> 0) return undefined;
    return (SignalsByVector[snapshot.vector] ?? []).includes(number) ? snapshot : undefined;
  }

  /** Of a program that a signal ends which is no fault of its own. */
  death(history?: FaultHistory): Death | undefined {
    const task = this.task();
    return task && deathOf(this, task, history, this.options.sourceText);
  }

  /** The fault that ended the program by signal `number`, or undefined when it was none. */
  fault(number: number, history?: FaultHistory): FaultExplanation | undefined {
    const snapshot = this.fatalException(number);
    if (!snapshot) return undefined;
    return explainFault(snapshot, {
      memory: this.pc.cpu.physical,
      task: this.task(),
      image: this.image,
      history,
      ...(this.options.sourceText ? { sourceText: this.options.sourceText } : {}),
      firstTouch: linear => this.watch.firstTouch(linear),
    });
  }
}

/** Of `position` in struct file_view (guests/kernel/inspect.h); a file of the disk has less than 4 GiB. */
const FILE_POSITION = 20;

/** PF_W of a segment. */
const WRITABLE = 2;

const SIGABRT = 6;
const Signal = { ill: 4, trap: 5, bus: 7, fpe: 8, segv: 11 } as const;

/** Signals that tell of something wrong, whoever sent them. */
const TELLING: ReadonlySet<number> = new Set([...Object.values(Signal), SIGABRT]);

/** The signals a Linux kernel makes of each exception. */
const SignalsByVector: Readonly<Record<number, readonly number[]>> = {
  0: [Signal.fpe],
  1: [Signal.trap],
  3: [Signal.trap],
  4: [Signal.segv],
  5: [Signal.segv],
  6: [Signal.ill],
  7: [Signal.fpe, Signal.ill, Signal.segv],
  10: [Signal.segv],
  11: [Signal.bus, Signal.segv],
  12: [Signal.bus, Signal.segv],
  13: [Signal.segv],
  14: [Signal.segv, Signal.bus],
  16: [Signal.fpe],
  17: [Signal.bus],
  19: [Signal.fpe],
};
