/**
 * Words of WebAssembly memory for what compiled code looks up as it runs: links, inline caches, maps of jump targets. Handed out in runs of a power of two,
 * and taken back when the code that uses them is gone.
 */
import { JIT_WORDS, JIT_WORDS_END } from '../cpu/state.ts';

export class WordPool {
  private readonly words: Int32Array;
  private next = JIT_WORDS;
  /** Runs given back, by the logarithm of their length. */
  private readonly free: number[][] = Array.from({ length: 20 }, () => []);

  constructor(words: Int32Array) {
    this.words = words;
  }

  /** Byte address of `count` words, all zero; 0 when there is no room. */
  take(count: number): number {
    const order = orderOf(count);
    let at = this.free[order]!.pop();
    if (at === undefined) {
      at = this.next;
      if (at + (4 << order) > JIT_WORDS_END) return 0;
      this.next += 4 << order;
    }
    this.words.fill(0, at >> 2, (at >> 2) + count);
    return at;
  }

  /** Bytes never handed out yet. */
  get room(): number {
    return JIT_WORDS_END - this.next;
  }

  give(at: number, count: number): void {
    this.free[orderOf(count)]!.push(at);
  }

  reset(): void {
    this.next = JIT_WORDS;
    for (const list of this.free) list.length = 0;
  }
}

const orderOf = (count: number): number => 32 - Math.clz32(Math.max(1, count) - 1);
