/**
 * A disk image in a file. What the guest writes stays in memory and is gone at the end, unless writing back was asked for; then it goes to the
 * file at once. The disk may be larger than the file: the rest is zeros, until it is written.
 */
import { writeSync } from 'node:fs';
import { type BlockStore, Overlay, SECTOR } from '../machine/block-store.ts';
import { type OpenFile, readPart } from './files.ts';

export class FileStore implements BlockStore {
  readonly sectors: number;
  readonly readOnly = false;
  private readonly file: OpenFile;
  private readonly writeBack: boolean;
  private readonly overlay = new Overlay();

  /** `size`: bytes of the disk, whole sectors. */
  constructor(file: OpenFile, size: number, writeBack: boolean) {
    this.file = file;
    this.writeBack = writeBack;
    this.sectors = Math.floor(size / SECTOR);
  }

  read(lba: number, count: number): Uint8Array {
    const data = new Uint8Array(count * SECTOR);
    data.set(readPart(this.file, lba * SECTOR, data.length));
    this.overlay.apply(lba, data);
    return data;
  }

  write(lba: number, data: Uint8Array): void {
    if (this.writeBack) {
      let done = 0;
      while (done < data.length)
        done += writeSync(this.file.descriptor, data, done, data.length - done, lba * SECTOR + done);
      return;
    }
    this.overlay.write(lba, data);
  }
}
