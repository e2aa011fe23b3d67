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
import { AtaDisk, type Geometry, geometryFor, lbaOf, MOST_MULTIPLE } from './ata-disk.ts';
import type { BlockStore, Line, PortSpace, Snapshotting, Width } from './wiring.ts';

const Status = { error: 0x01, request: 0x08, ready: 0x50, busy: 0x80 } as const;
const Fault = { uncorrectable: 0x40, notFound: 0x10, aborted: 0x04, none: 0x00, diagnosticPassed: 0x01 } as const;
const Device = { lba: 0x40, second: 0x10, head: 0x0f, always: 0xa0 } as const;
const Control = { reset: 0x04, noInterrupt: 0x02 } as const;
const SECTOR = 512;
/** Subcommands of SET FEATURES that change nothing here: write cache, look-ahead, defaults kept or not over a reset. */
const HARMLESS_FEATURES = new Set([0x02, 0x82, 0xaa, 0x55, 0x66, 0xcc]);
const SET_TRANSFER_MODE = 0x03;

/** State of a disk; the registers they share are the channel's. */
const unit = (disk: AtaDisk | undefined) => ({
  status: disk ? Status.ready : 0,
  error: Fault.diagnosticPassed as number,
  multiple: 0,
  geometry: disk?.geometry ?? { cylinders: 1, heads: 1, sectors: 1 },
});

const NOTHING: Uint8Array = new Uint8Array(0);

const powerOn = (disks: readonly (AtaDisk | undefined)[]) => ({
  units: disks.map(unit),
  features: 0,
  count: 1,
  lba: [1, 0, 0] as [number, number, number],
  device: 0,
  control: 0,
  interrupt: false,
  /** The sector being transferred, sectors left including it, and sectors per block. */
  at: 0,
  left: 0,
  block: 1,
  writing: false,
  buffer: NOTHING,
  position: 0,
});

export class AtaChannel implements Snapshotting {
  private r: ReturnType<typeof powerOn>;
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

  private get unit(): ReturnType<typeof unit> {
    return this.r.units[this.selected]!;
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
    this.r = { ...powerOn(this.disks), control, features };
  }

  // ---- commands

  private command(command: number): void {
    const { r } = this;
    if (!this.disk || r.control & Control.reset) return;
    r.interrupt = false;
    r.left = 0;
    // The buffer is the channel's: a transfer with the other disk ends here.
    for (const other of r.units) other.status &= ~Status.request;
    this.unit.error = Fault.none;
    this.unit.status = Status.ready;
    this.perform(this.disk, command);
    this.update();
  }

  private perform(disk: AtaDisk, command: number): void {
    const { unit, r } = this;
    if (command === 0x20 || command === 0x21) this.begin(disk, 1, false);
    else if (command === 0x30 || command === 0x31) this.begin(disk, 1, true);
    else if (command === 0xc4) this.begin(disk, unit.multiple, false);
    else if (command === 0xc5) this.begin(disk, unit.multiple, true);
    else if (command === 0x40 || command === 0x41) this.verify(disk);
    else if (command >> 4 === 7)
      this.finish(this.address() < disk.sectors && this.address() >= 0 ? Fault.none : Fault.notFound);
    else if (command === 0xec) this.identify(disk);
    else if (command === 0x90) this.diagnose();
    else if (command === 0x91) this.initialize(disk);
    else if (command === 0xc6) this.setMultiple();
    else if (command === 0xef) this.setFeatures();
    else if (command === 0xe5) {
      // CHECK POWER MODE: active.
      r.count = 0xff;
      this.finish(Fault.none);
    } else if (command >> 4 === 1 || (command >= 0xe0 && command <= 0xe7 && command !== 0xe4)) this.finish(Fault.none);
    else this.finish(Fault.aborted);
  }

  private finish(error: number): void {
    const { unit, r } = this;
    unit.error = error;
    unit.status = Status.ready | (error === Fault.none ? 0 : Status.error);
    r.left = 0;
    this.interrupt();
  }

  private diagnose(): void {
    this.softReset();
    this.r.device = 0;
    this.interrupt();
  }

  private initialize(disk: AtaDisk): void {
    const { unit, r } = this;
    if (r.count === 0) {
      this.finish(Fault.aborted);
      return;
    }
    unit.geometry = geometryFor(disk, (r.device & Device.head) + 1, r.count);
    this.finish(Fault.none);
  }

