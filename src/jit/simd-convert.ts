/**
 * Conversions between integers, singles and doubles. What does not fit, is denormal or no number is the interpreter's; so are those that use MMX registers.
 * Source: SDM vol. 1, 11.4.1.6; vol. 2, CVT*.
 */
import { Op, SaturateOp } from '../wasm/code.ts';
import { VectorOp } from '../wasm/vector-op.ts';
import type { VectorBuilder } from './simd-builder.ts';
import { zero } from './simd-moves.ts';
import { setResult } from './simd-packed.ts';
import { Packed, type PackedFormat, RESULT, SPARE, someNotFinite, someTiny, Y, zeros } from './simd-packed-format.ts';
import { type Emitter, setElement } from './simd-scalar.ts';
import { isNotZero, isSpecial, Scalar, type ScalarFormat } from './simd-scalar-format.ts';
import { trusted } from './simd-unit-checks.ts';

const { SS, SD } = Scalar;
const { PS, PD } = Packed;
/** The least magnitude that is beyond doublewords. */
const LIMIT = 2 ** 31;
/** Singles have all integers of up to so many bits. */
const EXACT_BITS = 24;

/** Where inexact results are looked for: bails out where there is one, unless MXCSR says that it changes nothing. */
function lookForInexact(v: VectorBuilder, isInexact: () => void): void {
  if (!v.exact) return;
  trusted(v.code);
  v.code.op(Op.i32_eqz);
  v.rarely(isInexact);
}

// ---- scalar

const wordToDouble: Emitter = v => {
  v.sourceWord();
  v.code.op(Op.f64_convert_i32_s).set(SD.local.result);
  setElement(v, SD);
};

const wordToSingle: Emitter = v => {
  const { code } = v;
  const { result } = SS.local;
  v.trust();
  v.sourceWord();
  code.op(Op.f32_convert_i32_s).set(result);
  v.attempt(() => {
    lookForInexact(v, () => {
      code.get(result).op(Op.f64_promote_f32);
      v.sourceWord();
      code.op(Op.f64_convert_i32_s).op(Op.f64_ne);
    });
    setElement(v, SS);
  });
};

/** The number goes through double precision, which has all singles and all doublewords. */
const elementToWord =
  (format: ScalarFormat, truncates: boolean): Emitter =>
  v => {
    const { code } = v;
    const { x, y, result } = SD.local;
    const word = v.word();
    v.trust();
    v.sourceElement(format);
    if (format === SS) code.op(Op.f64_promote_f32);
    code.tee(y);
    if (!truncates) code.op(Op.f64_nearest);
    code.tee(x).saturate(SaturateOp.i32_trunc_sat_f64_s).tee(word).op(Op.f64_convert_i32_s).set(result);
    v.attempt(() => {
      // Less than one apart, or, rounded, the same: so are numbers that do not fit from none.
      code.get(x).get(result);
      if (truncates) {
        code.op(Op.f64_sub).op(Op.f64_abs).doubleConst(1).op(Op.f64_lt).op(Op.i32_eqz);
      } else code.op(Op.f64_ne);
      v.bailIf();
      lookForInexact(v, () => code.get(y).get(result).op(Op.f64_ne));
      code.get(word);
      v.setDestinationWord();
    });
  };

const singleToDouble: Emitter = v => {
  const { code } = v;
  const { x } = SS.local;
  v.sourceElement(SS);
  code.tee(x).op(Op.f64_promote_f32).set(SD.local.result);
  v.attempt(() => {
    v.checkSource(SS, x, true);
    setElement(v, SD);
  });
};

const doubleToSingle: Emitter = v => {
  const { code } = v;
  const { y } = SD.local;
  const { result } = SS.local;
  v.trust();
  v.sourceElement(SD);
  code.tee(y).op(Op.f32_demote_f64).set(result);
  v.attempt(() => {
    SS.high(code.get(result));
    isSpecial(code, SS);
    v.rarely(() => isNotZero(code, SD, y));
    lookForInexact(v, () => code.get(result).op(Op.f64_promote_f32).get(y).op(Op.f64_ne));
    setElement(v, SS);
  });
};

// ---- packed

const wordsToDoubles: Emitter = v => {
  v.source();
  v.code.vector(VectorOp.f64x2_convert_low_i32x4_s).set(RESULT);
  setResult(v, PD);
};

