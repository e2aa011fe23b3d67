/**
 * A program under the tiny kernel: the machine that boots its disk, what is watched while it runs, and what can be said of it at the end. No
 * files and no streams: bytes come and go through functions.
 */

import type { MakeEngine } from '../cpu/engine.ts';
import type { ModelName } from '../cpu/models.ts';
import { explainFault, type FaultExplanation } from '../inspect/fault-explanation.ts';
import { FaultWatch } from '../inspect/fault-snapshot.ts';
import { readTask, type Task } from '../inspect/maps.ts';
import { peekLinear } from '../inspect/page-walk.ts';
import { type Elf32, parseElf32 } from '../loaders/elf32.ts';
import { BLOCK } from '../loaders/ext2/layout.ts';
import { type ReadTree, readExt2 } from '../loaders/ext2/read.ts';
import type { RunDisk } from '../loaders/run-disk.ts';
import { Symbols } from '../loaders/symbols.ts';
import { MemoryStore, SECTOR } from '../machine/block-store.ts';
import { Pc, type SerialSource } from '../machine/pc.ts';
import { DEFAULT_ENGINE } from './engine-names.ts';
import { Engines } from './engines.ts';

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
  /** A process other than the first was ended by an exception: called while its memory is still there. */
  died?(death: Death): void;
  log?(message: string): void;
}

export interface Death {
  readonly pid: number;
  readonly program: string;
  readonly signal: number;
  readonly fault: FaultExplanation;
}

export class ProgramSession {
  readonly pc: Pc;
  private readonly options: ProgramSessionOptions;
  /** What the guest has on it now. */
  readonly disk: MemoryStore;
  private readonly watch = new FaultWatch();
  private currentAt: number | undefined;

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

  /** Of the program, where it lies; none when the task that runs has gone over to another program. */
  get symbols(): Symbols {
    const { program } = this.options;
    const task = this.task();
    if (task && !this.runs(program, task)) return new Symbols([]);
    return Symbols.of(program, program.pie && task ? task.entry - program.entry : 0);
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
    const fault = task && this.fault(signal);
    if (fault) this.options.died?.({ pid: task.pid, program: task.name, signal, fault });
    this.watch.forget(this.pc.cpu.state.cr3);
  }

  /** The process, once the kernel has one. */
  task(): Task | undefined {
    this.currentAt ??= Symbols.of(parseElf32(this.options.kernelElf())).address('current');
    const pointer = this.currentAt;
    const { cpu } = this.pc;
    return pointer === undefined ? undefined : readTask(cpu.physical, cpu.state, pointer);
  }

  /** The fault that ended the task that runs by signal `number`, or undefined when it was none. */
  fault(number: number): FaultExplanation | undefined {
    const snapshot = this.watch.last;
    if (!snapshot || snapshot.cr3 !== this.pc.cpu.state.cr3) return undefined;
    if (!(SignalsByVector[snapshot.vector] ?? []).includes(number)) return undefined;
    return explainFault(snapshot, {
      memory: this.pc.cpu.physical,
      task: this.task(),
      symbols: this.symbols,
      firstTouch: linear => this.watch.firstTouch(linear),
    });
  }
}

const Signal = { ill: 4, trap: 5, bus: 7, fpe: 8, segv: 11 } as const;

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
