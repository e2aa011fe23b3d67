/**
 * Standard input where it is a regular file: read without being moved, so that what the guest leaves of it is left for the next command of a shell script; moved
 * at the end by what the guest has read.
 *
 * *Not there*: on a host that does not tell where an open file stands (/proc/self/fdinfo) it is a stream like any other. Back it cannot be moved.
 */
import { fstatSync, readFileSync, readSync } from 'node:fs';

export interface InputFile {
  readonly bytes: Uint8Array;
  /** Where it stands. */
  readonly position: number;
}

/** Larger ones are streams: the whole file comes to lie on the guest's disk. */
const LARGEST = 256 << 20;

export function openInputFile(): InputFile | undefined {
  try {
    const stat = fstatSync(0);
    if (!stat.isFile() || stat.size > LARGEST) return undefined;
    const position = Number(/^pos:\s*(\d+)$/m.exec(readFileSync('/proc/self/fdinfo/0', 'latin1'))?.[1] ?? Number.NaN);
    if (Number.isNaN(position)) return undefined;
    const bytes = new Uint8Array(stat.size);
    let length = 0;
    for (let got = -1; got !== 0 && length < bytes.length; length += got)
      got = readSync(0, bytes, length, bytes.length - length, length);
    return { bytes: bytes.subarray(0, length), position };
  } catch {
    // Closed, or not to be read: then it is no file for the guest either.
    return undefined;
  }
}

/** The guest has read it up to `position`. */
export function moveInputFile({ position: from }: InputFile, position: number): void {
  const buffer = new Uint8Array(Math.min(Math.max(0, position - from), 1 << 16));
  for (let left = position - from; left > 0; ) {
    const got = readSync(0, buffer, 0, Math.min(left, buffer.length), null);
    if (got === 0) return;
    left -= got;
  }
}
