/**
 * The registers of a VGA: they read back, and that is all that most of them do. Source: IBM VGA XGA technical reference manual, 1992.
 *
 * | port             | what                                              |
 * |------------------|---------------------------------------------------|
 * | 3C0h, 3C1h       | attribute controller: index and data in turn; read |
 * | 3C2h, 3CCh       | miscellaneous output (write, read); 3C2h reads input status 0 |
 * | 3C4h-3C5h        | sequencer                                         |
 * | 3C6h-3C9h        | DAC: mask, read index, write index, data          |
 * | 3CEh-3CFh        | graphics controller                               |
 * | 3B4h-5h, 3D4h-5h | CRT controller, at one of the two by misc bit 0    |
 * | 3BAh, 3DAh       | input status 1 (bits 3 vertical retrace, 0 not displaying); write: feature control |
 *
 * Retrace comes from the clock: 70 frames a second of 449 lines, 400 of them shown.
 */
import type { Clock, PortHandler, PortSpace, Snapshotting } from './wiring.ts';

/** Registers of the CRT controller. */
export const Crtc = {
  displayEnd: 0x01,
  overflow: 0x07,
  maximumLine: 0x09,
  cursorStart: 0x0a,
  cursorEnd: 0x0b,
  startHigh: 0x0c,
  cursorHigh: 0x0e,
  retraceEnd: 0x11,
  verticalEnd: 0x12,
  offset: 0x13,
} as const;
/** Registers of the sequencer, and bits in them. */
export const Sequencer = { memoryMode: 4, chain4: 0x08 } as const;
/** Graphics controller, miscellaneous register: bit 0 chooses graphics. */
const GraphicsMisc = { index: 6, graphics: 0x01 } as const;
const PROTECT = 0x80;
/** Miscellaneous output bit 0: the CRT controller answers at 3Dxh. */
const COLOUR = 0x01;
const FRAMES_A_SECOND = 70;
const LINES = 449;
const SHOWN_LINES = 400;
/** Input status 1. */
const Status1 = { notDisplaying: 0x01, retrace: 0x08 } as const;

const powerOn = () => ({
  crtc: new Uint8Array(0x20),
  crtcIndex: 0,
  sequencer: new Uint8Array(8),
  sequencerIndex: 0,
  graphics: new Uint8Array(16),
  graphicsIndex: 0,
  attribute: new Uint8Array(0x20),
  attributeIndex: 0,
  /** The next write to 3C0h is data. */
  attributeData: false,
  dac: new Uint8Array(768),
  dacMask: 0xff,
  /** Byte of `dac` that the next data access reads or writes. */
  dacRead: 0,
  dacWrite: 0,
  /** The last index was set for reading: what 3C7h tells. */
  dacReading: false,
  misc: COLOUR,
  feature: 0,
});

export class VgaRegisters implements Snapshotting {
  private r = powerOn();
  private readonly clock: Clock;

  constructor(ports: PortSpace, clock: Clock) {
    this.clock = clock;
    const handler: PortHandler = { read: port => this.read(port), write: (port, value) => this.write(port, value) };
    ports.claim('VGA', 0x3c0, 16, handler);
    for (const base of [0x3b0, 0x3d0]) {
      ports.claim('VGA CRT controller', base + 4, 2, handler);
      ports.claim('VGA status', base + 10, 1, handler);
    }
  }

  reset(): void {
    this.r = powerOn();
  }

  /** A register of the CRT controller by its index. */
  crtc(index: number): number {
    return this.r.crtc[index]!;
  }

  /** A word of the CRT controller, high byte first: cursor and start address. */
  crtcWord(index: number): number {
    return (this.r.crtc[index]! << 8) | this.r.crtc[index + 1]!;
  }

  /** A register of the sequencer by its index. */
  sequencer(index: number): number {
    return this.r.sequencer[index]!;
  }

  /** A graphics mode is set, not a text mode. */
  get graphics(): boolean {
    return (this.r.graphics[GraphicsMisc.index]! & GraphicsMisc.graphics) !== 0;
  }

  /** Scan lines shown; 1 before anything is programmed. */
  get lines(): number {
    const overflow = this.crtc(Crtc.overflow);
    return (this.crtc(Crtc.verticalEnd) | ((overflow & 0x02) << 7) | ((overflow & 0x40) << 3)) + 1;
  }

  /** Scan lines of a row of characters, or of a pixel; bit 7 shows each line twice. */
  get linesARow(): number {
    const maximum = this.crtc(Crtc.maximumLine);
    return ((maximum & 0x1f) + 1) * (maximum & 0x80 ? 2 : 1);
  }

  /** Red, green and blue (0 to 255) of colour 0-15, through the attribute controller's palette and the DAC. */
  colour(number: number): [number, number, number] {
    return this.dacColour(this.r.attribute[number & 15]! & 0x3f);
  }

