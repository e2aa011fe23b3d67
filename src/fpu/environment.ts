/**
 * What an operation depends on beside its operands, and what it reports. Source: SDM vol. 1, 8.1.3 to 8.1.5.
 *
 * Flags are those of the status word: IE 01h, DE 02h, ZE 04h, OE 08h, UE 10h, PE 20h; masks the same bits of the control word.
 */
export const Flags = { IE: 1, DE: 2, ZE: 4, OE: 8, UE: 16, PE: 32 } as const;
/** Found before there is a result: unmasked, they leave the destination as it was. */
export const BEFORE = Flags.IE | Flags.DE | Flags.ZE;

export const Rounding = { nearest: 0, down: 1, up: 2, chop: 3 } as const;
export type Precision = 24 | 53 | 64;

/** By precision control; 1 is reserved and works as 3. */
const PRECISIONS: readonly Precision[] = [24, 64, 53, 64];

export class Environment {
  /** As in the control word: to nearest even, down, up, towards zero. */
  rounding = 0;
  /** Bits of significand that add, subtract, multiply, divide and square root round to. */
  precision: Precision = 64;
  /** Set bits mask their exception. Unmasked overflow and underflow wrap the exponent by 24576. */
  masks = 0x3f;
  /** Exceptions since begin(). */
  flags = 0;
  /** The last result was rounded away from zero: C1. */
  roundedUp = false;

  /** Takes over a control word and forgets flags. */
  begin(control: number): void {
    this.rounding = (control >> 10) & 3;
    this.precision = PRECISIONS[(control >> 8) & 3]!;
    this.masks = control & 0x3f;
    this.flags = 0;
    this.roundedUp = false;
  }
}
