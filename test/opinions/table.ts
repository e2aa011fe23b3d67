/**
 * The disk that the harness boots from: guest/harness.img, and from sector 65 on a table of doublewords: 0, sectors, templates, cases, number of the first;
 * the templates; the cases. A template is patches. A case: its template, its way in, options (1: timer), the state, patches. Patches: how many of them; of
 * each, the offset in the arena | length << 16, and the bytes, padded to doublewords.
 */
import { readFileSync } from 'node:fs';
import type { Case, Patch } from './case.ts';
import { ARENA } from './layout.ts';
import { standardArena } from './standard.ts';
import { StateWords } from './state.ts';

const SECTOR = 512;
const HARNESS = new URL('guest/harness.img', import.meta.url);
/** What a patch's length of 16 bits can say. */
const LONGEST = 0xfffc;

class Words {
  private bytes = Buffer.alloc(1 << 16);
  length = 0;

  put(...words: readonly number[]): void {
    for (const word of words) {
      this.reserve(4);
      this.bytes.writeUInt32LE(word >>> 0, this.length);
      this.length += 4;
    }
  }

  patches(list: readonly Patch[]): void {
    this.put(list.length);
    for (const { at, bytes } of list) {
      this.put((at - ARENA) | (bytes.length << 16));
      this.reserve(bytes.length + 3);
      this.bytes.set(bytes, this.length);
      this.length += (bytes.length + 3) & ~3;
    }
  }

  image(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(bytes: number): void {
    while (this.length + bytes > this.bytes.length)
      this.bytes = Buffer.concat([this.bytes, Buffer.alloc(this.bytes.length)]);
  }
}

/** The disk for these cases, numbered from `first` on. */
export function diskOf(cases: readonly Case[], first: number): Uint8Array {
  const words = new Words();
  const templates = [standardArena()];
  words.put(0, 0, templates.length, cases.length, first);
  for (const template of templates) words.patches(parts(template));
  for (const one of cases) {
    words.put(0, one.way, Number(one.timer), ...StateWords.map(name => one.state[name]));
    words.patches(one.patches);
  }
  const table = words.image();
  const sectors = Math.ceil(table.length / SECTOR);
  new DataView(table.buffer, table.byteOffset).setUint32(4, sectors, true);
  const harness = readFileSync(HARNESS);
  // A whole cylinder, so that all hosts see the same disk.
  const disk = new Uint8Array(roundUp(harness.length + sectors * SECTOR, CYLINDER));
  disk.set(harness);
  disk.set(table, harness.length);
  return disk;
}

/** 16 heads, 63 sectors. */
const CYLINDER = 16 * 63 * SECTOR;
const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

function parts(bytes: Uint8Array): Patch[] {
  const found: Patch[] = [];
  for (let at = 0; at < bytes.length; at += LONGEST)
    found.push({ at: ARENA + at, bytes: bytes.subarray(at, at + LONGEST) });
  return found;
}
