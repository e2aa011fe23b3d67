/** Disk contents that live in memory. Files belong to the host tools, which write their own BlockStore. */
import { SECTOR } from '../devices/ata-registers.ts';
import type { BlockStore } from '../devices/wiring.ts';

export type { BlockStore };

export { SECTOR };

/** Sectors that were written over an image which itself is never changed. */
export class Overlay {
  private readonly sectors = new Map<number, Uint8Array>();

  /** Whole sectors at `lba`. */
  write(lba: number, data: Uint8Array): void {
    for (let at = 0; at < data.length; at += SECTOR) this.sectors.set(lba + at / SECTOR, data.slice(at, at + SECTOR));
  }

  /** Lays what was written over `data`, read from `lba`. */
  apply(lba: number, data: Uint8Array): void {
    if (this.sectors.size === 0) return;
    for (let at = 0; at < data.length; at += SECTOR) {
      const written = this.sectors.get(lba + at / SECTOR);
      if (written) data.set(written, at);
    }
  }

  /** By number, in order. */
  entries(): [number, Uint8Array][] {
    return [...this.sectors].sort(([a], [b]) => a - b);
  }
}

/** A disk over bytes that are never changed: what the guest writes is kept beside them. A last piece of a sector is filled with zeros. */
export class MemoryStore implements BlockStore {
  readonly sectors: number;
  readonly readOnly: boolean;
  private readonly image: Uint8Array;
  private readonly overlay = new Overlay();

  constructor(image: Uint8Array, options: { readOnly?: boolean } = {}) {
    this.image = image;
    this.readOnly = options.readOnly ?? false;
    this.sectors = Math.ceil(image.length / SECTOR);
  }

  read(lba: number, count: number): Uint8Array {
    this.check(lba, count);
    const data = new Uint8Array(count * SECTOR);
    data.set(this.image.subarray(lba * SECTOR, (lba + count) * SECTOR));
    this.overlay.apply(lba, data);
    return data;
  }

  write(lba: number, data: Uint8Array): void {
    if (this.readOnly) throw new Error(`write to sector 0x${lba.toString(16)} of a read-only disk`);
    if (data.length % SECTOR !== 0)
      throw new Error(`write of 0x${data.length.toString(16)} bytes is not whole sectors`);
    this.check(lba, data.length / SECTOR);
    this.overlay.write(lba, data);
  }

  /** The sectors the guest wrote, by number, in order: what a host may write back. */
  written(): [number, Uint8Array][] {
    return this.overlay.entries();
  }

  private check(lba: number, count: number): void {
    if (lba < 0 || count < 0 || lba + count > this.sectors) {
      throw new Error(
        `sectors 0x${lba.toString(16)} to 0x${(lba + count).toString(16)} of a disk of 0x${this.sectors.toString(16)}`,
      );
    }
  }
}
