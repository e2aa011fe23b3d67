/**
 * MC146818 real-time clock with 128 bytes of CMOS memory, on IRQ 8. Source: Motorola MC146818A datasheet; IBM PC/AT technical reference
 * for the ports and the memory's use.
 *
 * | port | write                                | read            |
 * |------|--------------------------------------|-----------------|
 * | 70h  | register number; bit 7 masks the NMI | FFh             |
 * | 71h  | that register                        | that register   |
 *
 * | register    | content                                                                         |
 * |-------------|---------------------------------------------------------------------------------|
 * | 00h-09h     | s, s alarm, min, min alarm, h, h alarm, weekday (1 = Sunday), day, month, year   |
 * | 0Ah         | bit 7 update in progress, 6-4 divider, 3-0 periodic rate                         |
 * | 0Bh         | 7 SET, 6 PIE, 5 AIE, 4 UIE, 3 SQWE, 2 binary, 1 24 hours, 0 daylight saving      |
 * | 0Ch         | 7 IRQF, 6 PF, 5 AF, 4 UF; reading clears them                                    |
 * | 0Dh         | 7 VRT: the battery is good                                                      |
 * | 0Eh-7Fh, 32h | memory; 32h holds the century in BCD                                            |
 *
 * The time is that of the virtual clock. Not modelled: daylight saving, the square wave; NMI, which nothing on this board raises.
 */

import { DividedClock } from './divided-clock.ts';
import { decodeTime, encodeTime, Format, isTimeRegister, TimeRegister } from './rtc-format.ts';
import type { Clock, Line, PortSpace, Snapshotting, Timer } from './wiring.ts';

const Register = { a: 0x0a, b: 0x0b, c: 0x0c, d: 0x0d } as const;
const A = { updating: 0x80, divider: 0x70, rate: 0x0f } as const;
const B = { set: 0x80, periodic: 0x40, alarm: 0x20, update: 0x10 } as const;
const C = { irq: 0x80, periodic: 0x40, alarm: 0x20, update: 0x10 } as const;
const VALID = 0x80;
/** Divider setting with which a 32,768 Hz crystal counts seconds. */
const RUNNING = 0x20;
const CRYSTAL_HZ = 32768;
/** Crystal cycles before each second in which UIP is set: 244 us. */
const UPDATE_WARNING = 8;
const ALARM_ANY = 0xc0;

export class Mc146818 implements Snapshotting {
  /** Registers and memory; while the clock runs, the time is in `base` and its registers are stamped when they are looked at. */
  private readonly memory = new Uint8Array(128);
  /** Scratch of alarmMatches(). */
  private readonly matching = new Uint8Array(128);
  private readonly crystal: DividedClock;
  private readonly irq: Line;
  private readonly timer: Timer;
  private r = {
    index: 0,
    /** Seconds since 1970 in the clock's own calendar at crystal count `since`, always the beginning of a second. */
    base: 0,
    since: 0,
    /** Crystal count up to which flags have been raised. */
    seen: 0,
  };

  /** `start`: the calendar at tick 0, in seconds since 1970-01-01. */
  constructor(ports: PortSpace, clock: Clock, irq: Line, start: number = Date.UTC(2000, 0, 1) / 1000) {
    this.crystal = new DividedClock(clock, CRYSTAL_HZ);
    this.irq = irq;
    this.timer = clock.timer(() => this.update());
    this.r.base = start;
    this.memory[Register.a] = RUNNING | 6;
    this.memory[Register.b] = Format.hours24;
    ports.claim('MC146818 RTC', 0x70, 2, {
      read: port => (port === 0x70 ? 0xff : this.read()),
      write: (port, value) => {
        if (port === 0x70) this.r.index = value & 0x7f;
        else this.write(value);
      },
    });
  }

  /** RESET clears the interrupt enables and flags; time and memory are the battery's. */
  reset(): void {
    this.memory[Register.b]! &= ~(B.periodic | B.alarm | B.update);
    this.memory[Register.c] = 0;
    this.r.index = 0;
    this.update();
  }

  /** A byte of CMOS memory as the maker of the board sets it. */
  setMemory(register: number, value: number): void {
    this.memory[register & 0x7f] = value;
  }

  get willInterrupt(): boolean {
    return (this.b & (B.periodic | B.alarm | B.update)) !== 0 && this.nextEvent() < Number.POSITIVE_INFINITY;
  }

  private get b(): number {
    return this.memory[Register.b]!;
  }

  private get running(): boolean {
    return (this.b & B.set) === 0 && (this.memory[Register.a]! & A.divider) === RUNNING;
  }

  // ---- time

  /** Seconds since 1970 at a crystal count, while the clock runs. */
  private secondsAt(count: number): number {
    return this.r.base + Math.floor((count - this.r.since) / CRYSTAL_HZ);
  }

