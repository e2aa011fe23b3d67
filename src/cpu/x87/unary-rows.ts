/** Operations on ST(0): FCHS, FABS, FSQRT, FRNDINT, FSCALE; the constants. */
import { type ConstantName, constant } from '../../fpu/constants.ts';
import { Rounding } from '../../fpu/environment.ts';
import { roundToIntegral, scale } from '../../fpu/wasm/integral.ts';
import { type Result, SIGN } from '../../fpu/wasm/number.ts';
import { squareRoot } from '../../fpu/wasm/root.ts';
import { type Int32, int32, int64 } from '../../wasm/expression.ts';
import { type Row, type Rows, registerRow } from './row.ts';
import type { Register, RowBody } from './row-body.ts';

function finish(f: RowBody, control: Int32, top: Register, result: Result): void {
  f.report(control, result);
  f.write(top, result);
  f.done();
}

/** Any encoding has a sign to change. */
function changeSign(change: (top: Int32) => Int32): Row {
  return registerRow(f => {
    const top = f.full(0);
    const value = f.read(top);
    f.write(top, { ...value, top: change(value.top) });
    f.clearC1();
    f.done();
  });
}

const root = registerRow(f => {
  const top = f.full(0);
  const control = f.loadField('fpuControl');
  squareRoot(f, control, f.read(top), result => finish(f, control, top, result));
});

const integral = registerRow(f => {
  const top = f.full(0);
  const control = f.loadField('fpuControl');
  finish(f, control, top, roundToIntegral(f, control, f.read(top)));
});

const scaled = registerRow(f => {
  const [top, second] = [f.full(0), f.full(1)];
  const control = f.loadField('fpuControl');
  scale(f, control, f.read(top), f.read(second), result => finish(f, control, top, result));
});

const ROUNDING_SHIFT = 10;

/** The constants are inexact, and nothing is said of it. */
function loadConstant(name: ConstantName): Row {
  const down = constant(name, Rounding.down);
  // Whether a rounding takes the next number above.
  const goesUp = (rounding: number): boolean => constant(name, rounding).low !== down.low;
  return registerRow(f => {
    const to = f.free();
    const rounding = f.let(f.loadField('fpuControl').shr(ROUNDING_SHIFT).and(3));
    const up = Object.values(Rounding)
      .filter(goesUp)
      .reduce((any, r) => any.or(rounding.eq(r)), int32(0));
    const significand = (BigInt(down.high >>> 0) << 32n) | BigInt(down.low >>> 0);
    f.write(to, { top: int32(down.top), significand: int64(significand).add(up.wide()) });
    f.clearC1();
    f.push(to);
    f.done();
  });
}

const Constants = ['FLD1', 'FLDL2T', 'FLDL2E', 'FLDPI', 'FLDLG2', 'FLDLN2', 'FLDZ'] as const;

export const unaryRows: Rows = {
  FCHS: changeSign(top => top.xor(SIGN)),
  FABS: changeSign(top => top.and(SIGN - 1)),
  FSQRT: root,
  FRNDINT: integral,
  FSCALE: scaled,
  ...Object.fromEntries(Constants.map(name => [name, loadConstant(name)])),
};
