/**
 * Running to an exact count: between runs of the engine it takes what is pending, finds the block at EIP, and delivers what faulted. Near the end, and wherever
 * something is to happen after one instruction (traps, shadows), it steps: the instruction is executed by itself, from a record of its own.
 *
 * An instruction that faults counts as one, and so does each event delivered: no guest can keep the host busy without the count moving.
 */
import { Flag } from '../isa/flags.ts';
import type { BlockDecoder } from './block-decoder.ts';
import { type Breakpoints, Dr6 } from './breakpoints.ts';
import type { CodeCache } from './code-cache.ts';
import type { Cpu, StopReason } from './cpu.ts';
import type { Engine } from './engine.ts';
import { Pseudo } from './forms.ts';
import { deliverFault, deliverInterrupt, deliverNmi } from './interrupts.ts';
import { Outcome } from './outcome.ts';
import type { PendingEvents } from './pending-events.ts';
import { Field, MAX_BLOCK, RECORD_SIZE, writePseudo } from './record.ts';
import { RECORDS, STEP_RECORDS, type State } from './state.ts';

/** Longest slice in one go: budgets are 32-bit. */
const MAX_SLICE = 0x3fffffff;

export class RunLoop {
  private readonly cpu: Cpu;
  private readonly engine: Engine;
  private readonly state: State;
  private readonly view: DataView;
  private readonly code: CodeCache;
  private readonly decoder: BlockDecoder;
  private readonly breakpoints: Breakpoints;
  private readonly events: PendingEvents;
  /** Budget the engine was given, while it runs; 0 otherwise. */
  private slice = 0;

  constructor(cpu: Cpu, engine: Engine) {
    this.cpu = cpu;
    this.engine = engine;
    this.state = cpu.state;
    this.view = cpu.view;
    this.code = cpu.code;
    this.decoder = cpu.decoder;
    this.breakpoints = cpu.breakpoints;
    this.events = cpu.events;
  }

  /** See Cpu.run(). */
  run(limit: number): StopReason {
    const { cpu, state, code, events, breakpoints } = this;
    const end = cpu.insns + limit;
    while (cpu.insns < end) {
      if (cpu.stopRequested) {
        cpu.stopRequested = false;
        return 'requested';
      }
      const { undelivered } = events;
      if (undelivered) {
        events.undelivered = undefined;
        cpu.insns++;
        if (!deliverFault(cpu, undelivered)) return 'triple-fault';
        continue;
      }
      // The delivery of an exception or interrupt wrote to a data breakpoint: the trap comes before its handler.
      if (breakpoints.hits !== 0 && !events.stackShadow) {
        cpu.insns++;
        if (!this.afterInstruction()) return 'triple-fault';
        continue;
      }
      if (events.nmi && !cpu.nmiBlocked && !events.stackShadow) {
        cpu.halted = false;
        cpu.insns++;
        if (!deliverNmi(cpu)) return 'triple-fault';
        continue;
      }
      if (cpu.interruptLine && (state.eflags & Flag.IF) !== 0 && !events.shadow) {
        cpu.halted = false;
        cpu.insns++;
        if (!deliverInterrupt(cpu)) return 'triple-fault';
        continue;
      }
      if (cpu.halted) return 'halt';
      if (code.clearPending) code.clear();
      const armed = breakpoints.onExecutePage((state.csBase + state.eip) >>> 12);
      if (armed && this.executionBreakpoint()) {
        cpu.insns++;
        if (!deliverFault(cpu, { vector: 1, errorCode: undefined, keepsRf: true })) return 'triple-fault';
        continue;
      }
      if (cpu.observation.any && cpu.observation.meet((state.csBase + state.eip) | 0)) return 'observed';
      const careful =
        events.shadow ||
        breakpoints.restarting ||
        (state.eflags & (Flag.TF | Flag.RF)) !== 0 ||
        end - cpu.insns < MAX_BLOCK;
      events.shadow = false;
      events.stackShadow = false;
      const record = armed ? 0 : this.decoder.lookup();
      if (record === 0 || careful) {
        if (!this.step(record)) return 'triple-fault';
        continue;
      }
      const slice = Math.min(end - cpu.insns, this.engine.longestSlice ?? MAX_SLICE);
      state.pcBase = state.eip - ((state.csBase + state.eip) & 0xfff);
      if (!this.runSlice(record, slice) || !this.afterInstruction()) return 'triple-fault';
    }
    return 'limit';
  }

  /** See Cpu.now(). */
  now(): number {
    const { insns } = this.cpu;
    if (this.slice === 0) return insns;
    const { exitRecord, budget } = this.state;
    return insns + this.slice - budget + this.view.getUint8(exitRecord + Field.index);
  }

  /** The engine is running. */
  get inSlice(): boolean {
    return this.slice !== 0;
  }

