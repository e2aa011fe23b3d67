/**
 * 8254 programmable interval timer: channel 0 on IRQ 0, channel 1 (once DRAM refresh), channel 2 to the speaker. CLK is 1,193,182 Hz.
 * Source: Intel 82C54 datasheet (231244).
 *
 * | port    | write                                                     | read                 |
 * |---------|-----------------------------------------------------------|----------------------|
 * | 40h-42h | count of channel 0-2, by its access mode                  | status, latch, count |
 * | 43h     | control word; bits 7-6 the channel, 3: read-back command | nothing              |
 *
 * The one-clock low pulse of modes 2, 4 and 5 is put on IRQ 0 at its end, fall and rise together.
 */
import { DividedClock } from './divided-clock.ts';
import { Channel } from './i8254-channel.ts';
import type { Clock, Line, PortSpace, Snapshotting, Timer } from './wiring.ts';

export const PIT_HZ = 1_193_182;

/** Control word bits that choose the access mode; none: latch the count. */
const ACCESS = 0x30;
/** Read-back command: bits 5 and 4 clear latch count and status of the channels in bits 3-1. */
const READ_BACK = { noCount: 0x20, noStatus: 0x10 } as const;

export class I8254 implements Snapshotting {
  private readonly channels: readonly [Channel, Channel, Channel];
  private readonly clock: DividedClock;
  private readonly irq: Line;
  private readonly timer: Timer;
  private pulse = false;
  private armed = false;

  constructor(ports: PortSpace, clock: Clock, irq: Line) {
    this.clock = new DividedClock(clock, PIT_HZ);
    this.irq = irq;
    const clocks = () => this.clock.count();
    this.channels = [new Channel(clocks), new Channel(clocks), new Channel(clocks)];
    this.timer = clock.timer(() => {
      if (this.pulse) this.irq.set(false);
      this.update();
    });
    ports.claim('8254 PIT', 0x40, 4, {
      read: port => (port === 0x43 ? 0xff : this.channels[port & 3]!.read()),
      write: (port, value) => this.write(port & 3, value),
    });
  }

  reset(): void {
    for (const channel of this.channels) channel.reset();
    this.update();
  }

  /** Channel 2's gate, from port 61h; those of the others are tied high. */
  setGate2(level: boolean): void {
    this.channels[2].setGate(level);
  }

  get out2(): boolean {
    return this.channels[2].out;
  }

  /** Whether IRQ 0 will rise by itself some time. */
  get willInterrupt(): boolean {
    return this.armed;
  }

  private write(register: number, value: number): void {
    if (register < 3) this.channels[register]!.write(value);
    else if (value >> 6 === 3) this.readBack(value);
    else if ((value & ACCESS) === 0) this.channels[value >> 6]!.latchCount();
    else this.channels[value >> 6]!.control(value);
    this.update();
  }

  private readBack(command: number): void {
    this.channels.forEach((channel, i) => {
      if (((command >> (i + 1)) & 1) === 0) return;
      if ((command & READ_BACK.noCount) === 0) channel.latchCount();
      if ((command & READ_BACK.noStatus) === 0) channel.latchStatus();
    });
  }

  /** Puts channel 0's OUT on the line and waits for its next change. */
  private update(): void {
    this.irq.set(this.channels[0].out);
    const { at, pulse } = this.channels[0].nextChange();
    this.pulse = pulse;
    this.armed = Number.isFinite(at);
    if (this.armed) this.timer.at(this.clock.tickOf(at));
    else this.timer.cancel();
  }

  save(): unknown {
    return this.channels.map(channel => channel.save());
  }

  load(state: unknown): void {
    this.channels.forEach((channel, i) => {
      channel.load((state as unknown[])[i]);
    });
    this.update();
  }
}