const wordsToSingles: Emitter = v => {
  const { code } = v;
  v.trust();
  v.source();
  code.tee(Y).vector(VectorOp.f32x4_convert_i32x4_s).set(RESULT);
  v.attempt(() => {
    lookForInexact(v, () => {
      code.get(Y).vector(VectorOp.i32x4_abs).const(EXACT_BITS).vector(VectorOp.i32x4_shr_u);
      code.vector(VectorOp.v128_any_true);
    });
    setResult(v, PS);
  });
};

interface ToWords {
  readonly convert: typeof VectorOp.i32x4_trunc_sat_f32x4_s | typeof VectorOp.i32x4_trunc_sat_f64x2_s_zero;
  readonly nearest: typeof VectorOp.f32x4_nearest | typeof VectorOp.f64x2_nearest;
  readonly abs: typeof VectorOp.f32x4_abs | typeof VectorOp.f64x2_abs;
}

const SinglesToWords: ToWords = {
  convert: VectorOp.i32x4_trunc_sat_f32x4_s,
  nearest: VectorOp.f32x4_nearest,
  abs: VectorOp.f32x4_abs,
};
const DoublesToWords: ToWords = {
  convert: VectorOp.i32x4_trunc_sat_f64x2_s_zero,
  nearest: VectorOp.f64x2_nearest,
  abs: VectorOp.f64x2_abs,
};

const elementsToWords =
  (format: PackedFormat, { convert, nearest, abs }: ToWords, truncates: boolean): Emitter =>
  v => {
    const { code } = v;
    v.trust();
    v.source();
    code.tee(Y).vector(nearest).set(RESULT);
    v.attempt(() => {
      code.get(truncates ? Y : RESULT).vector(abs);
      if (format === PS) code.singleConst(LIMIT).vector(VectorOp.f32x4_splat);
      else code.doubleConst(LIMIT).vector(VectorOp.f64x2_splat);
      code.vector(format.lt).vector(format.allTrue).op(Op.i32_eqz);
      v.bailIf();
      // What rounding leaves as it is truncation does too.
      lookForInexact(v, () => code.get(Y).get(RESULT).vector(format.ne).vector(VectorOp.v128_any_true));
      code.get(truncates ? Y : RESULT).vector(convert);
      v.setDestination();
    });
  };

const singlesToDoubles: Emitter = v => {
  const { code } = v;
  zero(v);
  v.source();
  code.lane(SD.extract, 0).lane(SD.replace, 0).tee(Y);
  code.vector(VectorOp.f64x2_promote_low_f32x4).set(RESULT);
  v.attempt(() => {
    if (!v.sourceIsPlain(SS.kinds)) {
      someTiny(code, PS, [Y]);
      v.bailIf();
      someNotFinite(code, PS, Y);
      v.bailIf();
    }
    setResult(v, PD);
  });
};

const doublesToSingles: Emitter = v => {
  const { code } = v;
  v.trust();
  v.source();
  code.tee(Y).vector(VectorOp.f32x4_demote_f64x2_zero).tee(RESULT);
  code.vector(VectorOp.f64x2_promote_low_f32x4).set(SPARE);
  v.attempt(() => {
    someTiny(code, PS, [RESULT]);
    v.bailIf();
    someNotFinite(code, PS, RESULT);
    v.bailIf();
    // What has become zero has been too small, unless it was zero.
    zeros(code, PD, SPARE);
    zeros(code, PD, Y, true);
    code.vector(VectorOp.v128_and).vector(VectorOp.v128_any_true);
    v.bailIf();
    lookForInexact(v, () => code.get(SPARE).get(Y).vector(PD.ne).vector(VectorOp.v128_any_true));
    setResult(v, PS);
  });
};

export const exactConversions: Readonly<Record<string, Emitter>> = {
  CVTSI2SD: wordToDouble,
  CVTSS2SD: singleToDouble,
  CVTDQ2PD: wordsToDoubles,
  CVTPS2PD: singlesToDoubles,
};

export const roundingConversions: Readonly<Record<string, Emitter>> = {
  CVTSI2SS: wordToSingle,
  CVTSD2SI: elementToWord(SD, false),
  CVTSS2SI: elementToWord(SS, false),
  CVTTSD2SI: elementToWord(SD, true),
  CVTTSS2SI: elementToWord(SS, true),
  CVTSD2SS: doubleToSingle,
  CVTDQ2PS: wordsToSingles,
  CVTPS2DQ: elementsToWords(PS, SinglesToWords, false),
  CVTTPS2DQ: elementsToWords(PS, SinglesToWords, true),
  CVTPD2DQ: elementsToWords(PD, DoublesToWords, false),
  CVTTPD2DQ: elementsToWords(PD, DoublesToWords, true),
  CVTPD2PS: doublesToSingles,
};
