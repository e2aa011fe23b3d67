/** Disk contents that live in memory. Files belong to the host tools, which write their own BlockStore. */
import type { BlockStore } from '../devices/wiring.ts';

export type { BlockStore };

/** Bytes of a sector. */
export const SECTOR = 512;

/** A disk over bytes that are never changed: what the guest writes is kept beside them. A last piece of a sector is filled with zeros. */
export class MemoryStore implements BlockStore {
  readonly sectors: number;
  readonly readOnly: boolean;
  private readonly image: Uint8Array;
  /** Written sectors, by number. */
  private readonly overlay = new Map<number, Uint8Array>();

  constructor(image: Uint8Array, options: { readOnly?: boolean } = {}) {
    this.image = image;
    this.readOnly = options.readOnly ?? false;
    this.sectors = Math.ceil(image.length / SECTOR);
  }

  read(lba: number, count: number): Uint8Array {
    this.check(lba, count);
    const data = new Uint8Array(count * SECTOR);
    data.set(this.image.subarray(lba * SECTOR, (lba + count) * SECTOR));
    if (this.overlay.size === 0) return data;
    for (let i = 0; i < count; i++) {
      const written = this.overlay.get(lba + i);
      if (written) data.set(written, i * SECTOR);
    }
    return data;
  }

  write(lba: number, data: Uint8Array): void {
    if (this.readOnly) throw new Error(`write to sector 0x${lba.toString(16)} of a read-only disk`);
    if (data.length % SECTOR !== 0)
      throw new Error(`write of 0x${data.length.toString(16)} bytes is not whole sectors`);
    const count = data.length / SECTOR;
    this.check(lba, count);
    for (let i = 0; i < count; i++) this.overlay.set(lba + i, data.slice(i * SECTOR, (i + 1) * SECTOR));
  }

  /** The sectors the guest wrote, by number, in order: what a host may write back. */
  written(): [number, Uint8Array][] {
    return [...this.overlay].sort(([a], [b]) => a - b);
  }

  private check(lba: number, count: number): void {
    if (lba < 0 || count < 0 || lba + count > this.sectors) {
      throw new Error(
        `sectors 0x${lba.toString(16)} to 0x${(lba + count).toString(16)} of a disk of 0x${this.sectors.toString(16)}`,
      );
    }
  }
}
