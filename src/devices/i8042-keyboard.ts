/**
 * 8042 keyboard controller. Source: IBM PS/2 hardware interface technical reference, "Keyboard and auxiliary device controller".
 *
 * | port | read                 | write                                        |
 * |------|----------------------|----------------------------------------------|
 * | 60h  | output buffer        | a command's parameter, or a byte to the keyboard |
 * | 64h  | status               | command                                      |
 *
 * | command    | does                                | command | does                                    |
 * |------------|-------------------------------------|---------|-----------------------------------------|
 * | 20h-3Fh    | read RAM; 20h: the command byte      | C0h     | read input port                         |
 * | 60h-7Fh b  | write RAM; 60h: the command byte     | D0h, D1h b | read, write output port: 1 A20, 0 reset (low) |
 * | A7h, A8h   | auxiliary device off, on             | D2h, D3h b | put b into the output buffer (aux)      |
 * | A9h, ABh   | test aux, keyboard: 00h              | D4h b   | to the auxiliary device                 |
 * | AAh        | self test: 55h                       | DDh, DFh | A20 off, on                            |
 * | ADh, AEh   | keyboard off, on                     | F0h-FFh | pulse output port bits that are clear: bit 0 resets |
 *
 * The auxiliary port has no mouse: a byte sent to it comes back as a time-out. Not modelled: the password, parity errors.
 */
import { translate } from './keys.ts';
import { Ps2Keyboard } from './ps2-keyboard.ts';
import type { Clock, Line, PortSpace, Snapshotting, Timer } from './wiring.ts';

const Status = { outputFull: 0x01, system: 0x04, command: 0x08, unlocked: 0x10, auxFull: 0x20, timeout: 0x40 } as const;
/** The command byte, RAM byte 0. */
const Control = { irq1: 0x01, irq12: 0x02, system: 0x04, keyboardOff: 0x10, auxOff: 0x20, translate: 0x40 } as const;
/** The output port. */
const Output = { notReset: 0x01, a20: 0x02, irq1: 0x10, irq12: 0x20, idle: 0xc0 } as const;
/** The input port: not locked, colour display, no manufacturing jumper. */
const INPUT = 0xb0;
const RESEND = 0xfe;
/** Bytes a second on the wire: some 50 times a real one's speed, so that a POST that polls for an answer is short. */
const BYTES_A_SECOND = 50_000;
/** Keys going down or up, a second, when many wait: slow enough for a guest that handles each. */
const STROKES_A_SECOND = 200;

const powerOn = () => ({
  ram: new Uint8Array(32).fill(Control.irq1 | Control.translate, 0, 1),
  data: 0,
  /** Bits outputFull, auxFull, timeout and command of the status. */
  status: 0,
  selfTested: false,
  /** Command whose parameter is due at 60h, or 0. */
  command: 0,
  a20: false,
  /** Controller's own answers that wait for the output buffer: data, or data with 100h from the auxiliary side, 200h timed out. */
  answers: [] as number[],
  /** A break code's F0h has been swallowed by the translation. */
  breaking: false,
  /** When the keyboard's next byte arrives; 0 when none is on its way. */
  due: 0,
});

const AUX = 0x100;
const TIMED_OUT = 0x200;
const MOST_ANSWERS = 16;

export interface KeyboardLines {
  readonly irq1: Line;
  readonly irq12: Line;
  readonly a20: Line;
  readonly reset: Line;
}

export class I8042 implements Snapshotting {
  readonly keyboard: Ps2Keyboard;
  private r = powerOn();
  private readonly clock: Clock;
  private readonly lines: KeyboardLines;
  private readonly timer: Timer;

  constructor(ports: PortSpace, clock: Clock, lines: KeyboardLines) {
    this.clock = clock;
    this.lines = lines;
    this.keyboard = new Ps2Keyboard(() => this.arm());
    this.timer = clock.timer(() => {
      this.r.due = 0;
      this.arrive();
    });
    ports.claim('8042 data', 0x60, 1, { read: () => this.readData(), write: (_port, value) => this.writeData(value) });
    ports.claim('8042 command', 0x64, 1, {
      read: () => this.status,
      write: (_port, value) => this.writeCommand(value),
    });
  }

  reset(): void {
    this.timer.cancel();
    this.r = powerOn();
    this.keyboard.reset();
    this.lines.a20.set(false);
    this.update();
    this.arm();
  }

  /** See Ps2Keyboard.type(). */
  type(text: string): void {
    this.keyboard.type(text);
  }

  /** A key by its KeyboardEvent code ('KeyA', 'ArrowUp', 'Enter') goes down. */
  press(code: string): void {
    this.keyboard.strike(code, true);
  }

  release(code: string): void {
    this.keyboard.strike(code, false);
  }

  /** A byte from the keyboard is on its way, and will interrupt. */
  get willInterrupt(): boolean {
    return this.r.due !== 0 && (this.control & Control.irq1) !== 0;
  }

  /** A key struck now would make an interrupt. */
  get interruptsOnInput(): boolean {
    return (this.control & (Control.irq1 | Control.keyboardOff)) === Control.irq1 && this.keyboard.scans;
  }

  private get control(): number {
    return this.r.ram[0]!;
  }

  private get status(): number {
    const system = this.control & Control.system || this.r.selfTested ? Status.system : 0;
    return this.r.status | system | Status.unlocked;
  }

  // ---- output buffer

