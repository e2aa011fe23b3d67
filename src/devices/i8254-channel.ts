/**
 * One counter of an 8254, as a function of its clock: nothing is counted, the count and OUT follow from when it was loaded.
 * Source: Intel 82C54 datasheet (231244), "Mode definitions".
 *
 * | mode | OUT while it counts N                       | gate                    | a new count                    |
 * |------|---------------------------------------------|-------------------------|--------------------------------|
 * | 0    | low, high from N on                         | low holds the count     | is loaded at once              |
 * | 1    | high, low from the trigger to N             | rising edge triggers    | counts from the next trigger   |
 * | 2    | high, low for the last clock of each N      | low stops, rise reloads | counts from the next period    |
 * | 3    | high for the first half of N, low after     | low stops, rise reloads | counts from the next half      |
 * | 4    | high, low for one clock at N                | low holds the count     | is loaded at once              |
 * | 5    | as 4, from the trigger                      | rising edge triggers    | counts from the next trigger   |
 *
 * A count of 1 in modes 2 and 3, which the datasheet forbids, counts as 2.
 */
import type { Snapshotting } from './wiring.ts';

/** A finite one, so that a snapshot can be written as JSON. */
const NEVER = Number.MAX_SAFE_INTEGER;

const powerOn = () => ({
  mode: 0,
  bcd: false,
  /** Control word bits 5-4: 1 low byte, 2 high byte, 3 low then high. */
  access: 3,
  gate: true,
  /** A count has been written (and a trigger come, where one is needed). */
  counting: false,
  /** The count in use, 1 to 65,536, and the clock at which it was loaded. */
  count: 0x10000,
  start: 0,
  /** Clocks counted when the gate stopped it, or -1 while it runs. */
  held: -1,
  /** OUT when mode 1 was last triggered: it stays so until the clock that loads the count. */
  wasHigh: true,
  /** A count that waits for a trigger (`nextAt` NEVER) or the end of a period; 0 for none. */
  next: 0,
  nextAt: 0,
  /** First byte of a two-byte count, or -1. */
  lowByte: -1,
  /** The second byte of a two-byte read is due. */
  readHigh: false,
  /** Latched count and status, or -1. */
  latch: -1,
  status: -1,
});

export class Channel implements Snapshotting {
  private r = powerOn();
  private readonly clocks: () => number;

  /** `clocks`: cycles of CLK since power-on. */
  constructor(clocks: () => number) {
    this.clocks = clocks;
  }

  reset(): void {
    this.r = { ...powerOn(), gate: this.r.gate };
  }

  // ---- what follows from the time

  /** Clocks since the count was loaded; negative before the clock that loads it. */
  private elapsed(now: number): number {
    return this.r.held >= 0 ? this.r.held : now - this.r.start;
  }

  private get periodic(): boolean {
    return this.r.mode === 2 || this.r.mode === 3;
  }

  private get triggered(): boolean {
    return this.r.mode === 1 || this.r.mode === 5;
  }

  /** Brings a waiting count into use when its time has come. */
  private settle(now: number): void {
    const { r } = this;
    if (r.next === 0 || now < r.nextAt) return;
    const low = r.mode === 3 && (r.nextAt - r.start) % r.count !== 0;
    r.start = r.nextAt - (low ? Math.ceil(r.next / 2) : 0);
    r.count = r.next;
    r.next = 0;
  }

  /** The level of OUT. */
  get out(): boolean {
    const { r } = this;
    const now = this.clocks();
    this.settle(now);
    if (!r.counting) return r.mode !== 0;
    const elapsed = this.elapsed(now);
    switch (r.mode) {
      case 0:
        return elapsed >= r.count;
      case 1:
        return elapsed < 0 ? r.wasHigh : elapsed >= r.count;
      case 2:
        return !r.gate || elapsed < 0 || elapsed % r.count !== r.count - 1;
      case 3:
        return !r.gate || elapsed < 0 || elapsed % r.count < Math.ceil(r.count / 2);
      default:
        return elapsed !== r.count;
    }
  }

  /** The clock of the next change of OUT that matters to an interrupt input, or Infinity. `pulse`: one clock of low ends there. */
  nextChange(): { at: number; pulse: boolean } {
    const { r } = this;
    const now = this.clocks();
    this.settle(now);
    const never = { at: Number.POSITIVE_INFINITY, pulse: false };
    if (!r.counting || r.held >= 0 || (this.periodic && !r.gate)) return never;
    if (this.periodic) {
      const period = r.start + Math.max(0, Math.floor((now - r.start) / r.count)) * r.count;
      const half = period + Math.ceil(r.count / 2);
      if (r.mode === 3 && now < half) return { at: half, pulse: false };
      return { at: period + r.count, pulse: r.mode === 2 };
    }
    const pulse = r.mode >= 4;
    const at = r.start + r.count + (pulse ? 1 : 0);
    return at > now ? { at, pulse } : never;
  }

