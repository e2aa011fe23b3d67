/**
 * Registers that a region only reads, constants of a loop most often, are looked at once, at its entry: then they are known to be plain throughout. Where they are
 * not, the interpreter goes on at the entry; should that be so for long, the region is made anew without this.
 */
import { type Code, Op } from '../wasm/code.ts';
import { LaneOp } from '../wasm/vector-op.ts';
import { Kind, type Plain } from './simd-facts.ts';
import { vectorHomeLocal, vectorHomeNumber } from './simd-homes.ts';
import { Packed, type PackedFormat, someNotFinite, someTiny, someUnusual } from './simd-packed-format.ts';
import { isNotZero, isSpecial, Scalar, type ScalarFormat } from './simd-scalar-format.ts';

const REGISTERS = 8;

/** `leave` is written where a register is not plain as `plain` wants it. */
export function checkInvariants(code: Code, plain: Plain, leave: () => void): void {
  const each = (kind: number, check: (local: number) => void) => {
    for (let i = 0; i < REGISTERS; i++) if ((plain & (kind << i)) !== 0) check(vectorHomeLocal(vectorHomeNumber(i)));
  };
  each(Kind.double, local => checkElement(code, Scalar.SD, local, leave));
  each(Kind.single, local => checkElement(code, Scalar.SS, local, leave));
  each(Kind.doubles, local => checkAll(code, Packed.PD, local, leave));
  each(Kind.singles, local => checkAll(code, Packed.PS, local, leave));
}

function checkElement(code: Code, format: ScalarFormat, register: number, leave: () => void): void {
  const { x } = format.local;
  code.get(register).lane(format.extract, 0).set(x);
  code.get(register).lane(LaneOp.i32x4_extract_lane, format.bytes / 4 - 1);
  isSpecial(code, format);
  isNotZero(code, format, x);
  code.op(Op.i32_and).notExpected().if();
  leave();
  code.end();
}

function checkAll(code: Code, format: PackedFormat, register: number, leave: () => void): void {
  someUnusual(code, format, { special: [register], tiny: [] });
  code.notExpected().if();
  someTiny(code, format, [register]);
  someNotFinite(code, format, register);
  code.op(Op.i32_or).if();
  leave();
  code.end();
  code.end();
}