  /** The same of an entry of the DAC. */
  dacColour(index: number): [number, number, number] {
    const at = (index & this.r.dacMask) * 3;
    const level = (i: number) => Math.round(((this.r.dac[at + i]! & 0x3f) * 255) / 63);
    return [level(0), level(1), level(2)];
  }

  private get status1(): number {
    const { hz } = this.clock;
    const inSecond = this.clock.now() % hz;
    const line = Math.floor((inSecond * FRAMES_A_SECOND * LINES) / hz) % LINES;
    // The last eighth of each line is horizontal retrace.
    const inLine = ((inSecond * FRAMES_A_SECOND * LINES) / hz) % 1;
    const vertical = line >= SHOWN_LINES;
    return (vertical ? Status1.retrace : 0) | (vertical || inLine >= 0.875 ? Status1.notDisplaying : 0);
  }

  /** The CRT controller is at 3B4h or at 3D4h, never at both. */
  private answers(port: number): boolean {
    return port >= 0x3c0 && port < 0x3d0 ? true : port >= 0x3d0 === ((this.r.misc & COLOUR) !== 0);
  }

  private read(port: number): number {
    if (!this.answers(port)) return 0xff;
    const { r } = this;
    switch (port & 0x3f) {
      case 0x00:
        return r.attributeIndex;
      case 0x01:
        return r.attribute[r.attributeIndex & 0x1f]!;
      case 0x02:
        // Input status 0: bit 4, the monitor sense, tells a colour display.
        return 0x10;
      case 0x04:
        return r.sequencerIndex;
      case 0x05:
        return r.sequencer[r.sequencerIndex]!;
      case 0x06:
        return r.dacMask;
      case 0x07:
        return r.dacReading ? 3 : 0;
      case 0x08:
        return Math.floor(r.dacWrite / 3);
      case 0x09: {
        const value = r.dac[r.dacRead]!;
        r.dacRead = (r.dacRead + 1) % r.dac.length;
        return value;
      }
      case 0x0a:
        return r.feature;
      case 0x0c:
        return r.misc;
      case 0x0e:
        return r.graphicsIndex;
      case 0x0f:
        return r.graphics[r.graphicsIndex]!;
      case 0x14:
      case 0x34:
        return r.crtcIndex;
      case 0x15:
      case 0x35:
        return r.crtc[r.crtcIndex]!;
      case 0x1a:
      case 0x3a:
        r.attributeData = false;
        return this.status1;
      default:
        return 0xff;
    }
  }

  private write(port: number, value: number): void {
    if (!this.answers(port)) return;
    const { r } = this;
    switch (port & 0x3f) {
      case 0x00:
        if (r.attributeData) r.attribute[r.attributeIndex & 0x1f] = value;
        else r.attributeIndex = value & 0x3f;
        r.attributeData = !r.attributeData;
        break;
      case 0x02:
        r.misc = value;
        break;
      case 0x04:
        r.sequencerIndex = value & 7;
        break;
      case 0x05:
        r.sequencer[r.sequencerIndex] = value;
        break;
      case 0x06:
        r.dacMask = value;
        break;
      case 0x07:
        r.dacRead = value * 3;
        r.dacReading = true;
        break;
      case 0x08:
        r.dacWrite = value * 3;
        r.dacReading = false;
        break;
      case 0x09:
        r.dac[r.dacWrite] = value & 0x3f;
        r.dacWrite = (r.dacWrite + 1) % r.dac.length;
        break;
      case 0x0e:
        r.graphicsIndex = value & 15;
        break;
      case 0x0f:
        r.graphics[r.graphicsIndex] = value;
        break;
      case 0x14:
      case 0x34:
        r.crtcIndex = value & 0x1f;
        break;
      case 0x15:
      case 0x35:
        this.writeCrtc(value);
        break;
      case 0x1a:
      case 0x3a:
        r.feature = value;
        break;
    }
  }

  /** Registers 0 to 7 are protected by bit 7 of register 11h, all but the line compare bit of the overflow register. */
  private writeCrtc(value: number): void {
    const { crtc, crtcIndex } = this.r;
    const isProtected = (crtc[Crtc.retraceEnd]! & PROTECT) !== 0 && crtcIndex <= Crtc.overflow;
    if (!isProtected) crtc[crtcIndex] = value;
    else if (crtcIndex === Crtc.overflow) crtc[crtcIndex] = (crtc[crtcIndex]! & ~0x10) | (value & 0x10);
  }

  save(): unknown {
    return structuredClone(this.r);
  }

  load(state: unknown): void {
    this.r = structuredClone(state) as ReturnType<typeof powerOn>;
  }
}
