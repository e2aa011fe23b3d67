/**
 * Decoded code: blocks of records, found by physical page, offset and decode mode, and forgotten when their bytes are written.
 *
 * Records come from one arena by a bump pointer and are never reused before the whole arena is emptied, which happens only while no block runs.
 * Invalidation overwrites the form of a block's records with Pseudo.stale, so that links, jump cache entries and the running block itself
 * find out when they get there. A bitmap of 64-byte lines tells the engines' write path which writes matter.
 */
import { Pseudo } from './forms.ts';
import { Field, MAX_BLOCK, RECORD_SIZE } from './record.ts';
import { CODE_BITMAP, JUMP_CACHE, JUMP_CACHE_ENTRIES, RAM, RECORDS, RECORDS_END } from './state.ts';

interface Block {
  /** Address of the first record, and how many there are. */
  readonly record: number;
  readonly count: number;
  /** Physical bytes [start, end) it was decoded from, within one page. */
  readonly start: number;
  readonly end: number;
  /** Key in the page's entries; -1 for the second part of a block on two pages. */
  readonly entry: number;
}

interface CodePage {
  /** Record address by offset | mode << 12, and CROSSING_MODE for what goes on on another page. */
  readonly entries: Map<number, number>;
  readonly blocks: Block[];
}

/** Beside the decode mode, in the key of a page's entry. */
const CROSSING_MODE = 4;

export class CodeCache {
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  private pages = new Map<number, CodePage>();
  /** 1 for physical pages that are among them. */
  private readonly coded: Uint8Array;
  private next = RECORDS;
  /** Blocks decoded and invalidated since power-on, for statistics. */
  readonly counts = { decoded: 0, invalidated: 0, emptied: 0 };

  /**
   * Blocks of one instruction that lies on two pages, with the physical address of what lies on the second: right for one translation of addresses only, so
   * never linked.
   */
  readonly crossing = new Map<number, number>();

  /** Everything is to be forgotten before any more of it runs: the run loop sees to that. */
  clearPending = false;
  /** Offsets in physical pages at which blocks begin and none goes on: see observation-points.ts. */
  private readonly separated = new Map<number, Set<number>>();
  /** Blocks that begin at one of those. Nothing leads to them but a look-up. */
  readonly apart = new Set<number>();

  /** For whoever compiles blocks: the one at `record` is no more, as its bytes have been written, or without any change of them; all are gone. */
  onStale: ((record: number, written: boolean) => void) | undefined;
  onClear: (() => void) | undefined;

  constructor(buffer: ArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.coded = new Uint8Array((buffer.byteLength - RAM) >> 12);
  }

  /** The first record of the block at physical `page` and `offset`, or 0. */
  find(page: number, offset: number, mode: number): number {
    return this.pages.get(page)?.entries.get(offset | (mode << 12)) ?? 0;
  }

  /** The same for a block whose second part is at physical `second`. */
  findCrossing(page: number, offset: number, mode: number, second: number): number {
    const record = this.find(page, offset, mode | CROSSING_MODE);
    // The second part may have been overwritten.
    const intact = this.halves[(record + Field.form) >> 1] !== Pseudo.stale;
    return this.crossing.get(record) === second && intact ? record : 0;
  }

  hasCode(page: number): boolean {
    return this.coded[page] === 1;
  }

  /** Where the next block's records go; room for a whole block and its end is certain. Empties the arena when it is full. */
  reserve(): number {
    if (this.next + (MAX_BLOCK + 1) * RECORD_SIZE > RECORDS_END) this.clear();
    return this.next;
  }

  /**
   * Enters a block of `count` records at `record`, decoded from physical [start, end) under `mode`, and from bytes on a second page, if any. Returns true when
   * a page got its first code.
   */
  add(
    record: number,
    count: number,
    start: number,
    end: number,
    mode: number,
    second?: { at: number; bytes: number },
  ): boolean {
    this.next = record + count * RECORD_SIZE;
    this.counts.decoded++;
    const entry = (start & 0xfff) | ((second ? mode | CROSSING_MODE : mode) << 12);
    const fresh = this.addTo(start, end, record, count, entry);
    this.pages.get(start >>> 12)!.entries.set(entry, record);
    if (second) this.crossing.set(record, second.at);
    const also = second ? this.addTo(second.at, second.at + second.bytes, record, count, -1) : false;
    return fresh || also;
  }

