/** Comparison and classification. Source: SDM vol. 2, FCOM, FUCOM, FXAM. */
import { type Environment, Flags } from './environment.ts';
import {
  compareSignificands,
  type Extended,
  isDenormal,
  isInfinity,
  isNotANumber,
  isSignalling,
  isUnsupported,
  isZero,
  MAX_EXPONENT,
} from './extended.ts';

export type Order = 'less' | 'equal' | 'greater' | 'unordered';

/** `quietly`: as FUCOM, for which quiet NaNs are no invalid operands. */
export function compare(env: Environment, a: Extended, b: Extended, quietly: boolean): Order {
  if (isUnsupported(a) || isUnsupported(b) || isSignalling(a) || isSignalling(b)) {
    env.flags |= Flags.IE;
    return 'unordered';
  }
  if (isNotANumber(a) || isNotANumber(b)) {
    if (!quietly) env.flags |= Flags.IE;
    return 'unordered';
  }
  if (isDenormal(a) || isDenormal(b)) env.flags |= Flags.DE;
  const aZero = isZero(a);
  const bZero = isZero(b);
  if (aZero && bZero) return 'equal';
  const sign = aZero ? b.top >> 15 : a.top >> 15;
  if (!aZero && !bZero && a.top >> 15 !== b.top >> 15) return a.top >> 15 ? 'less' : 'greater';
  // Of equal signs, or one is zero; a pseudo-denormal has exponent 1.
  const exponent = (x: Extended): number => x.top & MAX_EXPONENT || (x.high < 0 ? 1 : 0);
  const order = aZero ? -1 : bZero ? 1 : exponent(a) - exponent(b) || compareSignificands(a.high, a.low, b.high, b.low);
  if (order === 0) return 'equal';
  return order > 0 === (sign === 0) ? 'greater' : 'less';
}

export type Class = 'unsupported' | 'nan' | 'normal' | 'infinity' | 'zero' | 'denormal';

/** As FXAM tells it; a pseudo-denormal counts as denormal. */
export function classify(a: Extended): Class {
  if (isUnsupported(a)) return 'unsupported';
  if (isNotANumber(a)) return 'nan';
  if (isInfinity(a)) return 'infinity';
  if (isZero(a)) return 'zero';
  return isDenormal(a) ? 'denormal' : 'normal';
}
