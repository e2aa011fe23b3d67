/** The registers of an ATA channel: bits, state, and how they name a sector. Source: ATA/ATAPI-4 (T13/1153D), 7 and 8. */
import { type AtaDisk, lbaOf } from './ata-disk.ts';

export const Status = { error: 0x01, request: 0x08, ready: 0x50, busy: 0x80 } as const;
export const Fault = {
  uncorrectable: 0x40,
  notFound: 0x10,
  aborted: 0x04,
  none: 0x00,
  diagnosticPassed: 0x01,
} as const;
export const Device = { lba: 0x40, second: 0x10, head: 0x0f, always: 0xa0 } as const;
export const Control = { reset: 0x04, noInterrupt: 0x02 } as const;
export const SECTOR = 512;
/** State of a disk; the registers they share are the channel's. */
const unit = (disk: AtaDisk | undefined) => ({
  status: disk ? Status.ready : 0,
  error: Fault.diagnosticPassed as number,
  multiple: 0,
  geometry: disk?.geometry ?? { cylinders: 1, heads: 1, sectors: 1 },
});

const NOTHING: Uint8Array = new Uint8Array(0);

export const powerOn = (disks: readonly (AtaDisk | undefined)[]) => ({
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

export type Unit = ReturnType<typeof unit>;
export type Registers = ReturnType<typeof powerOn>;

/** The disk that the device register selects. */
export function unitOf({ units, device }: Registers): Unit {
  return units[device & Device.second ? 1 : 0]!;
}

/** The sector that the registers name, by LBA or CHS; -1 for none. */
export function addressOf(registers: Registers): number {
  const { lba, device } = registers;
  const low = (lba[2] << 16) | (lba[1] << 8) | lba[0];
  if (device & Device.lba) return ((device & Device.head) << 24) | low;
  return lbaOf(unitOf(registers).geometry, low >> 8, device & Device.head, lba[0]);
}

/** Names a sector in the registers: where a transfer is, or ended. */
export function setAddress(registers: Registers, sector: number): void {
  const { heads, sectors } = unitOf(registers).geometry;
  const track = Math.floor(sector / sectors);
  const cylinder = Math.floor(track / heads);
  const byLba = (registers.device & Device.lba) !== 0;
  const head = byLba ? (sector >> 24) & Device.head : track % heads;
  registers.lba = byLba
    ? [sector & 0xff, (sector >> 8) & 0xff, (sector >> 16) & 0xff]
    : [(sector % sectors) + 1, cylinder & 0xff, (cylinder >> 8) & 0xff];
  registers.device = (registers.device & ~Device.head) | head;
}
