/**
 * Puts observation points on a program's allocator, and on where its calls return to, and has an AllocationTrace make sense of what is seen there. A point on a
 * return address stays: a program has few places that allocate, and comes by often.
 */

import type { AllocationEvent, AllocationSummary, Caller } from '../inspect/allocations/events.ts';
import { type AllocatorFunction, ArgumentCounts, findAllocator } from '../inspect/allocations/functions.ts';
import type { HeapModel } from '../inspect/allocations/heap-model.ts';
import { summarize, Tally } from '../inspect/allocations/summary.ts';
import { AllocationTrace } from '../inspect/allocations/trace.ts';
import { RunningProcess } from '../inspect/maps.ts';
import { peekBytes, peekLinear32 } from '../inspect/page-walk.ts';
import { sourceFile } from '../inspect/program-image.ts';
import type { Process, ProcessListener, SystemCallEntry, UserReturn } from './process-watch.ts';
import type { ProgramSession } from './program-session.ts';

const USER = 3;
const ESP = 4;
const DIRECTORY = 0xfffff000;

export interface AllocationWatchOptions {
  event?(event: AllocationEvent, model: HeapModel): void;
  /** A process that allocated has ended, or begun another program. */
  ended?(summary: AllocationSummary): void;
}

export class AllocationWatch implements ProcessListener {
  readonly trace: AllocationTrace;
  private readonly session: ProgramSession;
  private readonly options: AllocationWatchOptions;
  private readonly current: RunningProcess;
  private readonly callers = new Map<number, Caller>();
  private readonly observed = new Set<number>();
  /** Number of the process, and its counts, by address space. */
  private readonly running = new Map<number, { pid: number; tally: Tally }>();
  private found: readonly AllocatorFunction[] | undefined;
  /** The program has run, and has no function by which an allocator is known. */
  missing = false;

  constructor(session: ProgramSession, options: AllocationWatchOptions) {
    this.session = session;
    this.options = options;
    this.current = new RunningProcess(session.pc.cpu.physical, session.currentAt ?? 0);
    this.trace = new AllocationTrace({
      caller: back => this.callerOf(back),
      event: (event, model) => {
        // Of the address space that the model is of.
        for (const [directory, { tally }] of this.running) if (this.trace.model(directory) === model) tally.add(event);
        options.event?.(event, model);
      },
    });
  }

  /** What is known of a return address. */
  callerOf(back: number): Caller {
    let caller = this.callers.get(back);
    if (!caller) {
      const { symbol, source } = this.session.image.callerPlace(back);
      caller = { address: back, symbol: symbol ?? null, file: sourceFile(source) ?? null, line: source?.line ?? null };
      this.callers.set(back, caller);
    }
    return caller;
  }

  // ---- processes

  began({ pid, directory, task, parent }: Process): void {
    if (!this.session.runsProgram(task)) return;
    const inherited = parent !== undefined && this.running.has(parent) ? parent : undefined;
    this.trace.begin(directory, task.startBrk, task.brk, inherited);
    this.running.set(directory, { pid, tally: new Tally() });
    if (this.found) return;
    this.found = findAllocator(this.session.imageAt(task.entry).symbols);
    this.missing = this.found.length === 0;
    for (const one of this.found) this.observe(one.linear, () => this.called(one));
  }

  entered({ pid, directory, number, values }: SystemCallEntry): void {
    if (this.running.has(directory)) this.trace.systemCall({ pid, directory, number, values });
  }

  left({ pid, directory, eax }: UserReturn): void {
    if (this.running.has(directory)) this.trace.systemCallDone({ pid, directory, eax });
  }

  gone(directory: number): void {
    const process = this.running.get(directory);
    const model = this.trace.end(directory);
    this.running.delete(directory);
    if (process && model)
      this.options.ended?.(summarize(process.pid, model, process.tally, back => this.callerOf(back)));
  }

  /** The run is over: whoever still runs has ended. */
  close(): void {
    for (const directory of [...this.running.keys()]) this.gone(directory);
  }

  // ---- points

  private observe(linear: number, met: () => void): void {
    if (this.observed.has(linear)) return;
    this.observed.add(linear);
    const { cpu } = this.session.pc;
    cpu.observation.add({
      linear,
      meet: () => {
        if (cpu.state.cpl === USER && this.running.has(this.directory)) met();
        return undefined;
      },
    });
  }

  private get directory(): number {
    return (this.session.pc.cpu.state.cr3 & DIRECTORY) >>> 0;
  }

  private get pid(): number {
    return this.current.pid(this.session.pc.cpu.state);
  }

  private read(linear: number): number | undefined {
    const { physical, state } = this.session.pc.cpu;
    return peekLinear32(physical, state, linear >>> 0);
  }

  private called({ name }: AllocatorFunction): void {
    const { cpu } = this.session.pc;
    const esp = cpu.register(ESP) >>> 0;
    const count = ArgumentCounts[name];
    const bytes = peekBytes(cpu.physical, cpu.state, esp, 4 + count * 4);
    if (bytes.length < 4 + count * 4) return;
    const view = new DataView(bytes.buffer);
    const back = view.getUint32(0, true);
    const values = Array.from({ length: count }, (_, i) => view.getUint32(4 + i * 4, true));
    const { pid, directory } = this;
    this.trace.entered({ pid, directory, insn: cpu.insns + 1, name, values, back, esp });
    this.observe(back, () => this.returned(back));
  }

  private returned(back: number): void {
    const { state } = this.session.pc.cpu;
    const { pid, directory } = this;
    const at = { pid, directory, back, esp: state.esp >>> 0, eax: state.eax };
    this.trace.returned(at, linear => this.read(linear));
  }
}
