/**
 * 16550A UART. Source: National Semiconductor PC16550D datasheet.
 *
 * | offset | read               | write | with DLAB       |
 * |--------|--------------------|-------|-----------------|
 * | 0      | RBR                | THR   | DLL             |
 * | 1      | IER                | IER   | DLM             |
 * | 2      | IIR                | FCR   |                 |
 * | 3      | LCR                | LCR   |                 |
 * | 4      | MCR                | MCR   |                 |
 * | 5      | LSR                |       |                 |
 * | 6      | MSR                |       |                 |
 * | 7      | SCR                | SCR   |                 |
 *
 * A transmitted byte takes no time: THR is empty again at once, and the THRE interrupt behaves as if it had been emptied by the wire.
 * A received byte takes a character time of the divisor (10 bits): see serial-input.ts. The interrupt pin is not gated by OUT2, as guests that
 * never set it expect of an emulator. Not modelled: parity and framing errors, breaks, the effect of word length and parity on data.
 */
import { SerialInput } from './serial-input.ts';
import {
  BAUD_BASE,
  BITS_A_CHARACTER,
  FCR,
  FIFO_SIZE,
  IER,
  IIR,
  LCR,
  LSR,
  MCR,
  MSR,
  powerOn,
  TIMEOUT_CHARACTERS,
  TRIGGERS,
} from './uart-registers.ts';
import type { Clock, Line, PortSpace, SerialPort, Snapshotting, Timer } from './wiring.ts';

export class Uart16550 implements Snapshotting {
  readonly input: SerialInput;
  private r = powerOn();
  private connected = true;
  private readonly clock: Clock;
  private readonly irq: Line;
  private readonly port: SerialPort;
  private readonly timeoutTimer: Timer;

  /** `onStarved`: see SerialInput. */
  constructor(
    ports: PortSpace,
    base: number,
    clock: Clock,
    irq: Line,
    port: SerialPort = {},
    onStarved: () => void = () => {},
  ) {
    this.clock = clock;
    this.irq = irq;
    this.port = port;
    this.timeoutTimer = clock.timer(() => {
      this.r.timeout = this.r.received.length > 0;
      this.r.timeoutAt = 0;
      this.update();
    });
    this.input = new SerialInput(port.source, port.onDemand ?? false, this, clock, onStarved);
    ports.claim(`16550A at ${base.toString(16)}h`, base, 8, {
      read: at => this.read(at & 7),
      write: (at, value) => this.write(at & 7, value),
    });
  }

  reset(): void {
    const { scr, divisor } = this.r;
    this.r = { ...powerOn(), scr, divisor };
    this.setModemLines();
    this.r.msr &= ~MSR.deltas;
    this.timeoutTimer.cancel();
    this.input.reset();
    this.update();
  }

  /** An interrupt may come of itself: a byte on its way, or the FIFO's timeout. */
  get willInterrupt(): boolean {
    return this.input.willReceive || (this.r.timeoutAt !== 0 && (this.r.ier & IER.received) !== 0);
  }

  /** Bytes from the far end would make an interrupt. */
  get interruptsOnInput(): boolean {
    return (this.r.ier & (IER.received | IER.modemStatus)) !== 0;
  }

  // ---- the line's side

  get hasRoom(): boolean {
    return this.r.received.length < this.capacity;
  }

  get isEmpty(): boolean {
    return this.r.received.length === 0;
  }

  get characterTime(): number {
    return Math.ceil((this.clock.hz / BAUD_BASE) * BITS_A_CHARACTER * (this.r.divisor || 0x10000));
  }

  receive(byte: number): void {
    const { r } = this;
    if (this.hasRoom) r.received.push(byte);
    else r.overrun = true;
    this.restartTimeout();
    this.update();
  }

  hangUp(): void {
    this.connected = false;
    this.setModemLines();
    this.update();
  }

  private get capacity(): number {
    return this.r.fcr & FCR.enable ? FIFO_SIZE : 1;
  }

  private get loop(): boolean {
    return (this.r.mcr & MCR.loop) !== 0;
  }

  private transmit(byte: number): void {
    if (this.loop) this.receive(byte);
    else this.port.transmit?.(byte);
    this.r.statusReads = 0;
    // THR was full for no time; but the pin fell, and a new edge comes with the next interrupt.
    this.r.transmitEmpty = false;
    this.update();
    this.r.transmitEmpty = true;
    this.update();
    this.input.poll();
  }

  private setModemLines(): void {
    const { r } = this;
    const { mcr } = r;
    let lines: number = MSR.cts | MSR.dsr | (this.connected ? MSR.dcd : 0);
    if (this.loop) {
      lines =
        (mcr & MCR.rts ? MSR.cts : 0) |
        (mcr & MCR.dtr ? MSR.dsr : 0) |
        (mcr & MCR.out1 ? MSR.ri : 0) |
        (mcr & MCR.out2 ? MSR.dcd : 0);
    }
    let deltas = ((r.msr ^ lines) >> 4) & MSR.deltas;
    // RI tells of its end only.
    if (lines & MSR.ri) deltas &= ~MSR.trailingRi;
    r.msr = lines | (r.msr & MSR.deltas) | deltas;
  }

