/** How often regions have been lost to writes: code that keeps changing is left to the interpreter, for a while that is longer each time. */

/** Other programs come to lie at an address too, but not so often as code that changes itself. In instructions. */
const FORGIVEN_AFTER = 50_000_000;
const LONGER_EACH_TIME = 8;

export class Losses {
  private readonly most: number;
  private readonly pause: number;
  private readonly counts = new Map<number, { count: number; last: number }>();

  /** `most`: losses in short order after which a region is given up; `pause`: instructions after the first before there may be one again. */
  constructor(most: number, pause: number) {
    this.most = most;
    this.pause = pause;
  }

  add(key: number, now: number): void {
    this.counts.set(key, { count: (this.counts.get(key)?.count ?? 0) + 1, last: now });
  }

  /** The region is not worth having. */
  giveUp(key: number, now: number): void {
    this.counts.set(key, { count: this.most, last: now });
  }

  isLost(key: number, now: number): boolean {
    const lost = this.counts.get(key);
    if (!lost) return false;
    if (lost.count < this.most) return now - lost.last < this.pause * LONGER_EACH_TIME ** (lost.count - 1);
    if (now - lost.last < FORGIVEN_AFTER) return true;
    this.counts.delete(key);
    return false;
  }
}
