/** What the board's maker leaves in CMOS memory for the firmware. Source: IBM PC/AT technical reference, "Real-time clock"; docs/platform.md. */
import type { Mc146818 } from '../devices/mc146818-rtc.ts';
import type { BlockStore } from '../devices/wiring.ts';

/** Drive types of CMOS 10h by KiB on the floppy; a size that is none of them is shown as 1.44 MiB. */
const FLOPPY_TYPES: ReadonlyMap<number, number> = new Map([
  [320, 1],
  [360, 1],
  [1200, 2],
  [720, 3],
  [1440, 4],
  [2880, 5],
]);
const FLOPPY_1440 = 4;
const MIB = 1 << 20;
/** A hard disk whose type is in the extended byte, and what stands there: user-defined. */
const TYPE_EXTENDED = 0x0f;
const TYPE_USER = 47;
const EQUIPMENT_COLOUR_80 = 0x20;
const EQUIPMENT_FLOPPY = 0x01;

export interface CmosContents {
  readonly memoryBytes: number;
  readonly disks: readonly (BlockStore | undefined)[];
  /** Index in `disks` of the one presented as a floppy. */
  readonly floppy: number | undefined;
}

export function setCmos(rtc: Mc146818, { memoryBytes, disks, floppy }: CmosContents): void {
  const bytes = new Uint8Array(128);
  const word = (register: number, value: number) => {
    bytes[register] = value & 0xff;
    bytes[register + 1] = value >> 8;
  };
  const diskette = floppy === undefined ? undefined : disks[floppy];
  if (floppy !== undefined && diskette) {
    bytes[0x10] = (FLOPPY_TYPES.get(Math.ceil(diskette.sectors / 2)) ?? FLOPPY_1440) << 4;
    bytes[0x3f] = floppy + 1;
  }
  const [first, second] = [0, 1].map(i => disks[i] !== undefined && i !== floppy);
  bytes[0x12] = (first ? TYPE_EXTENDED << 4 : 0) | (second ? TYPE_EXTENDED : 0);
  bytes[0x19] = first ? TYPE_USER : 0;
  bytes[0x1a] = second ? TYPE_USER : 0;
  bytes[0x14] = EQUIPMENT_COLOUR_80 | (diskette ? EQUIPMENT_FLOPPY : 0);
  word(0x15, 640);
  const extendedKib = Math.min(0xffff, Math.floor((memoryBytes - MIB) / 1024));
  word(0x17, extendedKib);
  word(0x30, extendedKib);
  word(0x34, Math.min(0xffff, Math.max(0, Math.floor((memoryBytes - 16 * MIB) / 65536))));
  // The sum of 10h to 2Dh, high byte first.
  const sum = bytes.subarray(0x10, 0x2e).reduce((total, byte) => total + byte, 0);
  bytes[0x2e] = sum >> 8;
  bytes[0x2f] = sum & 0xff;
  for (let register = 0x10; register < 128; register++) {
    // 32h, the century, runs with the time.
    if (register !== 0x32) rtc.setMemory(register, bytes[register]!);
  }
}
