/** Regions that have been lost to writes, or found of no use: what keeps being so is left to the interpreter, for a while that is longer each time. */

/** Other programs come to lie at an address too, but not so often as code that changes itself. In instructions. */
const FORGIVEN_AFTER = 50_000_000;
const LONGER_EACH_TIME = 8;
/** As often as this it has been of no use, then. */
const HOPELESS = 3;

interface Loss {
  /** Losses to writes in short order, and how often it was of no use; when the last of them was. */
  writes: number;
  useless: number;
  last: number;
}

export class Losses {
  private readonly most: number;
  private readonly pause: number;
  private readonly known = new Map<number, Loss>();

  /** `most`: losses in short order after which a region is given up; `pause`: instructions after the first before there may be one again. */
  constructor(most: number, pause: number) {
    this.most = most;
    this.pause = pause;
  }

  /** It has been lost to a write. */
  add(key: number, now: number): void {
    const loss = this.of(key);
    loss.last = now;
    loss.writes++;
  }

  /** It has turned out not to be worth having; `isHopeless`: that will not be otherwise for long. */
  addUseless(key: number, now: number, isHopeless: boolean): void {
    const loss = this.of(key);
    loss.last = now;
    loss.useless += isHopeless ? HOPELESS : 1;
  }

  isLost(key: number, now: number): boolean {
    const loss = this.known.get(key);
    if (!loss) return false;
    const { writes, useless, last } = loss;
    const since = now - last;
    if (since < this.pause * LONGER_EACH_TIME ** (Math.min(writes, this.most - 1) + useless - 1)) return true;
    if (writes < this.most) return false;
    if (since < FORGIVEN_AFTER) return true;
    loss.writes = 0;
    return false;
  }

  private of(key: number): Loss {
    const known = this.known.get(key);
    if (known) return known;
    const loss = { writes: 0, useless: 0, last: 0 };
    this.known.set(key, loss);
    return loss;
  }
}
