/** A bench for one chip: a clock moved by hand, a port space, and wires that remember. */
import type { Line, Width } from '../../src/devices/wiring.ts';
import { VirtualClock } from '../../src/machine/clock.ts';
import { PortBus } from '../../src/machine/ports.ts';

export class Board {
  readonly clock = new VirtualClock(() => 0);
  readonly log: string[] = [];
  readonly ports = new PortBus(message => this.log.push(message));

  /** Lets time pass up to `tick`, firing every alarm at its own tick. */
  until(tick: number): void {
    while (this.clock.next <= tick) {
      this.clock.skipTo(this.clock.next);
      this.clock.fireDue();
    }
    this.clock.skipTo(tick);
  }

  pass(ticks: number): void {
    this.until(this.clock.now() + ticks);
  }

  in(port: number, width: Width = 1): number {
    return this.ports.read(port, width);
  }

  out(port: number, ...values: number[]): void {
    for (const value of values) this.ports.write(port, value, 1);
  }
}

/** A wire: its level, and at which ticks it rose. */
export class Wire implements Line {
  level = false;
  readonly rises: number[] = [];
  private readonly now: () => number;

  constructor(board?: Board) {
    this.now = () => board?.clock.now() ?? 0;
  }

  set(level: boolean): void {
    if (level && !this.level) this.rises.push(this.now());
    this.level = level;
  }
}
