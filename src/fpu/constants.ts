/** FLD1, FLDL2T and so on: constants of 66 bits, rounded as the rounding control says. Source: SDM vol. 1, 8.3.8; vol. 2, FLD1/.../FLDZ. */
import { Rounding } from './environment.ts';
import { type Extended, make, One, zero } from './extended.ts';

/** The value rounded down, and whether nearest rounds it up. None but 1 and 0 is exact. */
interface Rounded {
  readonly down: Extended;
  readonly nearestUp: boolean;
}

const inexact = {
  FLDL2T: { down: make(0x4000, 0xd49a784b | 0, 0xcd1b8afe | 0), nearestUp: false },
  FLDL2E: { down: make(0x3fff, 0xb8aa3b29 | 0, 0x5c17f0bb | 0), nearestUp: true },
  FLDPI: { down: make(0x4000, 0xc90fdaa2 | 0, 0x2168c234 | 0), nearestUp: true },
  FLDLG2: { down: make(0x3ffd, 0x9a209a84 | 0, 0xfbcff798 | 0), nearestUp: true },
  FLDLN2: { down: make(0x3ffe, 0xb17217f7 | 0, 0xd1cf79ab | 0), nearestUp: true },
} as const satisfies Record<string, Rounded>;

export type ConstantName = keyof typeof inexact | 'FLD1' | 'FLDZ';

export function constant(name: ConstantName, rounding: number): Extended {
  if (name === 'FLD1') return One;
  if (name === 'FLDZ') return zero(0);
  const { down, nearestUp } = inexact[name];
  const up = rounding === Rounding.up || (rounding === Rounding.nearest && nearestUp);
  return up ? make(down.top, down.high, down.low + 1) : down;
}
