/**
 * Words of WebAssembly memory for what compiled code looks up as it runs: links, inline caches, maps of jump targets. Handed out in runs of some lengths - short
 * ones as they are, long ones a power of two - and taken back when the code that uses them is gone.
 */
import { JIT_WORDS, JIT_WORDS_END } from '../cpu/state.ts';

/** Runs of more words than this are as long as the next power of two. */
const SHORT = 32;

/** Where it stands, for another pool to go on from. */
export interface PoolState {
  readonly next: number;
  /** Runs given back, by their length. */
  readonly free: ReadonlyMap<number, readonly number[]>;
}

export class WordPool {
  private next = JIT_WORDS;
  private readonly free = new Map<number, number[]>();

  get state(): PoolState {
    return { next: this.next, free: this.free };
  }

  goOnFrom({ next, free }: PoolState): void {
    this.next = next;
    this.free.clear();
    for (const [length, runs] of free) this.free.set(length, [...runs]);
  }

  /** Byte address of `count` words, whatever they hold. There must be so many: see fits(). */
  take(count: number): number {
    const length = lengthOf(count);
    const known = this.free.get(length)?.pop();
    if (known !== undefined) return known;
    const at = this.next;
    this.next += 4 * length;
    if (this.next > JIT_WORDS_END) throw new Error('the pool of words for compiled code has run out');
    return at;
  }

  /** Whether runs of these lengths can all be taken. */
  fits(counts: readonly number[]): boolean {
    const wanted = new Map<number, number>();
    for (const count of counts) wanted.set(lengthOf(count), (wanted.get(lengthOf(count)) ?? 0) + 1);
    let end = this.next;
    for (const [length, n] of wanted) end += 4 * length * Math.max(0, n - (this.free.get(length)?.length ?? 0));
    return end <= JIT_WORDS_END;
  }

  give(at: number, count: number): void {
    const length = lengthOf(count);
    const known = this.free.get(length);
    if (known) known.push(at);
    else this.free.set(length, [at]);
  }

  reset(): void {
    this.next = JIT_WORDS;
    this.free.clear();
  }
}

const lengthOf = (count: number): number => (count <= SHORT ? count : 2 ** (32 - Math.clz32(count - 1)));
