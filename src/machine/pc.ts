/**
 * The PC/AT of docs/platform.md: its parts, how they are wired, and the loop that lets processor and time run together.
 *
 * run() lets the processor go exactly up to the next alarm of the clock, fires it, and goes on. In HLT the clock skips to the next
 * alarm. Everything is synchronous; nothing here knows the host's time.
 */

import { Cpu } from '../cpu/cpu.ts';
import { wasmEngine } from '../cpu/engine.ts';
import { AtaChannel } from '../devices/ata-channel.ts';
import { CoprocessorError } from '../devices/coprocessor-error.ts';
import { I8042 } from '../devices/i8042-keyboard.ts';
import { I8254 } from '../devices/i8254-pit.ts';
import { I8259Pair } from '../devices/i8259-pic.ts';
import { Mc146818 } from '../devices/mc146818-rtc.ts';
import { PortB } from '../devices/port-b.ts';
import { SystemControl } from '../devices/system-control.ts';
import { Uart16550 } from '../devices/uart-16550.ts';
import { VgaText } from '../devices/vga-text.ts';
import type { BlockStore, Line, SerialPort, SerialSource, Snapshotting } from '../devices/wiring.ts';
import { Flag } from '../isa/flags.ts';
import { gateA20 } from './a20.ts';
import { VirtualClock } from './clock.ts';
import { setCmos } from './cmos.ts';
import { checkOptions, type PcOptions, type PcStop } from './pc-options.ts';
import { PortBus } from './ports.ts';

export type { BlockStore, PcOptions, PcStop, SerialPort, SerialSource };

const KIB = 1024;
const MIB = 1024 * KIB;
const GRAPHICS = 0xa0000;
const GRAPHICS_END = 0xb0000;
const TEXT = 0xb8000;
const TEXT_END = 0xc0000;
/** The BIOS ends here, and at 4 GiB. */
const ROM_END = MIB;
const ROM_ALIAS_END = 2 ** 32;
const SNAPSHOT_VERSION = 1;

const Irq = { timer: 0, keyboard: 1, com2: 3, com1: 4, rtc: 8, aux: 12, coprocessor: 13, ata0: 14, ata1: 15 } as const;

export class Pc {
  readonly cpu: Cpu;
  readonly clock: VirtualClock;
  readonly ports: PortBus;
  readonly pic: I8259Pair;
  readonly pit: I8254;
  readonly portB: PortB;
  readonly rtc: Mc146818;
  readonly keyboard: I8042;
  readonly systemControl: SystemControl;
  readonly coprocessorError: CoprocessorError;
  readonly com1: Uart16550;
  readonly com2: Uart16550;
  readonly ata: readonly [AtaChannel, AtaChannel];
  readonly vga: VgaText;

  private readonly devices: Readonly<Record<string, Snapshotting & { reset(): void }>>;
  private readonly keyboardInput: boolean;
  private stop: PcStop | undefined;
  private running = false;
  private resetPending = false;

