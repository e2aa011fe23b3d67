/**
 * What processes do, as it can be seen from outside of a kernel: that they begin to run a program, enter the kernel, come back, replace their program, and end. A
 * process is known by its page directory; threads share one and have numbers of their own. The kernel's records are asked for no more than who runs.
 */
import type { Transfer } from '../cpu/bus.ts';
import { RunningProcess, readTask, type Task } from '../inspect/maps.ts';
import { peekBytes } from '../inspect/page-walk.ts';
import { systemCallName } from '../inspect/system-calls/names.ts';
import type { CallMemory } from '../inspect/system-calls/structures.ts';
import type { Pc } from '../machine/pc.ts';

export interface SystemCallEntry {
  readonly pid: number;
  readonly directory: number;
  readonly insn: number;
  readonly number: number;
  /** EBX, ECX, EDX, ESI, EDI, EBP; unsigned. */
  readonly values: readonly number[];
  /** To return to, and the stack pointer then. */
  readonly eip: number;
  readonly esp: number;
}

export interface UserReturn {
  readonly pid: number;
  readonly directory: number;
  readonly insn: number;
  readonly eip: number;
  readonly esp: number;
  readonly eax: number;
}

export interface Process {
  readonly pid: number;
  readonly directory: number;
  readonly task: Task;
  /** Of the process that it is a copy of; undefined for one that begins a program. */
  readonly parent: number | undefined;
}

/** Called from within the instruction that enters or leaves the kernel: nothing may be changed but observation points. */
export interface ProcessListener {
  /** A process is about to run its program's code for the first time. */
  began?(process: Process): void;
  entered?(call: SystemCallEntry, memory: CallMemory): void;
  left?(at: UserReturn, memory: CallMemory): void;
  /** No more of the program in this address space is to be expected: it has been replaced, or the process ends. */
  gone?(directory: number, insn: number): void;
}

const LINUX_VECTOR = 0x80;
const DIRECTORY = 0xfffff000;

export class ProcessWatch implements CallMemory {
  private readonly pc: Pc;
  private readonly currentAt: number;
  private readonly running: RunningProcess;
  private readonly listeners: readonly ProcessListener[];
  /** Bytes of the program's file for an address whose page has not been touched yet. */
  private readonly fileBytes: (linear: number, count: number) => Uint8Array | undefined;
  /** Numbers of the threads that have been seen, by address space. */
  private readonly threads = new Map<number, Set<number>>();
  /** Calls that processes, by number, have not come back from: their names. */
  private readonly inside = new Map<number, string>();
  /** Directory of the process that last asked for a copy of itself. */
  private forker: number | undefined;

  constructor(
    pc: Pc,
    currentAt: number,
    listeners: readonly ProcessListener[],
    fileBytes: ProcessWatch['fileBytes'] = () => undefined,
  ) {
    this.pc = pc;
    this.currentAt = currentAt;
    this.running = new RunningProcess(pc.cpu.physical, currentAt);
    this.listeners = listeners;
    this.fileBytes = fileBytes;
    pc.cpu.observesTransfers = true;
  }

  /** For PcOptions.observeTransfer. */
  observe(transfer: Transfer): void {
    if (transfer.kind === 'leave') this.leave();
    else if (transfer.vector === LINUX_VECTOR) this.enter(transfer.eip, transfer.esp);
  }

  /** Memory of the process that runs: what is mapped, and what its file will bring in. */
  bytes(linear: number, count: number): Uint8Array {
    const { physical, state } = this.pc.cpu;
    const found = peekBytes(physical, state, linear, count);
    if (found.length === count) return found;
    const rest = this.fileBytes((linear + found.length) >>> 0, count - found.length);
    if (!rest) return found;
    const all = new Uint8Array(found.length + rest.length);
    all.set(found);
    all.set(rest, found.length);
    return all;
  }

  private get directory(): number {
    return (this.pc.cpu.state.cr3 & DIRECTORY) >>> 0;
  }

  private get pid(): number {
    return this.running.pid(this.pc.cpu.state);
  }

  private enter(eip: number, esp: number): void {
    const { cpu } = this.pc;
    const { state } = cpu;
    const { pid, directory } = this;
    if (pid === 0) return;
    const values = [state.ebx, state.ecx, state.edx, state.esi, state.edi, state.ebp].map(value => value >>> 0);
    const name = systemCallName(state.eax);
    this.begin(pid, directory);
    for (const listener of this.listeners)
      listener.entered?.({ pid, directory, insn: cpu.now() + 1, number: state.eax, values, eip, esp }, this);
    this.inside.set(pid, name);
    if (/^v?fork$|^clone/.test(name)) this.forker = directory;
    const threads = this.threads.get(directory);
    threads?.delete(pid);
    if (name === 'exit_group' || (name === 'exit' && threads?.size === 0)) this.forget(directory);
    else if (name !== 'exit') threads?.add(pid);
  }

  private leave(): void {
    const { cpu } = this.pc;
    const { state } = cpu;
    const { directory } = this;
    // Most returns are from page faults and interrupts of a process that is known.
    if (this.inside.size === 0 && this.threads.has(directory)) return;
    const { pid } = this;
    if (pid === 0) return;
    const call = this.inside.get(pid);
    this.inside.delete(pid);
    if (call === 'execve' && state.eax === 0) this.forget(directory);
    const at = { pid, directory, insn: cpu.now() + 1, eip: state.eip >>> 0, esp: state.esp >>> 0, eax: state.eax };
    this.begin(pid, directory);
    for (const listener of this.listeners) listener.left?.(at, this);
  }

  private begin(pid: number, directory: number): void {
    if (this.threads.has(directory)) return;
    const { physical, state } = this.pc.cpu;
    const task = readTask(physical, state, this.currentAt);
    if (!task) return;
    this.threads.set(directory, new Set([pid]));
    // A program begins at its entry; a copy goes on where its parent was.
    const parent = state.eip >>> 0 === task.entry ? undefined : this.forker;
    for (const listener of this.listeners) listener.began?.({ pid, directory, task, parent });
  }

  private forget(directory: number): void {
    if (!this.threads.delete(directory)) return;
    for (const listener of this.listeners) listener.gone?.(directory, this.pc.cpu.now());
  }
}
