/**
 * The keyboard at the end of the 8042's wire. Source: IBM PS/2 hardware interface technical reference, "Keyboards (101- and 102-key)".
 *
 * | command | answer                        | command | answer                                     |
 * |---------|-------------------------------|---------|--------------------------------------------|
 * | ED b    | FA, FA: LEDs                  | F5, F6  | FA: defaults, scanning off or on           |
 * | EE      | EE                            | F7-FD   | FA: set 3 key types, no effect             |
 * | F0 b    | FA, FA (and the set, for b=0) | FE      | the last byte again                        |
 * | F2      | FA, AB, 83                    | FF      | FA, AA: reset                              |
 * | F3 b    | FA, FA: typematic rate        | other   | FE                                         |
 * | F4      | FA: scanning on               |         |                                            |
 *
 * Keys struck by the host are kept and sent one after the other as the guest takes them, so that typing ahead loses nothing.
 * Not modelled: typematic repeat, scan code set 3, the lock state of Caps Lock and its like (that is the guest's, shown in `leds`).
 */
import { Keys, strokeFor } from './keys.ts';
import type { Snapshotting } from './wiring.ts';

const ACK = 0xfa;
const RESEND = 0xfe;
const PASSED = 0xaa;
const BREAK = 0xf0;
const EXTENDED = 0xe0;
/** Most bytes it holds that no one has asked for: answers beyond are dropped. */
const BUFFER = 32;

const powerOn = () => ({
  set: 2,
  scanning: true,
  leds: 0,
  typematic: 0x2b,
  /** Command whose second byte is due, or 0. */
  command: 0,
  last: 0,
  /** Answers to commands, before anything struck. */
  answers: [] as number[],
});

export class Ps2Keyboard implements Snapshotting {
  private r = powerOn();
  /** Strokes to come: key code, and whether it goes down. */
  private strokes: { code: string; down: boolean }[] = [];
  /** What is left of the bytes of the stroke begun. */
  private bytes: number[] = [];
  private readonly onReady: () => void;

  /** `onReady`: there is a byte to send. */
  constructor(onReady: () => void) {
    this.onReady = onReady;
  }

  reset(): void {
    this.r = powerOn();
    this.bytes = [];
  }

  /** Bits 0 Scroll Lock, 1 Num Lock, 2 Caps Lock. */
  get leds(): number {
    return this.r.leds;
  }

  get scans(): boolean {
    return this.r.scanning;
  }

  /** In the middle of an answer, or of the bytes of one stroke. */
  get isBusy(): boolean {
    return this.r.answers.length > 0 || this.bytes.length > 0;
  }

  get hasByte(): boolean {
    return this.isBusy || (this.r.scanning && this.strokes.length > 0);
  }

  /** A key goes down or up; an unknown code throws. */
  strike(code: string, down: boolean): void {
    if (!Keys.has(code)) throw new Error(`no key is called ${code}`);
    this.strokes.push({ code, down });
    this.onReady();
  }

  /** Types ASCII text as on a US keyboard; characters without a key are left out. */
  type(text: string): void {
    for (const character of text) {
      const stroke = strokeFor(character);
      if (!stroke) continue;
      const codes = [...(stroke.shift ? ['ShiftLeft'] : []), ...(stroke.control ? ['ControlLeft'] : []), stroke.code];
      for (const code of codes) this.strike(code, true);
      for (const code of codes.reverse()) this.strike(code, false);
    }
  }

  /** The next byte on the wire; there is one. */
  send(): number {
    const answer = this.r.answers.shift();
    if (answer === undefined && this.bytes.length === 0) this.begin();
    const byte = answer ?? this.bytes.shift() ?? 0;
    if (byte !== RESEND) this.r.last = byte;
    return byte;
  }

  private begin(): void {
    const stroke = this.strokes.shift();
    const key = stroke && Keys.get(stroke.code);
    if (!key) return;
    const prefix = key.extended ? [EXTENDED] : [];
    if (this.r.set === 1) this.bytes = [...prefix, stroke.down ? key.set1 : key.set1 | 0x80];
    else this.bytes = [...prefix, ...(stroke.down ? [] : [BREAK]), key.set2];
  }

  /** A byte from the controller. */
  receive(byte: number): void {
    const { r } = this;
    const { command } = r;
    r.command = 0;
    if (command !== 0 && byte < 0x80) this.parameter(command, byte);
    else this.command(byte);
    this.onReady();
  }

  private answer(...bytes: number[]): void {
    this.r.answers.push(...bytes.slice(0, BUFFER - this.r.answers.length));
  }

  private parameter(command: number, byte: number): void {
    const { r } = this;
    this.answer(ACK);
    if (command === 0xed) r.leds = byte & 7;
    else if (command === 0xf3) r.typematic = byte;
    else if (byte === 0) this.answer(r.set);
    else if (byte <= 2) r.set = byte;
  }

  private command(byte: number): void {
    const { r } = this;
    switch (byte) {
      case 0xed:
      case 0xf0:
      case 0xf3:
        r.command = byte;
        this.answer(ACK);
        break;
      case 0xee:
        this.answer(0xee);
        break;
      case 0xf2:
        this.answer(ACK, 0xab, 0x83);
        break;
      case 0xf4:
        r.scanning = true;
        this.answer(ACK);
        break;
      case 0xf5:
      case 0xf6:
        r.typematic = powerOn().typematic;
        r.scanning = byte === 0xf6;
        this.answer(ACK);
        break;
      case RESEND:
        this.answer(r.last);
        break;
      case 0xff:
        this.r = powerOn();
        this.bytes = [];
        this.answer(ACK, PASSED);
        break;
      default:
        this.answer(byte >= 0xf7 && byte <= 0xfd ? ACK : RESEND);
    }
  }

  save(): unknown {
    return structuredClone({ registers: this.r, strokes: this.strokes, bytes: this.bytes });
  }

  load(state: unknown): void {
    const saved = structuredClone(state) as {
      registers: ReturnType<typeof powerOn>;
      strokes: { code: string; down: boolean }[];
      bytes: number[];
    };
    this.r = saved.registers;
    this.strokes = saved.strokes;
    this.bytes = saved.bytes;
  }
}
