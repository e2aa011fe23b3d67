/**
 * What an ATA disk says of itself, and where its sectors are: geometry, IDENTIFY DEVICE, CHS. Source: ATA/ATAPI-4 (T13/1153D), 8.12 and annex B.
 */
import type { BlockStore } from './wiring.ts';

export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
}

/** What 28 address bits can number. */
const LBA28 = 0x0fffffff;
/** Sectors READ and WRITE MULTIPLE can take per interrupt. */
export const MOST_MULTIPLE = 16;

export class AtaDisk {
  readonly store: BlockStore;
  readonly sectors: number;
  /** Geometry as delivered. */
  readonly geometry: Geometry;
  private readonly serial: string;

  constructor(store: BlockStore, serial: string) {
    this.store = store;
    this.serial = serial;
    this.sectors = Math.min(store.sectors, LBA28);
    const cylinders = Math.floor(this.sectors / (16 * 63));
    this.geometry = { cylinders: Math.max(1, Math.min(16383, cylinders)), heads: 16, sectors: 63 };
  }

  /** The 512 bytes of IDENTIFY DEVICE; `current`: the geometry set by INITIALIZE DEVICE PARAMETERS, `multiple`: sectors set by SET MULTIPLE MODE. */
  identify(current: Geometry, multiple: number): Uint8Array {
    const bytes = new Uint8Array(512);
    const view = new DataView(bytes.buffer);
    const word = (index: number, value: number) => view.setUint16(index * 2, value, true);
    /** The first character of each pair is in the high byte. */
    const text = (index: number, words: number, value: string) => {
      const padded = value.padEnd(words * 2);
      for (let i = 0; i < words; i++) word(index + i, (padded.charCodeAt(i * 2) << 8) | padded.charCodeAt(i * 2 + 1));
    };
    const double = (index: number, value: number) => view.setUint32(index * 2, value, true);
    // Fixed, not removable.
    word(0, 0x0040);
    word(1, this.geometry.cylinders);
    word(3, this.geometry.heads);
    word(6, this.geometry.sectors);
    text(10, 10, this.serial);
    text(23, 4, '1.0');
    text(27, 20, 'real86 disk');
    word(47, 0x8000 | MOST_MULTIPLE);
    // LBA; no DMA.
    word(49, 0x0200);
    word(51, 0x0200);
    // Words 54-58 and 64-70 hold something.
    word(53, 0x0003);
    word(54, current.cylinders);
    word(55, current.heads);
    word(56, current.sectors);
    double(57, current.cylinders * current.heads * current.sectors);
    word(59, multiple === 0 ? 0 : 0x0100 | multiple);
    double(60, this.sectors);
    // PIO modes 3 and 4, 120 ns a cycle.
    word(64, 0x0003);
    word(67, 120);
    word(68, 120);
    // ATA-1 to ATA-4; FLUSH CACHE is there.
    word(80, 0x001e);
    word(83, 0x5000);
    word(84, 0x4000);
    word(86, 0x1000);
    word(87, 0x4000);
    return bytes;
  }
}

/** The geometry after INITIALIZE DEVICE PARAMETERS. */
export function geometryFor(disk: AtaDisk, heads: number, sectors: number): Geometry {
  return { cylinders: Math.min(65535, Math.max(1, Math.floor(disk.sectors / (heads * sectors)))), heads, sectors };
}

/** Sector number of a CHS address, or -1 when the geometry has none such. Sectors count from 1. */
export function lbaOf({ heads, sectors }: Geometry, cylinder: number, head: number, sector: number): number {
  if (head >= heads || sector === 0 || sector > sectors) return -1;
  return (cylinder * heads + head) * sectors + sector - 1;
}
