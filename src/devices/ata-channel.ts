/**
 * An ATA channel with up to two disks; PIO only. Source: ATA/ATAPI-4 (T13/1153D).
 *
 * | offset | read            | write          |   | bits of status                                  |
 * |--------|-----------------|----------------|---|-------------------------------------------------|
 * | 0      | data            | data           |   | 80h BSY, 40h DRDY, 20h DF, 10h DSC, 08h DRQ, 01h ERR |
 * | 1      | error           | features       |   | bits of error                                   |
 * | 2      | sector count    | the same       |   | 40h UNC, 10h IDNF, 04h ABRT                     |
 * | 3-5    | LBA 7-0, 15-8, 23-16, or sector and cylinder | |                                        |
 * | 6      | device: bit 6 LBA, 4 disk 1, 3-0 LBA 27-24 or head |                                     |
 * | 7      | status          | command        |                                                     |
 * | control | alternate status | 4 SRST, 2 nIEN |                                                   |
 *
 * Commands are done at once; BSY shows while SRST is held and never otherwise. A disk that is not there reads as zeros, as one that the other
 * disk answers for does. Not modelled: DMA, LBA48, ATAPI, power states (they are accepted), read-ahead.
 */
import { AtaDisk, geometryFor, MOST_MULTIPLE } from './ata-disk.ts';
import {
  addressOf,
  Control,
  Device,
  Fault,
  powerOn,
  type Registers,
  SECTOR,
  Status,
  setAddress,
  type Unit,
  unitOf,
} from './ata-registers.ts';
import type { BlockStore, Line, PortSpace, Snapshotting, Width } from './wiring.ts';

/** Subcommands of SET FEATURES that change nothing here: write cache, look-ahead, defaults kept or not over a reset. */
const HARMLESS_FEATURES = new Set([0x02, 0x82, 0xaa, 0x55, 0x66, 0xcc]);
const SET_TRANSFER_MODE = 0x03;
/** Transfer modes up to this are PIO ones. */
const MOST_PIO = 0x0c;
/** Of a command that goes on with data. */
const pending = 'pending';

export class AtaChannel implements Snapshotting {
  private r: Registers;
  private readonly disks: readonly (AtaDisk | undefined)[];
  private readonly irq: Line;

  /** `base`: 1F0h or 170h; `control`: 3F6h or 376h; `stores`: disk 0 and 1. */
  constructor(ports: PortSpace, base: number, control: number, irq: Line, stores: readonly (BlockStore | undefined)[]) {
    this.irq = irq;
    this.disks = [0, 1].map(i => {
      const store = stores[i];
      return store && store.sectors > 0 ? new AtaDisk(store, `R86-${base.toString(16)}-${i}`) : undefined;
    });
    this.r = powerOn(this.disks);
    const owner = `ATA at ${base.toString(16)}h`;
    ports.claim(owner, base, 1, {
      width: 4,
      read: (_port, width) => this.readData(width),
      readBlock: (_port, into, width) => this.readBlock(into, width),
      write: (_port, value, width) => this.writeData(value, width),
    });
    ports.claim(owner, base + 1, 7, {
      read: port => this.read(port & 7),
      write: (port, value) => this.write(port & 7, value),
    });
    ports.claim(owner, control, 1, { read: () => this.status, write: (_port, value) => this.writeControl(value) });
  }

  reset(): void {
    this.r = powerOn(this.disks);
    this.update();
  }

  private get selected(): 0 | 1 {
    return this.r.device & Device.second ? 1 : 0;
  }

  private get disk(): AtaDisk | undefined {
    return this.disks[this.selected];
  }

  private get unit(): Unit {
    return unitOf(this.r);
  }

  private get status(): number {
    if (!this.disk) return 0;
    return this.r.control & Control.reset ? Status.busy : this.unit.status;
  }

  private update(): void {
    this.irq.set(this.r.interrupt && (this.r.control & Control.noInterrupt) === 0);
  }

  private interrupt(): void {
    this.r.interrupt = true;
    this.update();
  }

  // ---- registers

