/**
 * Standard input as a serial line's far end. Nothing is read of it before a guest wants some, so that what a guest leaves is left for the next
 * command in a shell script's terminal; and a guest that never reads costs nothing.
 */
import { fstatSync, readFileSync } from 'node:fs';
import type { SerialSource } from '../machine/pc.ts';

export class StandardInput implements SerialSource {
  private chunks: Uint8Array[] = [];
  private at = 0;
  private ended = false;
  /** next() has told of the end: there is nothing more to wait for. */
  private endTold = false;
  private opened = false;
  private wake: (() => void) | undefined;
  /** Sees each chunk first, and may keep it: a terminal's escape keys. */
  private readonly filter: (chunk: Uint8Array) => Uint8Array;

  constructor(filter: (chunk: Uint8Array) => Uint8Array = chunk => chunk) {
    this.filter = filter;
  }

  next(): number | 'eof' | 'wait' {
    const [chunk] = this.chunks;
    if (chunk) {
      const byte = chunk[this.at++]!;
      if (this.at === chunk.length) {
        this.chunks.shift();
        this.at = 0;
      }
      return byte;
    }
    this.endTold = this.ended;
    return this.ended ? 'eof' : 'wait';
  }

  /** Whether next() has something to say. */
  get ready(): boolean {
    return this.chunks.length > 0 || (this.ended && !this.endTold);
  }

  /** All that is there, a character a byte: to be typed. */
  takeText(): string {
    let text = '';
    for (let byte = this.next(); typeof byte === 'number'; byte = this.next()) text += String.fromCharCode(byte);
    return text;
  }

  /** Begins to read. A file is read at once, so that what the guest sees of it does not depend on timing. */
  open(): void {
    if (this.opened) return;
    this.opened = true;
    try {
      if (fstatSync(0).isFile()) {
        this.take(readFileSync(0));
        this.ended = true;
        return;
      }
    } catch {
      // No stdin at all: closed by whoever started us.
      this.ended = true;
      return;
    }
    const end = (): void => {
      this.ended = true;
      this.wake?.();
    };
    process.stdin.on('data', (chunk: Buffer) => {
      this.take(chunk);
      this.wake?.();
    });
    process.stdin.on('end', end);
    process.stdin.on('error', end);
  }

  /** Resolves when there is more to read, or after `timeout` milliseconds. */
  more(timeout = 2 ** 31 - 1): Promise<void> {
    this.open();
    if (this.ready) return Promise.resolve();
    return new Promise(resolve => {
      const timer = setTimeout(() => this.wake?.(), timeout);
      this.wake = () => {
        this.wake = undefined;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Wakes who waits in more(): the run is being ended. */
  interrupt(): void {
    this.wake?.();
  }

  private take(chunk: Uint8Array): void {
    const kept = this.filter(chunk);
    if (kept.length > 0) this.chunks.push(kept);
  }
}