  private get full(): boolean {
    return (this.r.status & Status.outputFull) !== 0;
  }

  /** Loads the buffer: `word` as in `answers`. */
  private fill(word: number): void {
    const { r } = this;
    r.data = word & 0xff;
    r.status &= ~(Status.auxFull | Status.timeout);
    r.status |= Status.outputFull | (word & AUX ? Status.auxFull : 0) | (word & TIMED_OUT ? Status.timeout : 0);
    this.update();
  }

  private respond(word: number): void {
    const { r } = this;
    if (!this.full) this.fill(word);
    else if (r.answers.length < MOST_ANSWERS) r.answers.push(word);
  }

  private update(): void {
    const aux = (this.r.status & Status.auxFull) !== 0;
    this.lines.irq1.set(this.full && !aux && (this.control & Control.irq1) !== 0);
    this.lines.irq12.set(this.full && aux && (this.control & Control.irq12) !== 0);
  }

  private readData(): number {
    const { r } = this;
    r.status &= ~(Status.outputFull | Status.auxFull | Status.timeout);
    this.update();
    const answer = r.answers.shift();
    if (answer !== undefined) this.fill(answer);
    else this.arm();
    return r.data;
  }

  /** Puts the keyboard's next byte on the wire when it has one and may send. */
  private arm(): void {
    const { r, keyboard } = this;
    if (this.full || (this.control & Control.keyboardOff) !== 0 || !keyboard.hasByte) return;
    const delay = this.clock.hz / (keyboard.isBusy ? BYTES_A_SECOND : STROKES_A_SECOND);
    const due = this.clock.now() + delay;
    if (r.due !== 0 && r.due <= due) return;
    r.due = due;
    this.timer.at(due);
  }

  private arrive(): void {
    const { r, keyboard } = this;
    if (this.full || (this.control & Control.keyboardOff) !== 0 || !keyboard.hasByte) return;
    const byte = keyboard.send();
    if ((this.control & Control.translate) === 0) {
      this.fill(byte);
    } else if (byte === 0xf0) {
      r.breaking = true;
      this.arm();
    } else {
      this.fill(translate(byte) | (r.breaking ? 0x80 : 0));
      r.breaking = false;
    }
  }

  // ---- the processor's side

  private writeData(value: number): void {
    const { r } = this;
    const { command } = r;
    r.command = 0;
    r.status &= ~Status.command;
    if (command === 0) {
      // Talking to the keyboard turns its wire on.
      r.ram[0]! &= ~Control.keyboardOff;
      this.keyboard.receive(value);
    } else if (command < 0x80) {
      r.ram[command & 0x1f] = value;
      this.update();
      this.arm();
    } else if (command === 0xd1) {
      this.writeOutputPort(value);
    } else if (command === 0xd2) {
      this.respond(value);
    } else if (command === 0xd3) {
      this.respond(value | AUX);
    } else {
      this.respond(RESEND | AUX | TIMED_OUT);
    }
  }

  private get outputPort(): number {
    const { r } = this;
    const interrupts = !this.full ? 0 : r.status & Status.auxFull ? Output.irq12 : Output.irq1;
    return Output.notReset | Output.idle | (r.a20 ? Output.a20 : 0) | interrupts;
  }

  private writeOutputPort(value: number): void {
    this.setA20((value & Output.a20) !== 0);
    if ((value & Output.notReset) === 0) this.pulseReset();
  }

  private setA20(open: boolean): void {
    this.r.a20 = open;
    this.lines.a20.set(open);
  }

  private pulseReset(): void {
    this.lines.reset.set(true);
    this.lines.reset.set(false);
  }

  private writeCommand(command: number): void {
    const { r } = this;
    r.status |= Status.command;
    r.command = 0;
    if (command >= 0xf0) {
      if ((command & Output.notReset) === 0) this.pulseReset();
      return;
    }
    if (command >= 0x20 && command <= 0x3f) {
      this.respond(r.ram[command & 0x1f]!);
      return;
    }
    if ((command >= 0x60 && command <= 0x7f) || (command >= 0xd1 && command <= 0xd4)) {
      r.command = command;
      return;
    }
    this.simpleCommand(command);
  }

  private simpleCommand(command: number): void {
    const { r } = this;
    if (command === 0xa7) r.ram[0]! |= Control.auxOff;
    else if (command === 0xa8) r.ram[0]! &= ~Control.auxOff;
    else if (command === 0xad) r.ram[0]! |= Control.keyboardOff;
    else if (command === 0xae) {
      r.ram[0]! &= ~Control.keyboardOff;
      this.arm();
    } else if (command === 0xaa) {
      r.selfTested = true;
      this.respond(0x55);
    } else if (command === 0xa9 || command === 0xab) this.respond(0);
    else if (command === 0xc0) this.respond(INPUT);
    else if (command === 0xd0) this.respond(this.outputPort);
    else if (command === 0xdd) this.setA20(false);
    else if (command === 0xdf) this.setA20(true);
  }

  save(): unknown {
    return { registers: structuredClone(this.r), keyboard: this.keyboard.save() };
  }

  load(state: unknown): void {
    const { registers, keyboard } = state as { registers: ReturnType<typeof powerOn>; keyboard: unknown };
    this.r = structuredClone(registers);
    this.keyboard.load(keyboard);
    if (this.r.due !== 0) this.timer.at(this.r.due);
    else this.timer.cancel();
    this.lines.a20.set(this.r.a20);
    this.update();
  }
}