  private read(register: number): number {
    const { r } = this;
    if (!this.disk) return 0;
    if (register === 1) return this.unit.error;
    if (register === 2) return r.count;
    if (register < 6) return r.lba[register - 3]!;
    if (register === 6) return r.device | Device.always;
    r.interrupt = false;
    this.update();
    return this.status;
  }

  private write(register: number, value: number): void {
    const { r } = this;
    if (register === 7) this.command(value);
    else if (register === 1) r.features = value;
    else if (register === 2) r.count = value;
    else if (register === 6) r.device = value;
    else r.lba[register - 3] = value;
  }

  private writeControl(value: number): void {
    const { r } = this;
    const released = (r.control & ~value & Control.reset) !== 0;
    r.control = value;
    if (released) this.softReset();
    this.update();
  }

  /** After SRST and EXECUTE DEVICE DIAGNOSTIC: the signature of a disk, disk 0 selected, all transfers forgotten. */
  private softReset(): void {
    const { control, features } = this.r;
    Object.assign(this.r, powerOn(this.disks), { control, features });
  }

  // ---- commands: each answers with its error, or `pending` when data is to be transferred first

  private command(command: number): void {
    const { r, disk } = this;
    if (!disk || r.control & Control.reset) return;
    r.interrupt = false;
    r.left = 0;
    // The buffer is the channel's: a transfer with the other disk ends here.
    for (const other of r.units) other.status &= ~Status.request;
    this.settle(this.perform(disk, command));
    this.update();
  }

  /** Ends a command, but for one that is pending. */
  private settle(error: number | typeof pending): void {
    if (error === pending) return;
    const { unit } = this;
    unit.error = error;
    unit.status = Status.ready | (error === Fault.none || error === Fault.diagnosticPassed ? 0 : Status.error);
    this.r.left = 0;
    this.interrupt();
  }

  private perform(disk: AtaDisk, command: number): number | typeof pending {
    const { r, unit } = this;
    switch (command) {
      case 0x20:
      case 0x21:
        return this.begin(disk, 1, false);
      case 0x30:
      case 0x31:
        return this.begin(disk, 1, true);
      case 0xc4:
        return this.begin(disk, unit.multiple, false);
      case 0xc5:
        return this.begin(disk, unit.multiple, true);
      case 0x40:
      case 0x41:
        return this.verify(disk);
      case 0xec:
        r.buffer = disk.identify(unit.geometry, unit.multiple);
        r.writing = false;
        return this.offer(true);
      case 0x90:
        this.softReset();
        r.device = 0;
        return Fault.diagnosticPassed;
      case 0x91:
        if (r.count === 0) return Fault.aborted;
        unit.geometry = geometryFor(disk, (r.device & Device.head) + 1, r.count);
        return Fault.none;
      case 0xc6:
        if (r.count > MOST_MULTIPLE || (r.count & (r.count - 1)) !== 0) return Fault.aborted;
        unit.multiple = r.count;
        return Fault.none;
      case 0xef: {
        const pio = r.features === SET_TRANSFER_MODE && r.count <= MOST_PIO;
        return pio || HARMLESS_FEATURES.has(r.features) ? Fault.none : Fault.aborted;
      }
      case 0xe5:
        // CHECK POWER MODE: active.
        r.count = 0xff;
        return Fault.none;
    }
    if (command >> 4 === 7) return addressOf(r) >= 0 && addressOf(r) < disk.sectors ? Fault.none : Fault.notFound;
    const harmless = command >> 4 === 1 || (command >= 0xe0 && command <= 0xe7 && command !== 0xe4);
    return harmless ? Fault.none : Fault.aborted;
  }

  // ---- transfers

  private verify(disk: AtaDisk): number {
    const { r } = this;
    const first = addressOf(r);
    const count = r.count || 256;
    if (first < 0 || first >= disk.sectors) return Fault.notFound;
    const end = Math.min(first + count, disk.sectors);
    setAddress(r, end < first + count ? end : end - 1);
    r.count = first + count - end;
    return r.count === 0 ? Fault.none : Fault.notFound;
  }

