/**
 * The contents of a directory: entries that fill each block, none across a border.
 * An entry: inode u32, length to the next u16, length of the name u8, type u8, the name.
 */
import { LoadError } from '../load-error.ts';
import { BLOCK } from './layout.ts';

const HEADER = 8;
const MOST_NAME = 255;

export class DirectoryBlocks {
  private bytes = new Uint8Array(BLOCK);
  private view = new DataView(this.bytes.buffer);
  private end = 0;
  private last = 0;

  add(name: string, inode: number, type: number): void {
    const text = new TextEncoder().encode(name);
    if (text.length === 0 || text.length > MOST_NAME || name.includes('/') || name.includes('\0'))
      throw new LoadError(`${JSON.stringify(name.slice(0, 40))} is no name of a file: 1 to ${MOST_NAME} bytes`);
    const length = (HEADER + text.length + 3) & ~3;
    if ((this.end % BLOCK) + length > BLOCK || (this.end > 0 && this.end % BLOCK === 0)) this.nextBlock();
    const { view, end } = this;
    view.setUint32(end, inode, true);
    view.setUint16(end + 4, length, true);
    view.setUint8(end + 6, text.length);
    view.setUint8(end + 7, type);
    this.bytes.set(text, end + HEADER);
    this.last = end;
    this.end += length;
  }

  /** Whole blocks. */
  finish(): Uint8Array {
    this.stretchLast();
    return this.bytes.subarray(0, Math.ceil(this.end / BLOCK) * BLOCK);
  }

  private nextBlock(): void {
    this.stretchLast();
    this.end = Math.ceil(this.end / BLOCK) * BLOCK;
    if (this.end < this.bytes.length) return;
    const larger = new Uint8Array(this.bytes.length * 2);
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }

  /** The last entry of a block reaches to its end. */
  private stretchLast(): void {
    this.view.setUint16(this.last + 4, BLOCK - (this.last % BLOCK), true);
  }
}
