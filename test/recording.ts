/**
 * What a processor did, kept: outcomes of states that a generator makes again from the seed, so that they are checked where there is no such processor. States and
 * outcomes are images of the same bytes. The file is deflated; in it, little-endian: u32 seed, u32 count, u32 checksum of the states, then for each
 * state a byte that counts the runs of bytes in which the outcome differs from it, and each run as u16 offset, u8 length, bytes.
 */
import { deflateSync, inflateSync } from 'node:zlib';

export interface Recordable {
  /** Of a state. */
  readonly bytes: number;
  /** What is compared of an outcome: offset and bytes. */
  readonly regions: readonly (readonly [number, number])[];
  /** `count` states from a seed, the rows in turn. */
  readonly draw: (seed: number, count: number) => Uint8Array;
}

const LONGEST_RUN = 255;

/** FNV-1a. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x1000193);
  return hash >>> 0;
}

/** The file for states of `seed` and their outcomes. */
export function record(
  { bytes, regions }: Recordable,
  seed: number,
  before: Uint8Array,
  after: Uint8Array,
): Uint8Array {
  const count = before.length / bytes;
  const out = [...new Uint8Array(Uint32Array.of(seed, count, checksum(before)).buffer)];
  for (let at = 0; at < before.length; at += bytes) {
    const runs = regions.flatMap(([offset, length]) => runsOf(before, after, at, offset, length));
    out.push(runs.length);
    for (const run of runs) out.push(run.offset & 0xff, run.offset >> 8, run.bytes.length, ...run.bytes);
  }
  return deflateSync(Uint8Array.from(out), { level: 9 });
}

function runsOf(before: Uint8Array, after: Uint8Array, at: number, offset: number, length: number) {
  const runs: { offset: number; bytes: Uint8Array }[] = [];
  for (let i = offset; i < offset + length; i++) {
    if (before[at + i] === after[at + i]) continue;
    let end = i + 1;
    while (end < offset + length && end - i < LONGEST_RUN && before[at + end] !== after[at + end]) end++;
    runs.push({ offset: i, bytes: after.slice(at + i, at + end) });
    i = end;
  }
  return runs;
}

/** The states of a file and their outcomes; throws when the generator no longer makes the states it was recorded from. */
export function replay({ bytes, draw }: Recordable, file: Uint8Array): { before: Uint8Array; after: Uint8Array } {
  const inflated = inflateSync(file);
  const header = new DataView(inflated.buffer, inflated.byteOffset, 12);
  const [seed, count, sum] = [0, 4, 8].map(at => header.getUint32(at, true)) as [number, number, number];
  const before = draw(seed, count);
  if (checksum(before) !== sum) throw new Error('the generator or the map has changed: npm run host-vectors');
  const after = before.slice();
  let at = 12;
  for (let i = 0; i < count; i++) {
    for (let runs = inflated[at++]!; runs > 0; runs--) {
      const offset = inflated[at]! | (inflated[at + 1]! << 8);
      const length = inflated[at + 2]!;
      after.set(inflated.subarray(at + 3, at + 3 + length), i * bytes + offset);
      at += 3 + length;
    }
  }
  return { before, after };
}
