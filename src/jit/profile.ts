/**
 * Where guest time goes: for `--stats`. Addresses are sampled every so many instructions, which is as reproducible as the run itself, and each way out of
 * compiled code to the host is counted by its cause and address. The guest notices nothing: slices are shorter, that is all.
 */
import type { EngineExit } from '../cpu/engine.ts';

/** Instructions between two samples: a prime, so that loops do not run in step with it. */
export const SAMPLE_INTERVAL = 9973;

export class Profile {
  /** Samples by linear address. */
  readonly samples = new Map<number, number>();
  private readonly exits = new Map<number, EngineExit[]>();
  private next = SAMPLE_INTERVAL;

  /** The guest goes on at `linear`, after `now` instructions. */
  sample(linear: number, now: number): void {
    if (now < this.next) return;
    this.next = now + SAMPLE_INTERVAL;
    this.samples.set(linear >>> 0, (this.samples.get(linear >>> 0) ?? 0) + 1);
  }

  /** `look` tells what stands there, while it does. */
  left(cause: EngineExit['cause'], linear: number, look: () => Pick<EngineExit, 'bytes' | 'big'>): void {
    const at = linear >>> 0;
    const known = this.exits.get(at) ?? [];
    const same = known.find(exit => exit.cause === cause);
    if (same) same.count++;
    else this.exits.set(at, [...known, { cause, linear: at, count: 1, ...look() }]);
  }

  /** Most frequent first. */
  get ways(): EngineExit[] {
    return [...this.exits.values()].flat().sort((a, b) => b.count - a.count || a.linear - b.linear);
  }
}
