/**
 * System control port B, 61h: the speaker, and what a PC can be timed by. Source: IBM PC/AT technical reference, "System board I/O".
 *
 * | bit | write                   | read                                |
 * |-----|-------------------------|-------------------------------------|
 * | 0   | gate of PIT channel 2   | the same                            |
 * | 1   | speaker data            | the same                            |
 * | 2-3 | parity, channel checks off | the same                         |
 * | 4   |                         | toggles with each refresh, 15 us    |
 * | 5   |                         | OUT of PIT channel 2                |
 * | 6-7 |                         | channel and parity check: never set |
 *
 * Not modelled: the sound.
 */
import { DividedClock } from './divided-clock.ts';
import { type I8254, PIT_HZ } from './i8254-pit.ts';
import type { Clock, PortSpace, Snapshotting } from './wiring.ts';

const GATE2 = 0x01;
const WRITABLE = 0x0f;
/** PIT clocks between refreshes, as a PC programs channel 1. */
const REFRESH = 18;

export class PortB implements Snapshotting {
  private readonly pit: I8254;
  private readonly clock: DividedClock;
  private latch = 0;

  constructor(ports: PortSpace, clock: Clock, pit: I8254) {
    this.pit = pit;
    this.clock = new DividedClock(clock, PIT_HZ);
    ports.claim('port B', 0x61, 1, { read: () => this.read(), write: (_port, value) => this.write(value) });
    this.reset();
  }

  reset(): void {
    this.write(0);
  }

  private read(): number {
    const refresh = Math.floor(this.clock.count() / REFRESH) & 1;
    return this.latch | (refresh << 4) | (this.pit.out2 ? 0x20 : 0);
  }

  private write(value: number): void {
    this.latch = value & WRITABLE;
    this.pit.setGate2((value & GATE2) !== 0);
  }

  save(): unknown {
    return { latch: this.latch };
  }

  /** The gate is the PIT's to restore. */
  load(state: unknown): void {
    this.latch = (state as { latch: number }).latch;
  }
}