  constructor(options: PcOptions) {
    checkOptions(options);
    const { memoryBytes, disks = [], floppy } = options;
    this.cpu = new Cpu({
      memoryBytes,
      engine: options.engine ?? wasmEngine,
      ...(options.model === undefined ? {} : { model: options.model }),
      bus: {
        readPort: (port, size) => this.ports.read(port, size),
        readPortBlock: (port, into, size) => this.ports.readBlock(port, into, size),
        writePort: (port, value, size) => this.ports.write(port, value, size),
        acknowledgeInterrupt: () => this.pic.acknowledge(),
        timestamp: () => this.clock.now(),
        coprocessorError: level => this.coprocessorError.set(level),
        observeException: exception => options.observeException?.(exception),
        observeTransfer: transfer => options.observeTransfer?.(transfer),
      },
    });
    this.keyboardInput = options.keyboardInput ?? false;
    const { cpu } = this;
    const { physical } = cpu;
    physical.map('ram', 0, GRAPHICS);
    physical.map('ram', GRAPHICS, GRAPHICS_END);
    physical.map('ram', TEXT, TEXT_END);
    const { bios } = options;
    const rom = ROM_END - bios.length;
    physical.map('rom', rom, ROM_END);
    physical.map('rom', ROM_ALIAS_END - bios.length, ROM_ALIAS_END, rom);
    if (memoryBytes > MIB) physical.map('ram', MIB, memoryBytes);
    physical.bytes.set(bios, rom);

    const clock = new VirtualClock(() => cpu.now());
    clock.onEarlier = () => this.interruptRun();
    const ports = new PortBus(options.log);
    const intr: Line = {
      set: level => {
        cpu.interruptLine = level;
      },
    };
    const reset: Line = {
      set: level => {
        if (level) this.reset();
      },
    };
    const [keyboardA20, portA20] = gateA20(open => cpu.setA20(open));
    const starved = () => this.interruptRun();

    this.clock = clock;
    this.ports = ports;
    this.pic = new I8259Pair(ports, intr);
    const line = (irq: number) => this.pic.line(irq);
    this.pit = new I8254(ports, clock, line(Irq.timer));
    this.portB = new PortB(ports, clock, this.pit);
    this.rtc = new Mc146818(ports, clock, line(Irq.rtc), options.startTime);
    this.keyboard = new I8042(ports, clock, {
      irq1: line(Irq.keyboard),
      irq12: line(Irq.aux),
      a20: keyboardA20,
      reset,
    });
    this.systemControl = new SystemControl(ports, {
      a20: portA20,
      reset,
      powerOff: port => this.stopWith({ reason: 'power-off', port }),
      debugExit: (port, value, width) => this.stopWith({ reason: 'debug-exit', port, value, width }),
      addressSpaceEnds: signal => options.addressSpaceEnds?.(signal),
      postCode: byte => options.postCode?.(byte),
      debugConsole: byte => options.debugConsole?.(byte),
      teletype: byte => options.teletype?.(byte),
    });
    this.coprocessorError = new CoprocessorError(ports, line(Irq.coprocessor), {
      set: level => {
        cpu.ignoreNumericErrors = level;
      },
    });
    this.com1 = new Uart16550(ports, 0x3f8, clock, line(Irq.com1), options.com1, starved);
    this.com2 = new Uart16550(ports, 0x2f8, clock, line(Irq.com2), options.com2, starved);
    this.ata = [
      new AtaChannel(ports, 0x1f0, 0x3f6, line(Irq.ata0), disks.slice(0, 2)),
      new AtaChannel(ports, 0x170, 0x376, line(Irq.ata1), disks.slice(2, 4)),
    ];
    this.vga = new VgaText(
      ports,
      clock,
      physical.bytes.subarray(TEXT, TEXT_END),
      physical.bytes.subarray(GRAPHICS, GRAPHICS_END),
    );
    setCmos(this.rtc, { memoryBytes, disks, floppy });

    const { pic, pit, portB, rtc, keyboard, systemControl, coprocessorError, com1, com2, vga } = this;
    this.devices = {
      pic,
      pit,
      portB,
      rtc,
      keyboard,
      systemControl,
      coprocessorError,
      com1,
      com2,
      ata0: this.ata[0],
      ata1: this.ata[1],
      vga,
    };
    this.resetNow();
  }

  /** Ticks since power-on; `cpu.insns` counts executed instructions alone. */
  get ticks(): number {
    return this.clock.now();
  }

  /** Runs the machine for at most `limit` ticks: instructions, and idle ticks skipped in HLT. */
  run(limit: number): PcStop {
    const end = this.ticks + limit;
    this.running = true;
    try {
      this.com1.input.poll();
      this.com2.input.poll();
      for (;;) {
        const stop = this.advance(end);
        if (stop) return stop;
      }
    } finally {
      this.running = false;
    }
  }

