/**
 * When the bytes of a serial line's far end arrive. Two ways:
 *
 * - paced (a terminal at `boot`): from when the guest first listens, one byte a character time, held back while the receiver is full:
 *   the far end respects a flow control that the wire does not have. Nothing is lost, and a guest that starts late misses nothing.
 * - on demand (standard input of `run`): one byte at a time, only while RTS is up and the receiver is empty: at once when RTS rises,
 *   then a character time after the last byte was taken, so that the guest may lower RTS first. A guest never sees bytes it did not
 *   wait for, so what it does cannot depend on how fast they came. When they are not there yet, time must stand still: `starved`.
 */
import type { Clock, SerialSource, Snapshotting, Timer } from './wiring.ts';

export interface SerialReceiver {
  readonly hasRoom: boolean;
  readonly isEmpty: boolean;
  /** Ticks that a character takes at the line's speed. */
  readonly characterTime: number;
  receive(byte: number): void;
  /** The far end is gone for good. */
  hangUp(): void;
}

const NONE = -1;

export class SerialInput implements Snapshotting {
  /** On demand, and the byte that the guest waits for is not there: it must not run on before it is. */
  starved = false;
  private readonly source: SerialSource | undefined;
  private readonly onDemand: boolean;
  private readonly receiver: SerialReceiver;
  private readonly clock: Clock;
  private readonly timer: Timer;
  private readonly onStarved: () => void;
  private r = {
    /** The guest listens (paced), or raises RTS (on demand). */
    open: false,
    ended: false,
    /** The source had nothing when last asked. */
    dry: false,
    /** Byte on the wire, or -1. */
    inFlight: NONE,
    /** When the timer is due; 0 when it is not set. */
    due: 0,
  };

  constructor(
    source: SerialSource | undefined,
    onDemand: boolean,
    receiver: SerialReceiver,
    clock: Clock,
    onStarved: () => void,
  ) {
    this.source = source;
    this.onDemand = onDemand;
    this.receiver = receiver;
    this.clock = clock;
    this.onStarved = onStarved;
    this.timer = clock.timer(() => {
      this.r.due = 0;
      this.arrive();
    });
  }

  reset(): void {
    this.starved = false;
    this.r.open = false;
    // A byte on the wire is not lost: it arrives when the guest listens again.
    this.disarm();
  }

  /** Only more input could move this line on. */
  get waits(): boolean {
    return this.r.open && this.r.dry && !this.r.ended;
  }

  /** A byte is on its way. */
  get willReceive(): boolean {
    return this.r.due !== 0;
  }

  /** The guest has shown that it listens. */
  listen(): void {
    if (this.onDemand || this.r.open) return;
    this.r.open = true;
    this.poll();
  }

  setRts(up: boolean): void {
    if (!this.onDemand || up === this.r.open) return;
    this.r.open = up;
    this.starved = false;
    if (up) this.poll();
    else this.disarm();
  }

  /** The guest took a byte. */
  taken(): void {
    if (!this.r.open) return;
    if (this.onDemand) this.arm();
    else if (this.r.inFlight !== NONE && this.r.due === 0) this.arrive();
  }

  /** Asks the source again, if it is its turn. */
  poll(): void {
    const { r } = this;
    if (!this.source || !r.open || r.ended || r.due !== 0) return;
    if (this.onDemand) {
      if (this.receiver.isEmpty) this.arrive();
    } else if (r.inFlight === NONE) {
      this.fetch();
      if (r.inFlight !== NONE) this.arm();
    } else {
      this.arrive();
    }
  }

  /** Takes the next byte from the source into `inFlight`, if there is one. */
  private fetch(): void {
    const { r } = this;
    if (!this.source || r.ended) return;
    const next = this.source.next();
    r.dry = next === 'wait';
    if (next === 'eof') {
      r.ended = true;
      if (this.onDemand) this.receiver.hangUp();
    } else if (next !== 'wait') {
      r.inFlight = next & 0xff;
    }
  }

  /** The byte on the wire reaches the receiver; the next is put on it. */
  private arrive(): void {
    const { r, receiver } = this;
    if (this.onDemand) {
      if (!r.open || !receiver.isEmpty) return;
      if (r.inFlight === NONE) this.fetch();
      this.starved = r.inFlight === NONE && r.dry;
      if (this.starved) this.onStarved();
    }
    if (r.inFlight === NONE || !receiver.hasRoom) return;
    const byte = r.inFlight;
    r.inFlight = NONE;
    receiver.receive(byte);
    if (this.onDemand) return;
    this.fetch();
    if (r.inFlight !== NONE) this.arm();
  }

  private arm(): void {
    this.r.due = this.clock.now() + this.receiver.characterTime;
    this.timer.at(this.r.due);
  }

  private disarm(): void {
    this.r.due = 0;
    this.timer.cancel();
  }

  save(): unknown {
    return { ...this.r, starved: this.starved };
  }

  load(state: unknown): void {
    const { starved, ...r } = state as typeof this.r & { starved: boolean };
    this.starved = starved;
    this.r = r;
    if (r.due !== 0) this.timer.at(r.due);
    else this.timer.cancel();
  }
}