  private restartTimeout(): void {
    const { r } = this;
    r.timeout = false;
    r.timeoutAt = 0;
    const waits = (r.fcr & FCR.enable) !== 0 && r.received.length > 0;
    if (waits) r.timeoutAt = this.clock.now() + TIMEOUT_CHARACTERS * this.characterTime;
    // Only an interrupt can tell.
    if (waits && (r.ier & IER.received) !== 0) this.timeoutTimer.at(r.timeoutAt);
    else this.timeoutTimer.cancel();
  }

  // ---- interrupts

  private get identification(): number {
    const { r } = this;
    if (r.ier & IER.lineStatus && r.overrun) return IIR.lineStatus;
    if (r.ier & IER.received && r.received.length >= this.trigger) return IIR.received;
    if (r.ier & IER.received && r.timeout) return IIR.timeout;
    if (r.ier & IER.transmitEmpty && r.transmitEmpty) return IIR.transmitEmpty;
    if (r.ier & IER.modemStatus && r.msr & MSR.deltas) return IIR.modemStatus;
    return IIR.none;
  }

  private get trigger(): number {
    return this.r.fcr & FCR.enable ? TRIGGERS[this.r.fcr >> 6]! : 1;
  }

  private update(): void {
    this.irq.set(this.identification !== IIR.none);
  }

  // ---- registers

  private read(register: number): number {
    const { r } = this;
    const dlab = (r.lcr & LCR.dlab) !== 0;
    switch (register) {
      case 0:
        return dlab ? r.divisor & 0xff : this.readReceived();
      case 1:
        return dlab ? r.divisor >> 8 : r.ier;
      case 2: {
        const { identification } = this;
        if (identification === IIR.transmitEmpty) r.transmitEmpty = false;
        this.update();
        return identification | (r.fcr & FCR.enable ? IIR.fifos : 0);
      }
      case 3:
        return r.lcr;
      case 4:
        return r.mcr;
      case 5:
        return this.readLineStatus();
      case 6: {
        const { msr } = r;
        r.msr &= ~MSR.deltas;
        this.update();
        return msr;
      }
      default:
        return r.scr;
    }
  }

  private readReceived(): number {
    const { r } = this;
    const byte = r.received.shift() ?? 0;
    this.restartTimeout();
    this.update();
    this.input.taken();
    return byte;
  }

  private readLineStatus(): number {
    const { r } = this;
    if (r.received.length === 0 && ++r.statusReads > 1) {
      this.input.listen();
      this.input.poll();
    }
    const status =
      LSR.transmitEmpty | LSR.idle | (r.received.length > 0 ? LSR.dataReady : 0) | (r.overrun ? LSR.overrun : 0);
    r.overrun = false;
    this.update();
    return status;
  }

  private write(register: number, value: number): void {
    const { r } = this;
    const dlab = (r.lcr & LCR.dlab) !== 0;
    if (register === 0 && dlab) r.divisor = (r.divisor & 0xff00) | value;
    else if (register === 1 && dlab) r.divisor = (r.divisor & 0xff) | (value << 8);
    else if (register === 0) this.transmit(value);
    else if (register === 1) this.enableInterrupts(value & 0x0f);
    else if (register === 2) this.controlFifos(value);
    else if (register === 3) r.lcr = value;
    else if (register === 4) this.controlModem(value & 0x1f);
    else if (register === 7) r.scr = value;
  }

  private enableInterrupts(ier: number): void {
    const { r } = this;
    // Enabling it while THR is empty asks at once.
    if (ier & ~r.ier & IER.transmitEmpty) r.transmitEmpty = true;
    r.ier = ier;
    this.restartTimeout();
    this.update();
    if (ier & IER.received) this.input.listen();
  }

  private controlFifos(fcr: number): void {
    const { r } = this;
    if ((fcr ^ r.fcr) & FCR.enable || fcr & FCR.clearReceiver) r.received.length = 0;
    r.fcr = fcr & FCR.enable ? fcr & 0xc9 : 0;
    this.restartTimeout();
    this.update();
    this.input.poll();
  }

  private controlModem(mcr: number): void {
    this.r.mcr = mcr;
    this.setModemLines();
    this.update();
    this.input.setRts((mcr & (MCR.rts | MCR.loop)) === MCR.rts);
  }

  save(): unknown {
    return { registers: structuredClone(this.r), connected: this.connected, input: this.input.save() };
  }

  load(state: unknown): void {
    const { registers, connected, input } = state as {
      registers: ReturnType<typeof powerOn>;
      connected: boolean;
      input: unknown;
    };
    this.r = structuredClone(registers);
    this.connected = connected;
    if (this.r.timeoutAt !== 0 && this.r.ier & IER.received) this.timeoutTimer.at(this.r.timeoutAt);
    else this.timeoutTimer.cancel();
    this.input.load(input);
    this.update();
  }
}
