/**
 * Bytes to stdout and stderr, in the order the guest wrote them. Written synchronously, so that nothing is left when the process ends, and
 * in large pieces, as guests write byte by byte.
 */
import { writeSync } from 'node:fs';

export type Stream = 'stdout' | 'stderr';

/** Nobody reads stdout any more. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

const DESCRIPTORS = { stdout: 1, stderr: 2 } as const;
const CAPACITY = 64 * 1024;

export class Output {
  private readonly buffer = new Uint8Array(CAPACITY);
  private length = 0;
  private stream: Stream = 'stdout';

  /** Takes a byte; it is written with the next flush(), or when the buffer is full, or before a byte for the other stream. */
  put(stream: Stream, byte: number): void {
    if (stream !== this.stream || this.length === CAPACITY) this.flush();
    this.stream = stream;
    this.buffer[this.length++] = byte;
  }

  text(stream: Stream, text: string): void {
    this.flush();
    writeAll(stream, new TextEncoder().encode(text));
  }

  /** Throws BrokenPipe when the reader of stdout has gone. */
  flush(): void {
    if (this.length === 0) return;
    const { length } = this;
    this.length = 0;
    writeAll(this.stream, this.buffer.subarray(0, length));
  }
}

/** Waits for a reader that is slow; a pipe made non-blocking by somebody else says EAGAIN. */
function writeAll(stream: Stream, bytes: Uint8Array): void {
  let done = 0;
  while (done < bytes.length) {
    try {
      done += writeSync(DESCRIPTORS[stream], bytes, done);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
      else if (code === 'EPIPE' && stream === 'stdout') throw new BrokenPipe();
      // Without a stderr there is nobody to tell.
      else return;
    }
  }
}