  /** Makes run() come back soon: after the current instruction when called from within it. */
  requestStop(): void {
    this.stopWith({ reason: 'requested' });
  }

  /** As the reset button does: processor and devices, memory kept. From a device's callback: after the current instruction. */
  reset(): void {
    if (!this.running) {
      this.resetNow();
      return;
    }
    this.resetPending = true;
    this.interruptRun();
  }

  /** The devices and the clock; the processor and memory are not in it yet. */
  save(): unknown {
    const devices = Object.fromEntries(Object.entries(this.devices).map(([name, device]) => [name, device.save()]));
    return { version: SNAPSHOT_VERSION, clock: this.clock.save(), devices };
  }

  /** What save() gave, into a machine with the same options. */
  load(state: unknown): void {
    const { version, clock, devices } = state as { version: number; clock: unknown; devices: Record<string, unknown> };
    if (version !== SNAPSHOT_VERSION)
      throw new Error(`snapshot of version 0x${version.toString(16)}, not 0x${SNAPSHOT_VERSION.toString(16)}`);
    this.clock.load(clock);
    // The interrupt controllers last: loading the others moves their inputs.
    const { pic, ...others } = this.devices;
    for (const [name, device] of Object.entries(others)) device.load(devices[name]);
    pic!.load(devices.pic);
  }

  // ---- running

  /** One go of the processor, up to the next alarm at most. */
  private advance(end: number): PcStop | undefined {
    const { clock, cpu } = this;
    clock.fireDue();
    if (this.resetPending) this.resetNow();
    if (this.stop) {
      const { stop } = this;
      this.stop = undefined;
      return stop;
    }
    if (this.com1.input.starved || this.com2.input.starved) return { reason: 'input' };
    const now = this.ticks;
    if (now >= end) return { reason: 'limit' };
    // An alarm set for the past fires after one more instruction, so that time moves.
    clock.horizon = Math.min(end, Math.max(clock.next, now + 1));
    const reason = cpu.run(clock.horizon - now);
    clock.horizon = 0;
    if (reason === 'triple-fault' || reason === 'observed') return { reason };
    return reason === 'halt' ? this.idle(end) : undefined;
  }

  /** The processor halts: time passes until the next alarm, if any can wake it. */
  private idle(end: number): PcStop | undefined {
    if ((this.cpu.state.eflags & Flag.IF) === 0) return { reason: 'halt' };
    this.com1.input.poll();
    this.com2.input.poll();
    if (!this.willWake) return this.inputWouldWake ? { reason: 'input' } : { reason: 'halt' };
    this.clock.skipTo(Math.min(this.clock.next, end));
    return undefined;
  }

  private get willWake(): boolean {
    const { pic, pit, rtc, keyboard, com1, com2 } = this;
    return (
      (pit.willInterrupt && pic.accepts(Irq.timer)) ||
      (rtc.willInterrupt && pic.accepts(Irq.rtc)) ||
      (keyboard.willInterrupt && pic.accepts(Irq.keyboard)) ||
      (com1.willInterrupt && pic.accepts(Irq.com1)) ||
      (com2.willInterrupt && pic.accepts(Irq.com2))
    );
  }

  private get inputWouldWake(): boolean {
    const { pic, com1, com2, keyboard } = this;
    if (this.keyboardInput && keyboard.interruptsOnInput && pic.accepts(Irq.keyboard)) return true;
    const wakes = (port: Uart16550, irq: number) => port.input.waits && port.interruptsOnInput && pic.accepts(irq);
    return wakes(com1, Irq.com1) || wakes(com2, Irq.com2);
  }

  private stopWith(stop: PcStop): void {
    this.stop ??= stop;
    this.interruptRun();
  }

  /** The processor comes back after the current instruction: port accesses end its slice. */
  private interruptRun(): void {
    if (this.running) this.cpu.stopRequested = true;
  }

  private resetNow(): void {
    this.resetPending = false;
    for (const device of Object.values(this.devices)) device.reset();
    this.cpu.reset();
  }
}