  private begin(disk: AtaDisk, block: number, writing: boolean): number | typeof pending {
    const { r } = this;
    if (block === 0 || (writing && disk.store.readOnly)) return Fault.aborted;
    r.at = addressOf(r);
    r.left = r.count || 256;
    r.block = block;
    r.writing = writing;
    return this.nextBlock(disk, !writing);
  }

  /** Makes the next block ready to be read from, or written to, the data register. */
  private nextBlock(disk: AtaDisk, interrupt: boolean): number | typeof pending {
    const { r } = this;
    const sectors = Math.min(r.block, r.left);
    if (r.at < 0) return Fault.notFound;
    if (r.at + sectors > disk.sectors) {
      setAddress(r, Math.min(r.at, disk.sectors - 1));
      return Fault.notFound;
    }
    setAddress(r, r.at + sectors - 1);
    const data = r.writing ? new Uint8Array(sectors * SECTOR) : attempt(() => disk.store.read(r.at, sectors));
    if (!data) return Fault.uncorrectable;
    r.buffer = data;
    return this.offer(interrupt);
  }

  private offer(interrupt: boolean): typeof pending {
    this.r.position = 0;
    this.unit.error = Fault.none;
    this.unit.status = Status.ready | Status.request;
    if (interrupt) this.interrupt();
    return pending;
  }

  /** The buffer has been read out or filled up. */
  private blockDone(): void {
    const { r, disk, unit } = this;
    unit.status = Status.ready;
    // IDENTIFY counts no sectors.
    if (!disk || r.left === 0) return;
    const written = !r.writing || attempt(() => write(disk.store, r.at, r.buffer));
    if (!written) {
      this.settle(Fault.uncorrectable);
      return;
    }
    const sectors = r.buffer.length / SECTOR;
    r.at += sectors;
    r.left -= sectors;
    r.count = r.left & 0xff;
    if (r.left > 0) this.settle(this.nextBlock(disk, true));
    else if (r.writing) this.interrupt();
  }

  private requests(writing: boolean): boolean {
    return (this.status & Status.request) !== 0 && this.r.writing === writing;
  }

  private readData(width: Width): number {
    const { r } = this;
    if (!this.requests(false)) return 0;
    const { buffer, position } = r;
    if (position + width > buffer.length) return width === 1 ? 0 : this.readBytes(width);
    let value = buffer[position]!;
    if (width > 1) value |= buffer[position + 1]! << 8;
    if (width > 2) value |= (buffer[position + 2]! << 16) | (buffer[position + 3]! << 24);
    r.position = position + width;
    if (r.position === buffer.length) this.blockDone();
    return value >>> 0;
  }

  /** All but the last of the buffer, whose reading ends the block. */
  private readBlock(into: Uint8Array, width: Width): number {
    const { r } = this;
    if (!this.requests(false)) return 0;
    const room = Math.max(0, Math.min(into.length, r.buffer.length - r.position - 1));
    const length = room - (room % width);
    into.set(r.buffer.subarray(r.position, r.position + length));
    r.position += length;
    return length;
  }

  /** A word or doubleword over the end of a block, after bytes have put it out of step. */
  private readBytes(width: Width): number {
    let value = 0;
    for (let i = 0; i < width; i++) value |= this.readData(1) << (8 * i);
    return value >>> 0;
  }

  private writeData(value: number, width: Width): void {
    const { r } = this;
    for (let i = 0; i < width; i++) {
      if (!this.requests(true)) return;
      r.buffer[r.position++] = (value >>> (8 * i)) & 0xff;
      if (r.position === r.buffer.length) this.blockDone();
    }
  }

  save(): unknown {
    return structuredClone(this.r);
  }

  load(state: unknown): void {
    this.r = structuredClone(state) as Registers;
    this.update();
  }
}

/** What the store answers; undefined when it failed: the guest sees a bad sector, as it would of a failing disk. */
function attempt<T>(access: () => T): T | undefined {
  try {
    return access();
  } catch {
    return undefined;
  }
}

function write(store: BlockStore, lba: number, data: Uint8Array): true {
  store.write(lba, data);
  return true;
}
