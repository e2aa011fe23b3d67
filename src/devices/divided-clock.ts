/** A crystal's count, derived from the virtual clock without rounding drift: the board's oscillators all begin at tick 0. */
import type { Clock } from './wiring.ts';

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

export class DividedClock {
  private readonly clock: Clock;
  /** `cycles` of the crystal take exactly `ticks` of the clock, in lowest terms: products stay below 2^53. */
  private readonly cycles: number;
  private readonly ticks: number;

  /** `hz`: of the crystal, an integer. */
  constructor(clock: Clock, hz: number) {
    const divisor = greatestCommonDivisor(hz, clock.hz);
    this.clock = clock;
    this.cycles = hz / divisor;
    this.ticks = clock.hz / divisor;
  }

  /** Whole cycles since tick 0. */
  count(): number {
    const now = this.clock.now();
    const whole = Math.floor(now / this.ticks);
    return whole * this.cycles + Math.floor(((now - whole * this.ticks) * this.cycles) / this.ticks);
  }

  /** The first tick at which count() is `count`. */
  tickOf(count: number): number {
    const whole = Math.floor(count / this.cycles);
    return whole * this.ticks + Math.ceil(((count - whole * this.cycles) * this.ticks) / this.cycles);
  }
}
