/** NaNs and other operands that decide an operation before any arithmetic. Source: SDM vol. 1, 4.8.3.5 and table 4-7; 8.5.1.2, 8.5.2. */
import { type Environment, Flags } from './environment.ts';
import {
  compareSignificands,
  type Extended,
  Indefinite,
  isDenormal,
  isNotANumber,
  isSignalling,
  isUnsupported,
  quiet,
} from './extended.ts';

/** IE, and the masked answer. */
export function invalid(env: Environment): Extended {
  env.flags |= Flags.IE;
  return Indefinite;
}

/** The result when an operand is a NaN or unsupported; undefined when both are numbers. */
export function propagate(env: Environment, a: Extended, b: Extended): Extended | undefined {
  if (a.high < 0 && b.high < 0 && (a.top & 0x7fff) !== 0x7fff && (b.top & 0x7fff) !== 0x7fff) return undefined;
  if (isUnsupported(a) || isUnsupported(b)) return invalid(env);
  const aNaN = isNotANumber(a);
  const bNaN = isNotANumber(b);
  if (!aNaN && !bNaN) return undefined;
  const aSignals = isSignalling(a);
  const bSignals = isSignalling(b);
  if (aSignals || bSignals) env.flags |= Flags.IE;
  if (!bNaN) return quiet(a);
  if (!aNaN) return quiet(b);
  // A quiet NaN prevails over a signalling one, then the larger significand, then the positive one.
  if (aSignals !== bSignals) return aSignals ? b : a;
  const order = compareSignificands(a.high, a.low, b.high, b.low) || (a.top <= b.top ? 1 : -1);
  return quiet(order > 0 ? a : b);
}

/** The same for one operand. */
export function propagateOne(env: Environment, a: Extended): Extended | undefined {
  if (isUnsupported(a)) return invalid(env);
  if (!isNotANumber(a)) return undefined;
  if (isSignalling(a)) env.flags |= Flags.IE;
  return quiet(a);
}

export function noteDenormal(env: Environment, a: Extended): void {
  if (isDenormal(a)) env.flags |= Flags.DE;
}