  private addTo(start: number, end: number, record: number, count: number, entry: number): boolean {
    const number = start >>> 12;
    let page = this.pages.get(number);
    const fresh = page === undefined;
    if (!page) {
      page = { entries: new Map(), blocks: [] };
      this.pages.set(number, page);
      this.coded[number] = 1;
    }
    const block = { record, count, start, end, entry };
    if (entry >= 0 && this.isSeparate(number, start & 0xfff)) this.apart.add(record);
    page.blocks.push(block);
    this.markLines(block);
    return fresh;
  }

  private markLines({ start, end }: Block): void {
    for (let line = start >>> 6; line <= (end - 1) >>> 6; line++)
      this.bytes[CODE_BITMAP + (line >>> 3)]! |= 1 << (line & 7);
  }

  /** A block that is being decoded ends before this place. */
  isSeparate(page: number, offset: number): boolean {
    return this.separated.size > 0 && (this.separated.get(page)?.has(offset) ?? false);
  }

  /** From now on blocks of a physical page begin at this offset and do not go on there. Only while no block runs. */
  separate(page: number, offset: number): void {
    const offsets = this.separated.get(page) ?? new Set();
    if (offsets.has(offset)) return;
    this.separated.set(page, offsets.add(offset));
    this.forget(page * 0x1000 + offset, 1, false);
  }

  /** Undoes separate() on all pages. */
  rejoin(offset: number): void {
    for (const [page, offsets] of this.separated) {
      if (!offsets.delete(offset)) continue;
      if (offsets.size === 0) this.separated.delete(page);
      this.forget(page * 0x1000 + offset, 1, false);
    }
  }

  /** Physical [start, start + length) has been written: blocks decoded from it are stale. */
  written(start: number, length: number): void {
    this.forget(start, length, true);
  }

  private forget(start: number, length: number, written: boolean): void {
    const end = start + length;
    for (let number = start >>> 12; number <= (end - 1) >>> 12; number++) {
      const page = this.coded[number] === 1 ? this.pages.get(number) : undefined;
      if (!page) continue;
      const { blocks } = page;
      let kept = 0;
      for (let i = 0; i < blocks.length; i++) {
        const block = blocks[i]!;
        if (block.start < end && start < block.end) this.drop(page, block, written);
        else blocks[kept++] = block;
      }
      if (kept === blocks.length) continue;
      while (blocks.length > kept) blocks.pop();
      this.bytes.fill(0, CODE_BITMAP + number * 8, CODE_BITMAP + number * 8 + 8);
      for (const block of blocks) this.markLines(block);
      // The page stays in `pages`: it keeps its slow write entry, as code is likely to come again.
    }
  }

  private drop({ entries }: CodePage, { record, count, entry }: Block, written: boolean): void {
    this.counts.invalidated++;
    this.onStale?.(record, written);
    this.apart.delete(record);
    if (entry >= 0 && entries.get(entry) === record) entries.delete(entry);
    for (let i = 0; i < count; i++) this.halves[(record + i * RECORD_SIZE + Field.form) >> 1] = Pseudo.stale;
  }

  /** Forgets everything. Only while no block runs. */
  clear(): void {
    this.clearPending = false;
    this.onClear?.();
    for (const number of this.pages.keys()) this.bytes.fill(0, CODE_BITMAP + number * 8, CODE_BITMAP + number * 8 + 8);
    this.pages = new Map();
    this.coded.fill(0);
    this.crossing.clear();
    this.apart.clear();
    this.next = RECORDS;
    this.counts.emptied++;
    this.clearJumps();
  }

  clearJumps(): void {
    this.words.fill(0, JUMP_CACHE >> 2, (JUMP_CACHE + JUMP_CACHE_ENTRIES * 16) >> 2);
  }

  /** What cacheJump() entered for `linear` under `key`, unless another has taken its place; 0 otherwise. */
  jumpAt(linear: number, key: number): number {
    const at = (JUMP_CACHE >> 2) + ((linear ^ (linear >>> 12)) & (JUMP_CACHE_ENTRIES - 1)) * 4;
    return this.words[at] === linear && this.words[at + 1] === key ? this.words[at + 2]! : 0;
  }

  /**
   * Enters `record` as what runs at `linear`, while `translation` is the word of the TLB for reading there. `key`: the code key, or with a generation of
   * address translation, past which it is not good. The place is computed as in interpreter.ts.
   */
  cacheJump(linear: number, key: number, record: number, translation: number): void {
    const at = (JUMP_CACHE >> 2) + ((linear ^ (linear >>> 12)) & (JUMP_CACHE_ENTRIES - 1)) * 4;
    this.words[at] = linear;
    this.words[at + 1] = key;
    this.words[at + 2] = record;
    this.words[at + 3] = translation;
  }
}
