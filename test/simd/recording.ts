/**
 * What the host's processor did, kept: outcomes of cases that the generator makes again from the seed, so that they are checked where there is no such
 * processor. The file is deflated; in it, little-endian: u32 seed, u32 count, u32 checksum of the cases, then for each case a byte that counts the runs
 * of bytes in which the state after differs from the state before, and each run as u16 offset, u8 length, bytes.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { Random } from '../cpu/rig.ts';
import { generate, TestedRows } from './generate.ts';
import { Fx, Layout, WINDOW_BYTES } from './layout.ts';

/** What is compared of a state: offset and bytes. */
const Regions: readonly (readonly [number, number])[] = [
  [Layout.vector, 12],
  [Layout.registers, 36],
  [Layout.fx + Fx.status, 3],
  [Layout.fx + Fx.mxcsr, 4],
  ...Array.from({ length: 8 }, (_, i) => [Layout.fx + Fx.st + 16 * i, 10] as const),
  [Layout.fx + Fx.xmm, 128],
  [Layout.memory, WINDOW_BYTES],
];
const LONGEST_RUN = 255;

/** `count` cases from a seed, the rows in turn. */
export function casesOf(seed: number, count: number): Uint8Array {
  const random = new Random(seed);
  const states = new Uint8Array(count * Layout.bytes);
  const view = new DataView(states.buffer);
  for (let i = 0; i < count; i++) generate(random, TestedRows[i % TestedRows.length]!, view, i * Layout.bytes);
  return states;
}

/** FNV-1a. */
function checksum(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x1000193);
  return hash >>> 0;
}

/** The file for cases of `seed` and their outcomes. */
export function record(seed: number, before: Uint8Array, after: Uint8Array): Uint8Array {
  const count = before.length / Layout.bytes;
  const out = [...new Uint8Array(Uint32Array.of(seed, count, checksum(before)).buffer)];
  for (let at = 0; at < before.length; at += Layout.bytes) {
    const runs = Regions.flatMap(([offset, length]) => runsOf(before, after, at, offset, length));
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

/** The cases of a file and their outcomes; throws when the generator no longer makes the cases it was recorded from. */
export function replay(file: Uint8Array): { before: Uint8Array; after: Uint8Array } {
  const bytes = inflateSync(file);
  const header = new DataView(bytes.buffer, bytes.byteOffset, 12);
  const [seed, count, sum] = [0, 4, 8].map(at => header.getUint32(at, true)) as [number, number, number];
  const before = casesOf(seed, count);
  if (checksum(before) !== sum)
    throw new Error('the generator or the map has changed: record again (REAL86_SIMD_RECORD=1)');
  const after = before.slice();
  let at = 12;
  for (let i = 0; i < count; i++) {
    for (let runs = bytes[at++]!; runs > 0; runs--) {
      const offset = bytes[at]! | (bytes[at + 1]! << 8);
      const length = bytes[at + 2]!;
      after.set(bytes.subarray(at + 3, at + 3 + length), i * Layout.bytes + offset);
      at += 3 + length;
    }
  }
  return { before, after };
}
