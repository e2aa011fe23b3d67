/**
 * Virtual time: instructions executed plus the ticks skipped while the processor was halted. Exact to the instruction, and the only
 * time there is: no device reads the host's clock.
 *
 * Whoever runs the processor asks for `next`, runs up to exactly that tick, and calls fireDue(). An alarm set meanwhile for a tick
 * before `horizon` says so through `onEarlier`, so that the run in progress can be cut short.
 */
import type { Clock, Timer } from '../devices/wiring.ts';

/** Ticks a virtual second: see docs/platform.md. */
export const CLOCK_HZ = 100_000_000;

interface Alarm {
  due: number;
  readonly fire: () => void;
}

export class VirtualClock implements Clock {
  readonly hz = CLOCK_HZ;
  /** The tick up to which the processor has leave to run. */
  horizon = 0;
  /** An alarm has been set for before the horizon. */
  onEarlier: () => void = () => {};

  private readonly instructions: () => number;
  /** A board has a dozen alarms at most: finding the least of a short list is cheaper than keeping it in order. */
  private readonly alarms: Alarm[] = [];
  private skipped = 0;
  private least = Number.POSITIVE_INFINITY;

  /** `instructions`: how many have been completed, also from within one. */
  constructor(instructions: () => number) {
    this.instructions = instructions;
  }

  now(): number {
    return this.instructions() + this.skipped;
  }

  /** Ticks that passed without instructions: how idle the guest is. */
  get idle(): number {
    return this.skipped;
  }

  /** The tick of the earliest alarm; Infinity when none is set. */
  get next(): number {
    return this.least;
  }

  timer(fire: () => void): Timer {
    const alarm: Alarm = { due: Number.POSITIVE_INFINITY, fire };
    this.alarms.push(alarm);
    return {
      at: tick => {
        alarm.due = tick;
        this.findLeast();
        if (tick < this.horizon) this.onEarlier();
      },
      cancel: () => {
        alarm.due = Number.POSITIVE_INFINITY;
        this.findLeast();
      },
    };
  }

  /** Lets time pass without instructions, up to `tick`; a tick in the past changes nothing. */
  skipTo(tick: number): void {
    this.skipped += Math.max(0, tick - this.now());
  }

  /** Fires what is due, earliest first; of alarms for the same tick, the one whose device was built first. */
  fireDue(): void {
    // An alarm that sets itself for now again waits for the next call: nothing a guest programs can keep the host in here.
    const now = this.now();
    if (this.least > now) return;
    const due = this.alarms.filter(alarm => alarm.due <= now).sort((a, b) => a.due - b.due);
    for (const alarm of due) {
      // One that fired before it may have put it off or cancelled it.
      if (alarm.due > now) continue;
      alarm.due = Number.POSITIVE_INFINITY;
      alarm.fire();
    }
    this.findLeast();
  }

  private findLeast(): void {
    let least = Number.POSITIVE_INFINITY;
    for (const { due } of this.alarms) if (due < least) least = due;
    this.least = least;
  }

  /** Alarms are not part of it: each device sets its own again when it is loaded. */
  save(): unknown {
    return { now: this.now() };
  }

  load(state: unknown): void {
    this.skipped = (state as { now: number }).now - this.instructions();
  }
}
