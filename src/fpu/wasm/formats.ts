/** Numbers of other formats in WebAssembly: singles, doubles, integers. As ../formats.ts, for normal numbers, zeros and what fits. */
import { type Int32, type Int64, int32, int64 } from '../../wasm/expression.ts';
import type { Statements } from '../../wasm/statements.ts';
import { BIAS, exponentOf, INTEGER_BIT, isZero, type Number80, refuse, SIGN, signOf } from './number.ts';
import { roundsUp } from './rounding.ts';

/** A binary format narrower than ours. Its bits come right-justified in an i64. */
export interface Narrow {
  readonly fractionBits: number;
  readonly exponentBits: number;
}

export const SINGLE: Narrow = { fractionBits: 23, exponentBits: 8 };
export const DOUBLE: Narrow = { fractionBits: 52, exponentBits: 11 };

const maximumOf = ({ exponentBits }: Narrow): number => 2 ** exponentBits - 1;
/** Our biased exponent less that of the format. */
const biasDifference = ({ exponentBits }: Narrow): number => BIAS - (2 ** (exponentBits - 1) - 1);

/** The number that these bits are, exactly. */
export function widen(f: Statements, format: Narrow, bits: Int64): Number80 {
  const { fractionBits, exponentBits } = format;
  const exponent = f.let(bits.shr(BigInt(fractionBits)).low().and(maximumOf(format)));
  const sign = bits
    .shr(BigInt(fractionBits + exponentBits - 15))
    .low()
    .and(SIGN);
  const top = f.variable(sign.or(exponent.add(biasDifference(format))));
  const significand = f.variable(bits.shl(BigInt(63 - fractionBits)).or(INTEGER_BIT));
  f.if(exponent.sub(1).gtu(maximumOf(format) - 2), () => {
    const magnitude = bits.shl(BigInt(64 - fractionBits - exponentBits));
    refuse(f, magnitude.ne(0n));
    f.assign(top, sign);
    f.assign(significand, int64(0n));
  });
  return { top, significand };
}

/** What is to be stored, and what is to be said of it (see Result). */
export interface Stored {
  readonly bits: Int64;
  readonly inexact: Int32;
  readonly up: Int32;
}

/** The number rounded to a narrow format. */
export function narrow(f: Statements, control: Int32, format: Narrow, a: Number80): Stored {
  const { fractionBits, exponentBits } = format;
  const dropped = BigInt(63 - fractionBits);
  const bits = f.variable(
    signOf(a)
      .wide()
      .shl(BigInt(fractionBits + exponentBits - 15)),
  );
  const inexact = f.variable(int32(0));
  const up = f.variable(int64(0n));
  f.if(isZero(a).eqz(), () => {
    const exponent = f.let(exponentOf(a).sub(biasDifference(format)));
    // The greatest finite exponent might be carried to the next.
    refuse(
      f,
      a.significand
        .lts(0n)
        .eqz()
        .or(exponent.sub(1).gtu(maximumOf(format) - 3)),
    );
    const rest = f.let(a.significand.shl(64n - dropped));
    f.assign(inexact, rest.ne(0n));
    f.assign(up, roundsUp(f, control, signOf(a), a.significand.shr(dropped), rest));
    // The integer bit adds one to the exponent, and so does a carry out of the fraction.
    const magnitude = exponent.sub(1).wide().shl(BigInt(fractionBits)).add(a.significand.shr(dropped)).add(up);
    f.assign(bits, bits.or(magnitude));
  });
  return { bits, inexact, up: up.low() };
}

/** The number that a signed integer is, exactly. */
export function fromInteger(f: Statements, value: Int64): Number80 {
  const sign = f.let(value.sar(63n));
  const magnitude = f.let(value.xor(sign).sub(sign));
  const zeros = f.let(magnitude.clz());
  const top = sign
    .low()
    .and(SIGN)
    .or(int32(BIAS + 63).sub(zeros.low()));
  return {
    top: f.let(magnitude.eqz().select(int32(0), top)),
    significand: f.let(magnitude.shl(zeros)),
  };
}
