/**
 * Decoded code: blocks of records, found by physical page, offset and decode mode, and forgotten when their bytes are written.
 *
 * Records come from one arena by a bump pointer and are never reused before the whole arena is emptied, which happens only while no block runs.
 * Invalidation overwrites the form of a block's records with Pseudo.stale, so that links, jump cache entries and the running block itself
 * find out when they get there. A bitmap of 64-byte lines tells the engines' write path which writes matter.
 *
 * Code that is written is often much as it was, as where a program patches a constant in itself. So what a write has made stale is kept: when it is wanted again,
 * in the same place, only instructions whose bytes have changed are decoded, and whatever leads to its records is right again.
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
  /** Of what may be made good again, on pages where code has been overwritten. */
  readonly copy: Copy | undefined;
}

/** What a block is made of, to be made good again. */
interface Copy {
  readonly bytes: Uint8Array;
  /** Of its records. */
  readonly forms: Uint16Array;
}

/** A block that a write has made stale. */
export type Retired = Block & { readonly copy: Copy };

interface CodePage {
  /** Record address by offset | mode << 12, and CROSSING_MODE for what goes on on another page. */
  readonly entries: Map<number, number>;
  /** Blocks by line: those with bytes in it. */
  readonly lines: Block[][];
  /** By entry. */
  readonly retired: Map<number, Retired>;
  /** Code on it has been overwritten. */
  rewritten: boolean;
}

const LINE_SHIFT = 6;
const LINES = 0x1000 >> LINE_SHIFT;

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
      page = { entries: new Map(), lines: [], retired: new Map(), rewritten: false };
      this.pages.set(number, page);
      this.coded[number] = 1;
    }
    const isApart = entry >= 0 && this.isSeparate(number, start & 0xfff);
    if (isApart) this.apart.add(record);
    const isWhole = entry >= 0 && ((entry >>> 12) & CROSSING_MODE) === 0;
    const copy = page.rewritten && isWhole && !isApart ? this.copyOf(record, count, start, end) : undefined;
    const block = { record, count, start, end, entry, copy };
    page.retired.delete(entry);
    this.enter(page, block);
    return fresh;
  }

  private copyOf(record: number, count: number, start: number, end: number): Copy {
    const forms = new Uint16Array(count);
    for (let i = 0; i < count; i++) forms[i] = this.halves[(record + i * RECORD_SIZE + Field.form) >> 1]!;
    return { bytes: this.bytes.slice(RAM + start, RAM + end), forms };
  }

  private enter({ lines }: CodePage, block: Block): void {
    for (let line = block.start >>> LINE_SHIFT; line <= (block.end - 1) >>> LINE_SHIFT; line++) {
      const list = lines[line % LINES];
      if (list) list.push(block);
      else lines[line % LINES] = [block];
      this.bytes[CODE_BITMAP + (line >>> 3)]! |= 1 << (line & 7);
    }
  }

  private leave({ lines }: CodePage, block: Block): void {
    for (let line = block.start >>> LINE_SHIFT; line <= (block.end - 1) >>> LINE_SHIFT; line++) {
      const list = lines[line % LINES]!;
      list.splice(list.indexOf(block), 1);
      if (list.length === 0) this.bytes[CODE_BITMAP + (line >>> 3)]! &= ~(1 << (line & 7));
    }
  }

  /** What began at this place until a write made it stale: for whoever decodes it again, to restore() it or, where it cannot be made good, have it stale for ever. */
  takeRetired(page: number, offset: number, mode: number): Retired | undefined {
    const known = this.pages.get(page);
    const entry = offset | (mode << 12);
    const retired = known?.retired.get(entry);
    if (retired) known!.retired.delete(entry);
    return retired;
  }

  /** Its records are those of its bytes again, but that some still have no form. */
  restore(retired: Retired): void {
    const { record, count, start, end, entry } = retired;
    const { forms, bytes } = retired.copy;
    const page = this.pages.get(start >>> 12)!;
    for (let i = 0; i < count; i++) {
      const at = (record + i * RECORD_SIZE + Field.form) >> 1;
      if (this.halves[at] === Pseudo.stale) this.halves[at] = forms[i]!;
      else forms[i] = this.halves[at]!;
    }
    for (let at = start; at < end; at++) bytes[at - start] = this.bytes[RAM + at]!;
    this.counts.decoded++;
    page.entries.set(entry, record);
    this.enter(page, retired);
  }

  /** Whoever comes to its records decodes anew. */
  makeStale({ record, count }: Block): void {
    for (let i = 0; i < count; i++) this.halves[(record + i * RECORD_SIZE + Field.form) >> 1] = Pseudo.stale;
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
    this.pages.get(page)?.retired.clear();
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
      const first = Math.max(start, number << 12) >>> LINE_SHIFT;
      const last = (Math.min(end, (number + 1) << 12) - 1) >>> LINE_SHIFT;
      for (let line = first; line <= last; line++) {
        const list = page.lines[line % LINES];
        if (!list) continue;
        // Those dropped leave the list.
        for (let i = list.length - 1; i >= 0; i--) {
          const block = list[i]!;
          if (block.start < end && start < block.end) this.drop(page, block, written);
        }
      }
      // The page stays in `pages`: it keeps its slow write entry, as code is likely to come again.
    }
  }

  private drop(page: CodePage, block: Block, written: boolean): void {
    const { record, entry, copy } = block;
    const { entries, retired } = page;
    this.counts.invalidated++;
    this.onStale?.(record, written);
    const isCurrent = entry >= 0 && entries.get(entry) === record;
    if (written && isCurrent && copy) retired.set(entry, block as Retired);
    page.rewritten ||= written;
    this.apart.delete(record);
    if (isCurrent) entries.delete(entry);
    this.leave(page, block);
    this.makeStale(block);
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