  /** The counting element as it would be read. */
  private get value(): number {
    const { r } = this;
    const now = this.clocks();
    this.settle(now);
    const elapsed = Math.max(0, this.elapsed(now));
    const modulus = r.bcd ? 10000 : 0x10000;
    let value = r.count - elapsed;
    if (r.mode === 2) value = r.count - (elapsed % r.count);
    if (r.mode === 3) {
      const half = Math.ceil(r.count / 2);
      const inPeriod = elapsed % r.count;
      value = (r.count & ~1) - 2 * (inPeriod < half ? inPeriod : inPeriod - half);
    }
    value = ((value % modulus) + modulus) % modulus;
    return r.bcd ? toBcd(value) : value;
  }

  // ---- gate

  setGate(gate: boolean): void {
    const { r } = this;
    if (gate === r.gate) return;
    const now = this.clocks();
    this.settle(now);
    r.gate = gate;
    if (gate && this.triggered) this.trigger(now);
    else if (gate && r.held >= 0) {
      r.start = this.periodic ? now + 1 : now - r.held;
      r.held = -1;
      if (this.periodic) this.reload();
    } else if (!gate && !this.triggered && r.counting) r.held = Math.max(0, now - r.start);
  }

  private trigger(now: number): void {
    const { r } = this;
    if (!r.counting && r.next === 0) return;
    r.wasHigh = this.out;
    r.counting = true;
    r.start = now + 1;
    this.reload();
  }

  private reload(): void {
    const { r } = this;
    if (r.next !== 0) r.count = r.next;
    r.next = 0;
  }

  // ---- the processor's side

  /** A control word for this counter: bits 5-4 access, 3-1 mode, 0 BCD. */
  control(word: number): void {
    const { r } = this;
    const mode = (word >> 1) & 7;
    this.r = {
      ...powerOn(),
      gate: r.gate,
      count: r.count,
      mode: mode > 5 ? mode - 4 : mode,
      bcd: (word & 1) !== 0,
      access: (word >> 4) & 3,
    };
  }

  write(byte: number): void {
    const { r } = this;
    if (r.access !== 3) {
      this.loadCount(r.access === 1 ? byte : byte << 8);
    } else if (r.lowByte < 0) {
      r.lowByte = byte;
      // Half a count stops mode 0.
      if (r.mode === 0) r.counting = false;
    } else {
      this.loadCount((byte << 8) | r.lowByte);
      r.lowByte = -1;
    }
  }

  private loadCount(written: number): void {
    const { r } = this;
    const now = this.clocks();
    this.settle(now);
    let count = r.bcd ? fromBcd(written) || 10000 : written || 0x10000;
    if (this.periodic) count = Math.max(2, count);
    if (this.triggered) {
      r.next = count;
      r.nextAt = NEVER;
    } else if (this.periodic && r.counting) {
      r.next = count;
      r.nextAt = r.held >= 0 ? NEVER : this.nextBoundary(now);
    } else {
      r.count = count;
      r.start = now + 1;
      r.counting = true;
      r.held = r.gate ? -1 : 0;
      r.next = 0;
    }
  }

  /** End of the period, or in mode 3 of the half, that `now` lies in. */
  private nextBoundary(now: number): number {
    const { r } = this;
    if (now < r.start) return r.start;
    const period = r.start + Math.floor((now - r.start) / r.count) * r.count;
    const half = period + Math.ceil(r.count / 2);
    return r.mode === 3 && now < half ? half : period + r.count;
  }

  read(): number {
    const { r } = this;
    if (r.status >= 0) {
      const { status } = r;
      r.status = -1;
      return status;
    }
    const value = r.latch >= 0 ? r.latch : this.value;
    const high = r.access === 2 || (r.access === 3 && r.readHigh);
    if (r.access === 3) r.readHigh = !r.readHigh;
    if (r.access !== 3 || high) r.latch = -1;
    return high ? value >> 8 : value & 0xff;
  }

  /** A second latch before the first is read is ignored. */
  latchCount(): void {
    if (this.r.latch < 0) this.r.latch = this.value;
  }

  /** Status: bit 7 OUT, bit 6 the count written is not in use yet, bits 5-0 the control word. */
  latchStatus(): void {
    const { r } = this;
    if (r.status >= 0) return;
    const out = this.out;
    const waiting = !r.counting || r.next !== 0 || (r.held < 0 && this.clocks() < r.start);
    r.status = (out ? 0x80 : 0) | (waiting ? 0x40 : 0) | (r.access << 4) | (r.mode << 1) | (r.bcd ? 1 : 0);
  }

  save(): unknown {
    return structuredClone(this.r);
  }

  load(state: unknown): void {
    this.r = structuredClone(state) as ReturnType<typeof powerOn>;
  }
}

const toBcd = (value: number): number =>
  ((Math.floor(value / 1000) % 10) << 12) |
  ((Math.floor(value / 100) % 10) << 8) |
  ((Math.floor(value / 10) % 10) << 4) |
  (value % 10);

/** Digits above 9 count as what they are worth. */
const fromBcd = (bcd: number): number =>
  (bcd >> 12) * 1000 + ((bcd >> 8) & 15) * 100 + ((bcd >> 4) & 15) * 10 + (bcd & 15);
