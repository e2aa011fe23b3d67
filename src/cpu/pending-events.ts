/**
 * What waits for the end of the instruction under way, and what holds it off. Source: SDM vol. 3, 6.8.3 (masking exceptions after a load of SS), 6.9
 * (priorities among events).
 */
import { Flag } from '../isa/flags.ts';
import type { Breakpoints } from './breakpoints.ts';
import type { Fault } from './bus.ts';
import type { CodeCache } from './code-cache.ts';
import type { Cpu } from './cpu.ts';
import { Field } from './record.ts';
import { fieldAddress } from './state.ts';

const EFLAGS = fieldAddress('eflags') >> 2;
const BUDGET = fieldAddress('budget') >> 2;
const INTERRUPT_LINE = fieldAddress('interruptLine') >> 2;

export class PendingEvents {
  /** Interrupts are held off for one instruction: after STI, MOV SS, POP SS. */
  shadow = false;
  /** The same for NMI and debug exceptions, after MOV SS and POP SS alone. */
  stackShadow = false;
  /**
   * The instruction under way takes no single-step trap: an event was delivered, which cleared TF. An instruction that clears TF by itself (POPF, IRET)
   * is still followed by the trap. Source: SDM vol. 3, 17.3.1.4.
   */
  trapHeld = false;
  /** An NMI has been signalled and not yet been delivered. */
  nmi = false;
  /** A task switch has been committed by the instruction under way: what faults from now on is the new task's. */
  taskSwitched = false;
  /** A fault to be delivered as soon as the instruction under way is complete: the new task's, after a task switch. */
  deferred: Fault | undefined;
  /** A fault in delivering others, to be delivered before anything else: see deliverFault(). */
  undelivered: Fault | undefined;
  private nmiLevel = false;
  private readonly cpu: Cpu;
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;
  private readonly code: CodeCache;
  private readonly breakpoints: Breakpoints;

  constructor(cpu: Cpu) {
    this.cpu = cpu;
    this.words = cpu.words;
    this.bytes = cpu.bytes;
    this.code = cpu.code;
    this.breakpoints = cpu.breakpoints;
  }

  /** The level of the NMI line stays what it is. */
  reset(): void {
    this.shadow = false;
    this.stackShadow = false;
    this.trapHeld = false;
    this.nmi = false;
    this.taskSwitched = false;
    this.deferred = undefined;
    this.undelivered = undefined;
  }

  /** The rising edge of NMI is remembered. */
  driveNmi(level: boolean): void {
    if (level && !this.nmiLevel) this.nmi = true;
    this.nmiLevel = level;
  }

  /** After a load of SS the next instruction, which loads ESP, runs undisturbed. */
  holdOff(): void {
    this.shadow = true;
    this.stackShadow = true;
  }

  /** Something wants the run loop's attention before the next instruction: an interrupt, a stop, a single-step trap. */
  get waiting(): boolean {
    const eflags = this.words[EFLAGS]!;
    return (
      this.cpu.stopRequested ||
      this.nmi ||
      this.breakpoints.hits !== 0 ||
      (this.words[INTERRUPT_LINE] !== 0 && (eflags & Flag.IF) !== 0) ||
      (eflags & Flag.TF) !== 0
    );
  }

  /** After the instruction at `record`: nothing of what the run loop looks at is the case, so that the engine may go on at EIP by itself. */
  goesOn(record: number): boolean {
    const { words, breakpoints } = this;
    if (
      this.waiting ||
      this.cpu.halted ||
      breakpoints.restarting ||
      this.code.clearPending ||
      this.deferred !== undefined ||
      breakpoints.armed ||
      breakpoints.watching
    )
      return false;
    if (!this.shadow && (words[EFLAGS]! & Flag.RF) === 0) return true;
    // These are over once the next instruction has begun. Where it is certain that one will, with nothing to be held off, they can be over now.
    if (words[BUDGET]! - this.bytes[record + Field.index]! < 2) return false;
    this.shadow = false;
    this.stackShadow = false;
    words[EFLAGS] = words[EFLAGS]! & ~Flag.RF;
    return true;
  }
}