  private runSlice(record: number, slice: number): boolean {
    const { state } = this;
    this.slice = slice;
    state.budget = slice;
    const outcome = this.engine.run(record);
    this.cpu.insns += slice - state.budget;
    this.slice = 0;
    if (outcome === Outcome.link) this.link();
    else if (outcome === Outcome.fault) return this.faulted();
    return true;
  }

  /** Sets the link of the direct jump that asked for it: to a block on the same page, or 1 for "look it up". */
  private link(): void {
    const { state, view, code } = this;
    const from = state.exitRecord;
    if (from < RECORDS) return;
    const target = state.eip;
    this.engine.jumped?.(from, (state.csBase + target) | 0);
    const emptiedBefore = code.counts.emptied;
    const samePage =
      target - state.pcBase >= 0 && target - state.pcBase < 0x1000 && view.getUint16(from + Field.next, true) <= 0x1000;
    const record = samePage ? this.decoder.lookup() : 0;
    // Looking up may have emptied the arena, and `from` with it.
    if (code.counts.emptied !== emptiedBefore) return;
    if (!samePage || code.crossing.has(record) || code.apart.has(record)) view.setInt32(from + Field.link, 1, true);
    else if (record !== 0) view.setInt32(from + Field.link, record, true);
  }

  /** The instruction at EIP faulted; or came upon a page with a data breakpoint, and has not been. */
  private faulted(): boolean {
    const { cpu, breakpoints } = this;
    if (breakpoints.restarting) {
      cpu.insns--;
      return true;
    }
    breakpoints.hits = 0;
    return deliverFault(cpu, cpu.fault);
  }

  /** Whether a breakpoint is hit at EIP; DR6 says so then. RF and MOV SS hold it off. */
  private executionBreakpoint(): boolean {
    const { state } = this;
    if ((state.eflags & Flag.RF) !== 0 || this.events.stackShadow) return false;
    const hits = this.breakpoints.executing((state.csBase + state.eip) | 0);
    if (hits === 0) return false;
    state.dr6 = (state.dr6 & ~15) | hits;
    return true;
  }

  /** What an instruction leaves behind: the fault of a task it has switched to, debug traps. False: the processor shut down. */
  private afterInstruction(): boolean {
    const { cpu, state, breakpoints, events } = this;
    const { deferred } = events;
    if (deferred) {
      events.deferred = undefined;
      return deliverFault(cpu, deferred);
    }
    if (breakpoints.hits === 0 || events.stackShadow) return true;
    if ((breakpoints.hits & 15) !== 0) state.dr6 &= ~15;
    state.dr6 |= breakpoints.hits;
    breakpoints.hits = 0;
    return deliverFault(cpu, { vector: 1, errorCode: undefined, keepsRf: true });
  }

  /** Executes the one instruction at EIP; `record` is its cached record, or 0. Debug traps afterwards. */
  private step(record: number): boolean {
    const { cpu, state, view, breakpoints, events } = this;
    const trap = (state.eflags & Flag.TF) !== 0;
    const { eip } = state;
    const start = (state.csBase + eip) & 0xfff;
    breakpoints.restarting = false;
    if (record !== 0) {
      cpu.words.copyWithin(STEP_RECORDS >> 2, record >> 2, (record + RECORD_SIZE) >> 2);
      view.setUint8(STEP_RECORDS + Field.index, 0);
      if (view.getUint16(record + Field.form, true) === Pseudo.compiled)
        view.setUint16(STEP_RECORDS + Field.form, this.engine.formAt!(record), true);
    } else {
      const decoded = this.decoder.decodeAt(eip);
      if (!decoded) {
        cpu.insns++;
        return this.faulted();
      }
      this.decoder.write(decoded, STEP_RECORDS, 0, start);
    }
    writePseudo(view, STEP_RECORDS + RECORD_SIZE, Pseudo.stop, 1, view.getUint16(STEP_RECORDS + Field.next, true));
    state.pcBase = eip - start;
    const next = state.pcBase + view.getUint16(STEP_RECORDS + Field.next, true);
    const before = cpu.insns;
    events.trapHeld = false;
    // RF holds for one instruction; a fault pushes it set whatever it was.
    state.eflags &= ~Flag.RF;
    breakpoints.stepping = true;
    const delivered = this.runSlice(STEP_RECORDS, 1);
    breakpoints.stepping = false;
    if (!delivered) return false;
    // A REP left half done goes on from where it is without meeting its breakpoint again, and traps after each iteration.
    if (breakpoints.armed && state.eip === eip && this.isRepeated(eip)) state.eflags |= Flag.RF;
    const branched = !cpu.modelRegisters.branchTraps || state.eip !== (next | 0);
    if (trap && branched && !events.trapHeld && !events.stackShadow && cpu.insns > before) breakpoints.hits |= Dr6.BS;
    return this.afterInstruction();
  }

  private isRepeated(eip: number): boolean {
    const decoded = this.decoder.decodeAt(eip);
    return decoded !== undefined && decoded.repeat !== 0 && decoded.row.operands.some(o => /^[XY]/.test(o));
  }
}
