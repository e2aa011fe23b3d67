/**
 * The board's odd ports: what resets it, opens A20, ends a run, or tells the host something.
 *
 * | port       | write                                                        | read      | source                         |
 * |------------|--------------------------------------------------------------|-----------|--------------------------------|
 * | 92h        | bit 1 A20, bit 0 rising: reset                               | the same  | IBM PS/2, system control port A |
 * | CF9h       | bit 2 rising: reset                                          | the same  | Intel 82371SB, 2.5.6           |
 * | CF8h       | nothing: no PCI here. A doubleword must not spill into CF9h   | all ones  | PCI 2.1, 3.2.2.3               |
 * | 80h        | POST code                                                    | the last  | IBM PC/AT                      |
 * | E9h        | a byte for the debug console                                 | E9h       | Bochs                          |
 * | 402h       | a character of the BIOS's teletype                           | FFh       | QEMU, SeaBIOS                  |
 * | 501h, F4h  | ends the run: 1, 2 or 4 bytes                                 | 0         | QEMU isa-debug-exit            |
 * | 505h       | our kernel gives up an address space: signal that ended it, or 0 | 0     | docs/platform.md               |
 * | 604h, B004h | word with bit 13: power off (ACPI PM1a control, SLP_EN)      | 0         | QEMU, Bochs                    |
 * | 8900h      | the letters of "Shutdown", one after the other: power off    | FFh       | Bochs                          |
 */
import type { Line, PortHandler, PortSpace, Snapshotting, Width } from './wiring.ts';

export interface SystemControlLines {
  readonly a20: Line;
  readonly reset: Line;
  powerOff(port: number): void;
  debugExit(port: number, value: number, width: Width): void;
  /** 505h. */
  addressSpaceEnds(signal: number): void;
  postCode(byte: number): void;
  debugConsole(byte: number): void;
  teletype(byte: number): void;
}

const PORT_A = { fastReset: 0x01, a20: 0x02 } as const;
const RESET_CPU = 0x04;
const RESET_WRITABLE = 0x0e;
const SLEEP_ENABLE = 1 << 13;
const SHUTDOWN = 'Shutdown';

/** A20 is open at power-on, as firmware has long left it, and through this port: the keyboard controller's gate is closed. */
const powerOn = () => ({ portA: PORT_A.a20 as number, resetControl: 0, postCode: 0, acpi: 0, shutdownLetters: 0 });

export class SystemControl implements Snapshotting {
  private r = powerOn();
  private readonly lines: SystemControlLines;

  constructor(ports: PortSpace, lines: SystemControlLines) {
    this.lines = lines;
    const byte = (owner: string, port: number, read: () => number, write: (value: number) => void) =>
      ports.claim(owner, port, 1, { read, write: (_port, value) => write(value) });
    byte(
      'system control port A',
      0x92,
      () => this.r.portA,
      value => this.writePortA(value),
    );
    byte(
      'reset control',
      0xcf9,
      () => this.r.resetControl,
      value => this.writeResetControl(value),
    );
    byte(
      'POST code',
      0x80,
      () => this.r.postCode,
      value => {
        this.r.postCode = value;
        lines.postCode(value);
      },
    );
    byte('debug console', 0xe9, () => 0xe9, lines.debugConsole);
    byte('teletype tap', 0x402, () => 0xff, lines.teletype);
    byte(
      'Shutdown',
      0x8900,
      () => 0xff,
      value => this.spell(value),
    );

    ports.claim('PCI address, absent', 0xcf8, 1, {
      width: 4,
      read: (_port, width) => 2 ** (8 * width) - 1,
      write: () => {},
    });
    const exit: PortHandler = {
      width: 4,
      read: () => 0,
      write: (port, value, width) => lines.debugExit(port, value, width),
    };
    for (const port of [0xf4, 0x501]) ports.claim('isa-debug-exit', port, 1, exit);
    ports.claim('address space ends', 0x505, 1, {
      width: 4,
      read: () => 0,
      write: (_port, value) => lines.addressSpaceEnds(value),
    });
    const power: PortHandler = {
      width: 4,
      read: (_port, width) => this.r.acpi & (width === 1 ? 0xff : 0xffff),
      write: (port, value) => {
        this.r.acpi = value & 0xffff & ~SLEEP_ENABLE;
        if ((value & SLEEP_ENABLE) !== 0) lines.powerOff(port);
      },
    };
    for (const port of [0x604, 0xb004]) ports.claim('ACPI PM1a control', port, 1, power);
  }

  reset(): void {
    this.r = powerOn();
    this.lines.a20.set(true);
  }

  private writePortA(value: number): void {
    const rises = (value & ~this.r.portA & PORT_A.fastReset) !== 0;
    this.r.portA = value & (PORT_A.fastReset | PORT_A.a20);
    this.lines.a20.set((value & PORT_A.a20) !== 0);
    if (rises) this.pulseReset();
  }

  private writeResetControl(value: number): void {
    const rises = (value & ~this.r.resetControl & RESET_CPU) !== 0;
    this.r.resetControl = value & RESET_WRITABLE;
    if (rises) this.pulseReset();
  }

  private pulseReset(): void {
    this.lines.reset.set(true);
    this.lines.reset.set(false);
  }

  private spell(letter: number): void {
    const { r } = this;
    if (letter === SHUTDOWN.charCodeAt(r.shutdownLetters)) r.shutdownLetters++;
    else r.shutdownLetters = letter === SHUTDOWN.charCodeAt(0) ? 1 : 0;
    if (r.shutdownLetters < SHUTDOWN.length) return;
    r.shutdownLetters = 0;
    this.lines.powerOff(0x8900);
  }

  save(): unknown {
    return { ...this.r };
  }

  load(state: unknown): void {
    this.r = { ...(state as ReturnType<typeof powerOn>) };
    this.lines.a20.set((this.r.portA & PORT_A.a20) !== 0);
  }
}
