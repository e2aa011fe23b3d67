/**
 * A disk image in a file. What the guest writes stays in memory and is gone at the end, unless writing back was asked for; then it goes to the
 * file at once. The disk may be larger than the file: the rest is zeros, until it is written.
 */
import { writeSync } from 'node:fs';
import { SECTOR } from '../loaders/disk-image.ts';
import type { BlockStore } from '../machine/pc.ts';
import { type OpenFile, readPart } from './files.ts';

export class FileStore implements BlockStore {
  readonly sectors: number;
  readonly readOnly = false;
  private readonly file: OpenFile;
  private readonly writeBack: boolean;
  /** Written sectors, by number. */
  private readonly overlay = new Map<number, Uint8Array>();

  /** `size`: bytes of the disk, whole sectors. */
  constructor(file: OpenFile, size: number, writeBack: boolean) {
    this.file = file;
    this.writeBack = writeBack;
    this.sectors = Math.floor(size / SECTOR);
  }

  read(lba: number, count: number): Uint8Array {
    const data = new Uint8Array(count * SECTOR);
    data.set(readPart(this.file, lba * SECTOR, data.length));
    if (this.overlay.size === 0) return data;
    for (let i = 0; i < count; i++) {
      const written = this.overlay.get(lba + i);
      if (written) data.set(written, i * SECTOR);
    }
    return data;
  }

  write(lba: number, data: Uint8Array): void {
    if (this.writeBack) {
      let done = 0;
      while (done < data.length)
        done += writeSync(this.file.descriptor, data, done, data.length - done, lba * SECTOR + done);
      return;
    }
    for (let at = 0; at < data.length; at += SECTOR) this.overlay.set(lba + at / SECTOR, data.slice(at, at + SECTOR));
  }
}
