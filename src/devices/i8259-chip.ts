/**
 * One 8259A programmable interrupt controller. Source: Intel 8259A datasheet (231468).
 *
 * | port | write                                              | read                     |
 * |------|----------------------------------------------------|--------------------------|
 * | even | ICW1 (bit 4 set), OCW2 (bits 4-3 = 0), OCW3 (= 1)   | IRR or ISR, or poll word |
 * | odd  | ICW2, ICW3, ICW4 after ICW1; then OCW1              | IMR, or poll word        |
 *
 * An edge request lasts only while its line is high, as the datasheet says: one that goes before INTA becomes a spurious IR7.
 * Not modelled: MCS-80 mode (call vectors), buffered mode.
 */
import type { Line, Snapshotting } from './wiring.ts';

const ICW1 = { ic4: 0x01, single: 0x02, level: 0x08, is: 0x10 } as const;
const ICW4 = { autoEoi: 0x02, fullyNested: 0x10 } as const;
const OCW2 = { level: 0x07, eoi: 0x20, specific: 0x40, rotate: 0x80 } as const;
const OCW3 = {
  is: 0x08,
  readIsr: 0x01,
  readRegister: 0x02,
  poll: 0x04,
  specialMask: 0x20,
  enableSpecialMask: 0x40,
} as const;

const CASCADE = 2;
const SPURIOUS = 7;

const powerOn = () => ({
  /** Levels of the inputs, and the edges not yet acknowledged; bit n is IRn. */
  lines: 0,
  edges: 0,
  imr: 0,
  isr: 0,
  elcr: 0,
  vectorBase: 0,
  /** Input of lowest priority. */
  lowest: 7,
  /** Initialisation word expected at the odd port: 2, 3, 4, or 0 for none. */
  expects: 0,
  icw1: 0,
  icw4: 0,
  specialMask: false,
  rotateInAutoEoi: false,
  readIsr: false,
  polled: false,
});

export class Chip implements Snapshotting {
  private r = powerOn();
  private readonly output: Line;
  private readonly isMaster: boolean;
  private readonly elcrMask: number;

  constructor(output: Line, isMaster: boolean) {
    this.output = output;
    this.isMaster = isMaster;
    // Timer, keyboard, cascade, RTC and FPU are always edge-triggered.
    this.elcrMask = isMaster ? 0xf8 : 0xde;
  }

  reset(): void {
    this.r = { ...powerOn(), lines: this.r.lines };
    this.update();
  }

  setInput(input: number, level: boolean): void {
    const { r } = this;
    const bit = 1 << input;
    if (((r.lines & bit) !== 0) === level) return;
    r.lines ^= bit;
    if (level) r.edges |= bit;
    else r.edges &= ~bit;
    this.update();
  }

  /** IRR. */
  private get requests(): number {
    const { r } = this;
    const levels = (r.icw1 & ICW1.level) !== 0 ? 0xff : r.elcr;
    return r.lines & (r.edges | levels);
  }

  /** Of a set of inputs, the one of highest priority; -1 of none. */
  private highest(inputs: number): number {
    for (let i = 1; i <= 8; i++) {
      const input = (this.r.lowest + i) & 7;
      if ((inputs >> input) & 1) return input;
    }
    return -1;
  }

  /** Distance from the highest priority. */
  private rank(input: number): number {
    return (input - this.r.lowest - 1) & 7;
  }

  /** Inputs that what is in service does not hold off, masked ones left out. */
  private get open(): number {
    const { r } = this;
    let inService = r.isr;
    if (r.specialMask) inService &= ~r.imr;
    // In special fully nested mode the slave in service may interrupt itself.
    if (this.isMaster && (r.icw4 & ICW4.fullyNested) !== 0) inService &= ~(1 << CASCADE);
    const bar = inService === 0 ? 8 : this.rank(this.highest(inService));
    let inputs = 0;
    for (let input = 0; input < 8; input++) {
      const held = r.specialMask ? ((inService >> input) & 1) !== 0 : this.rank(input) >= bar;
      if (!held) inputs |= 1 << input;
    }
    return inputs & ~r.imr;
  }

  accepts(input: number): boolean {
    return ((this.open >> input) & 1) !== 0;
  }

  private update(): void {
    this.output.set((this.requests & this.open) !== 0);
  }

  /** INTA, or a poll: takes the request of highest priority into service; -1 when it is gone. */
  take(): number {
    const { r } = this;
    const input = this.highest(this.requests & this.open);
    // INT goes low at each INTA, so that a slave with more to say makes a new edge.
    this.output.set(false);
    if (input >= 0) {
      r.edges &= ~(1 << input);
      if ((r.icw4 & ICW4.autoEoi) === 0) r.isr |= 1 << input;
      else if (r.rotateInAutoEoi) r.lowest = input;
    }
    this.update();
    return input;
  }

  vector(input: number): number {
    return this.r.vectorBase | (input < 0 ? SPURIOUS : input);
  }

  readEven(): number {
    return this.r.polled ? this.poll() : this.r.readIsr ? this.r.isr : this.requests;
  }

  readOdd(): number {
    return this.r.polled ? this.poll() : this.r.imr;
  }

  private poll(): number {
    this.r.polled = false;
    const input = this.take();
    return input < 0 ? SPURIOUS : 0x80 | input;
  }

  writeEven(value: number): void {
    if (value & ICW1.is) this.initialize(value);
    else if (value & OCW3.is) this.operation3(value);
    else this.operation2(value);
    this.update();
  }

  private initialize(icw1: number): void {
    const { lines, elcr } = this.r;
    this.r = { ...powerOn(), lines, elcr, icw1, expects: 2, vectorBase: this.r.vectorBase };
  }

  private operation2(value: number): void {
    const { r } = this;
    const specific = (value & OCW2.specific) !== 0;
    const rotate = (value & OCW2.rotate) !== 0;
    if (value & OCW2.eoi) {
      // In special mask mode a non-specific EOI does not clear what is masked.
      const candidates = r.specialMask ? r.isr & ~r.imr : r.isr;
      const input = specific ? value & OCW2.level : this.highest(candidates);
      if (input < 0) return;
      r.isr &= ~(1 << input);
      if (rotate) r.lowest = input;
    } else if (!specific) {
      r.rotateInAutoEoi = rotate;
    } else if (rotate) {
      r.lowest = value & OCW2.level;
    }
  }

  private operation3(value: number): void {
    const { r } = this;
    if (value & OCW3.poll) r.polled = true;
    if (value & OCW3.readRegister) r.readIsr = (value & OCW3.readIsr) !== 0;
    if (value & OCW3.enableSpecialMask) r.specialMask = (value & OCW3.specialMask) !== 0;
  }

  writeOdd(value: number): void {
    const { r } = this;
    const last = (r.icw1 & ICW1.ic4) !== 0 ? 4 : 0;
    if (r.expects === 2) {
      r.vectorBase = value & 0xf8;
      r.expects = (r.icw1 & ICW1.single) !== 0 ? last : 3;
    } else if (r.expects === 3) {
      // How the chips are cascaded is soldered in.
      r.expects = last;
    } else if (r.expects === 4) {
      r.icw4 = value;
      r.expects = 0;
    } else {
      r.imr = value;
    }
    this.update();
  }

  get elcr(): number {
    return this.r.elcr;
  }

  set elcr(value: number) {
    this.r.elcr = value & this.elcrMask;
    this.update();
  }

  save(): unknown {
    return structuredClone(this.r);
  }

  load(state: unknown): void {
    this.r = structuredClone(state) as ReturnType<typeof powerOn>;
    this.update();
  }
}
