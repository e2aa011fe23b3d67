/**
 * The TLB word that most pages have: where linear memory lies in one piece in physical memory, as in most kernels, the words of all its plain pages are the same. A vote of
 * the translations that have been entered lately.
 */

/** Votes after which older ones count half. */
const VOTES = 64;

export class UsualWord {
  private word = 0;
  private same = 0;
  private others = 0;

  note(word: number): void {
    if (word === this.word) this.same++;
    else if (++this.others > this.same) {
      this.word = word;
      this.same = 1;
      this.others = 0;
    }
    if (this.same + this.others < VOTES) return;
    this.same >>= 1;
    this.others >>= 1;
  }

  /** The word, if so many have had it, and for each that had another; else 0. */
  get(least: number): number {
    return this.same >= least && this.same >= this.others * least ? this.word : 0;
  }
}
