/**
 * The translation tables that the engines read: four of 2^20 words (see src/cpu/state.ts for their format), one for each of read and write,
 * supervisor and user. A word is only ever set from a walk; it stands until flushed, as in a processor's TLB.
 */

/** TLB words lie at `base` in units of 32-bit words: supervisor read, supervisor write, user read, user write. */
export class Tlb {
  private readonly words: Int32Array;
  private readonly base: number;
  /** Linear pages with any word set, for flushing. */
  private readonly filled: Int32Array;
  private count = 0;

  constructor(words: Int32Array, base: number) {
    this.words = words;
    this.base = base;
    this.filled = new Int32Array(FILLED_MAX);
  }

  /** `slot` 0 to 3 as above. */
  at(slot: number, page: number): number {
    return this.words[this.base + slot * TABLE + page]!;
  }

  set(slot: number, page: number, word: number): void {
    if (this.isEmpty(page)) {
      if (this.count === FILLED_MAX) this.flush();
      this.filled[this.count++] = page;
    }
    this.words[this.base + slot * TABLE + page] = word;
  }

  flushPage(page: number): void {
    for (let slot = 0; slot < 4; slot++) this.words[this.base + slot * TABLE + page] = 0;
  }

  flush(): void {
    for (let i = 0; i < this.count; i++) this.flushPage(this.filled[i]!);
    this.count = 0;
  }

  /** Calls back with each slot, page and word set, and stores what it returns. */
  update(change: (word: number, page: number, slot: number) => number): void {
    for (let i = 0; i < this.count; i++) {
      const page = this.filled[i]!;
      for (let slot = 0; slot < 4; slot++) {
        const at = this.base + slot * TABLE + page;
        const word = this.words[at]!;
        if (word !== 0) this.words[at] = change(word, page, slot);
      }
    }
  }

  private isEmpty(page: number): boolean {
    const at = this.base + page;
    const { words } = this;
    return (words[at]! | words[at + TABLE]! | words[at + 2 * TABLE]! | words[at + 3 * TABLE]!) === 0;
  }
}

const TABLE = 1 << 20;
/** Pages held before everything is flushed: bounds the cost of a flush. */
const FILLED_MAX = 1 << 16;