  /** Puts the time that runs into the registers. */
  private stamp(): void {
    encodeTime(this.memory, this.secondsAt(this.crystal.count()), this.b);
  }

  /** Runs on from the time in the registers; `since`: when that second began. */
  private runFrom(since: number): void {
    this.r.base = decodeTime(this.memory, this.b);
    this.r.since = since;
  }

  // ---- interrupts

  /** Crystal cycles between periodic interrupts; 0 when off. */
  private get period(): number {
    const rate = this.memory[Register.a]! & A.rate;
    if (rate === 0 || (this.memory[Register.a]! & A.divider) !== RUNNING) return 0;
    return 1 << ((rate < 3 ? rate + 7 : rate) - 1);
  }

  private alarmMatches(second: number): boolean {
    encodeTime(this.matching, second, this.b);
    for (const register of [TimeRegister.seconds, TimeRegister.minutes, TimeRegister.hours]) {
      const wanted = this.memory[register + 1]!;
      if ((wanted & ALARM_ANY) !== ALARM_ANY && wanted !== this.matching[register]) return false;
    }
    return true;
  }

  /** Raises the flags of what has happened since the last look. */
  private collect(now: number): void {
    const { r, memory } = this;
    const { period } = this;
    let flags = 0;
    if (period !== 0 && Math.floor(now / period) !== Math.floor(r.seen / period)) flags |= C.periodic;
    if (this.running) {
      const first = this.secondsAt(Math.max(r.seen, r.since));
      const last = this.secondsAt(now);
      if (last > first) flags |= C.update;
      // A day of seconds holds every time of day.
      for (let second = Math.max(first, last - DAY) + 1; second <= last && !(flags & C.alarm); second++) {
        if (this.alarmMatches(second)) flags |= C.alarm;
      }
    }
    r.seen = now;
    memory[Register.c]! |= flags;
  }

  /** The crystal count of the next event whose interrupt is enabled. */
  private nextEvent(): number {
    const { b } = this;
    const { seen, since } = this.r;
    let next = Number.POSITIVE_INFINITY;
    if (b & B.periodic && this.period !== 0) next = (Math.floor(seen / this.period) + 1) * this.period;
    // An alarm is looked for second by second.
    if (b & (B.update | B.alarm) && this.running)
      next = Math.min(next, since + (Math.floor((seen - since) / CRYSTAL_HZ) + 1) * CRYSTAL_HZ);
    return next;
  }

  private update(): void {
    this.collect(this.crystal.count());
    this.drive();
  }

  /** Puts the flags on the line and waits for the next event. */
  private drive(): void {
    const asked = this.memory[Register.c]! & this.b & (C.periodic | C.alarm | C.update);
    if (asked !== 0) this.memory[Register.c]! |= C.irq;
    else this.memory[Register.c]! &= ~C.irq;
    this.irq.set(asked !== 0);
    const next = this.nextEvent();
    if (Number.isFinite(next)) this.timer.at(this.crystal.tickOf(next));
    else this.timer.cancel();
  }

  // ---- registers

  private read(): number {
    const { index } = this.r;
    if (isTimeRegister(index)) {
      if (this.running) this.stamp();
      return this.memory[index]!;
    }
    if (index === Register.a) return this.memory[Register.a]! | (this.updating ? A.updating : 0);
    if (index === Register.c) {
      this.update();
      const flags = this.memory[Register.c]!;
      this.memory[Register.c] = 0;
      this.update();
      return flags;
    }
    return index === Register.d ? VALID : this.memory[index]!;
  }

  private get updating(): boolean {
    const inSecond = (this.crystal.count() - this.r.since) % CRYSTAL_HZ;
    return this.running && inSecond >= CRYSTAL_HZ - UPDATE_WARNING;
  }

  private write(value: number): void {
    const { index } = this.r;
    if (index === Register.c || index === Register.d) return;
    // What has happened until now happened under the old setting.
    this.update();
    const now = this.crystal.count();
    const ran = this.running;
    // Setting the time does not disturb the divider: the second goes on.
    const second = ran ? now - ((now - this.r.since) % CRYSTAL_HZ) : now;
    if (ran) this.stamp();
    this.memory[index] = index === Register.a ? value & ~A.updating : value;
    if (this.running && (!ran || isTimeRegister(index))) this.runFrom(second);
    this.update();
  }

  save(): unknown {
    return { ...this.r, memory: this.memory.slice() };
  }

  load(state: unknown): void {
    const { memory, ...r } = state as typeof this.r & { memory: Uint8Array };
    this.memory.set(memory);
    this.r = r;
    this.drive();
  }
}

const DAY = 86400;