  private setMultiple(): void {
    const { count } = this.r;
    if (count > MOST_MULTIPLE || (count & (count - 1)) !== 0) {
      this.finish(Fault.aborted);
      return;
    }
    this.unit.multiple = count;
    this.finish(Fault.none);
  }

  private setFeatures(): void {
    const { features, count } = this.r;
    const pio = features === SET_TRANSFER_MODE && count <= 0x0c;
    this.finish(pio || HARMLESS_FEATURES.has(features) ? Fault.none : Fault.aborted);
  }

  // ---- addresses

  /** The sector that the registers name, or -1. */
  private address(): number {
    const { lba, device } = this.r;
    if (device & Device.lba) return ((device & Device.head) << 24) | (lba[2] << 16) | (lba[1] << 8) | lba[0];
    return lbaOf(this.unit.geometry, (lba[2] << 8) | lba[1], device & Device.head, lba[0]);
  }

  /** Names a sector in the registers: where a transfer is, or ended. */
  private setAddress(sector: number): void {
    const { r } = this;
    if (r.device & Device.lba) {
      r.lba = [sector & 0xff, (sector >> 8) & 0xff, (sector >> 16) & 0xff];
      r.device = (r.device & ~Device.head) | ((sector >> 24) & Device.head);
      return;
    }
    const { heads, sectors }: Geometry = this.unit.geometry;
    const track = Math.floor(sector / sectors);
    const cylinder = Math.floor(track / heads);
    r.lba = [(sector % sectors) + 1, cylinder & 0xff, (cylinder >> 8) & 0xff];
    r.device = (r.device & ~Device.head) | (track % heads);
  }

  // ---- transfers

  private verify(disk: AtaDisk): void {
    const first = this.address();
    const count = this.r.count || 256;
    if (first < 0 || first >= disk.sectors) {
      this.finish(Fault.notFound);
      return;
    }
    const end = Math.min(first + count, disk.sectors);
    this.setAddress(end < first + count ? end : end - 1);
    this.r.count = first + count - end;
    this.finish(this.r.count === 0 ? Fault.none : Fault.notFound);
  }

  private begin(disk: AtaDisk, block: number, writing: boolean): void {
    const { r } = this;
    if (block === 0 || (writing && disk.store.readOnly)) {
      this.finish(Fault.aborted);
      return;
    }
    r.at = this.address();
    r.left = r.count || 256;
    r.block = block;
    r.writing = writing;
    this.nextBlock(disk, !writing);
  }

  /** Makes the next block ready to be read from, or written to, the data register. */
  private nextBlock(disk: AtaDisk, interrupt: boolean): void {
    const { r } = this;
    const sectors = Math.min(r.block, r.left);
    if (r.at < 0 || r.at + sectors > disk.sectors) {
      if (r.at >= 0) this.setAddress(Math.min(r.at, disk.sectors - 1));
      this.finish(Fault.notFound);
      return;
    }
    this.setAddress(r.at + sectors - 1);
    if (r.writing) r.buffer = new Uint8Array(sectors * SECTOR);
    else {
      const data = attempt(() => disk.store.read(r.at, sectors));
      if (!data) {
        this.finish(Fault.uncorrectable);
        return;
      }
      r.buffer = data;
    }
    this.offer(interrupt);
  }

  private offer(interrupt: boolean): void {
    this.r.position = 0;
    this.unit.status = Status.ready | Status.request;
    if (interrupt) this.interrupt();
  }

  private identify(disk: AtaDisk): void {
    const { r, unit } = this;
    r.buffer = disk.identify(unit.geometry, unit.multiple);
    r.writing = false;
    this.offer(true);
  }

  /** The buffer has been read out or filled up. */
  private blockDone(): void {
    const { r, disk } = this;
    this.unit.status = Status.ready;
    // IDENTIFY counts no sectors.
    if (!disk || r.left === 0) return;
    const sectors = r.buffer.length / SECTOR;
    const write = (): true => {
      disk.store.write(r.at, r.buffer);
      return true;
    };
    if (r.writing && !attempt(write)) {
      this.finish(Fault.uncorrectable);
      return;
    }
    r.at += sectors;
    r.left -= sectors;
    r.count = r.left & 0xff;
    if (r.left > 0) this.nextBlock(disk, true);
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
    this.r = structuredClone(state) as ReturnType<typeof powerOn>;
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
