/**
 * The translation tables that the engines read: four of 2^20 words (see src/cpu/state.ts for their format), one for each of read and write,
 * supervisor and user. A word is only ever set from a walk; it stands until flushed, as in a processor's TLB. Global pages outlive the flush that
 * a load of CR3 makes. Pages that are part of a larger one go together.
 */

/** TLB words lie at `base` in units of 32-bit words: supervisor read, supervisor write, user read, user write. */
export class Tlb {
  private readonly words: Int32Array;
  private readonly base: number;
  /** Linear pages with any word set, for flushing; bit 31 set for global ones. */
  private readonly filled: Int32Array;
  private count = 0;
  private readonly onOverflow: () => void;
  /** 4 MiB regions in which large pages have been used. */
  private readonly largeRegions = new Set<number>();

  /** `onOverflow`: hears of flushes for want of room, which nobody asked for. */
  constructor(words: Int32Array, base: number, onOverflow: () => void = () => {}) {
    this.onOverflow = onOverflow;
    this.words = words;
    this.base = base;
    this.filled = new Int32Array(FILLED_MAX);
  }

  /** The next page entered has everything flushed. */
  get isFull(): boolean {
    return this.count === FILLED_MAX;
  }

  /** `slot` 0 to 3 as above. */
  at(slot: number, page: number): number {
    return this.words[this.base + slot * TABLE + page]!;
  }

  /** Sets the words for reading and writing of a page, `privilege` 0 or 2 (the slot for reading); 0 for none. */
  set(privilege: number, page: number, read: number, write: number, global: boolean, large: boolean): void {
    if (this.isEmpty(page)) {
      if (this.isFull) {
        this.flush();
        this.onOverflow();
      }
      this.filled[this.count++] = page | (global ? GLOBAL : 0);
    }
    if (large) this.largeRegions.add(page >>> REGION_SHIFT);
    const at = this.base + privilege * TABLE + page;
    this.words[at] = read;
    this.words[at + TABLE] = write;
  }

  /** Forgets the page, and all of the larger one it may be part of. */
  flushPage(page: number): void {
    const region = page >>> REGION_SHIFT;
    if (this.largeRegions.size === 0 || !this.largeRegions.delete(region)) {
      this.clear(page);
      return;
    }
    const first = this.base + (region << REGION_SHIFT);
    for (let slot = 0; slot < 4; slot++)
      this.words.fill(0, first + slot * TABLE, first + slot * TABLE + (1 << REGION_SHIFT));
  }

  /** `keepGlobal`: as a load of CR3 does. */
  flush(keepGlobal = false): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const entry = this.filled[i]!;
      const page = entry & ~GLOBAL;
      if (keepGlobal && (entry & GLOBAL) !== 0) {
        if (!this.isEmpty(page)) this.filled[kept++] = entry;
      } else {
        this.clear(page);
      }
    }
    this.count = kept;
    if (!keepGlobal) this.largeRegions.clear();
  }

  /** Calls back with each slot, page and word set, and stores what it returns. */
  update(change: (word: number, page: number, slot: number) => number): void {
    for (let i = 0; i < this.count; i++) {
      const page = this.filled[i]! & ~GLOBAL;
      for (let slot = 0; slot < 4; slot++) {
        const at = this.base + slot * TABLE + page;
        const word = this.words[at]!;
        if (word !== 0) this.words[at] = change(word, page, slot);
      }
    }
  }

  private clear(page: number): void {
    const { words } = this;
    const at = this.base + page;
    words[at] = 0;
    words[at + TABLE] = 0;
    words[at + 2 * TABLE] = 0;
    words[at + 3 * TABLE] = 0;
  }

  private isEmpty(page: number): boolean {
    const at = this.base + page;
    const { words } = this;
    return (words[at]! | words[at + TABLE]! | words[at + 2 * TABLE]! | words[at + 3 * TABLE]!) === 0;
  }
}

const TABLE = 1 << 20;
const GLOBAL = 0x80000000 | 0;
/** 1024 pages of 4 KiB. */
const REGION_SHIFT = 10;
/** Pages held before everything is flushed: bounds the cost of a flush. */
const FILLED_MAX = 1 << 16;
