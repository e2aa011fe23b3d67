/** FCOM, FUCOM, FICOM, FTST, FCOMI, FUCOMI, FXAM. Quiet and other comparisons differ in NaNs alone, which are refused. */

import type { Number80 } from '../../fpu/wasm/number.ts';
import { classify, compare } from '../../fpu/wasm/order.ts';
import { int32, int64 } from '../../wasm/expression.ts';
import { Status as C } from '../fpu-stack.ts';
import { double, type Format, integer16, integer32, single } from './operands.ts';
import { type Row, type Rows, reads, registerRow } from './row.ts';
import type { Register, RowBody } from './row-body.ts';

const C0_SHIFT = 8;
const C3_SHIFT = 14;
/** Words of the lazy flags (isa/flags.ts): PF clear, and CF without OF. */
const PARITY_ODD = 1;
const CARRY = 0xc0000000;

function toConditions(f: RowBody, a: Number80, b: Number80, pops: readonly Register[]): void {
  const { less, equal } = compare(f, a, b);
  const conditions = less.shl(C0_SHIFT).or(equal.shl(C3_SHIFT));
  f.setConditions(conditions, int32(0));
  f.pop(...pops);
  f.done();
}

function withRegister(pops: 0 | 1 | 2): Row {
  return registerRow(f => {
    // FCOMPP has no STi: it is ST(1).
    const [top, other] = [f.full(0), f.full(pops === 2 ? 1 : f.operand)];
    toConditions(f, f.read(top), f.read(other), [top, other].slice(0, pops));
  });
}

function withMemory(format: Format, pops: boolean): Row {
  return reads(format.bytes, f => {
    const top = f.full(0);
    toConditions(f, f.read(top), format.read(f), pops ? [top] : []);
  });
}

const withZero = registerRow(f => {
  toConditions(f, f.read(f.full(0)), { top: int32(0), significand: int64(0n) }, []);
});

/** C1 stays as it is. */
function toFlags(pops: boolean): Row {
  return registerRow(f => {
    const [top, other] = [f.full(0), f.full(f.operand)];
    const { less, equal } = compare(f, f.read(top), f.read(other));
    f.storeField('zero', equal.xor(1));
    f.storeField('sign', PARITY_ODD);
    f.storeField('carry', int32(0).sub(less).and(CARRY));
    if (pops) f.pop(top);
    f.done();
  }, 'writes flags');
}

const examine = registerRow(f => {
  const top = f.register(0);
  const a = f.read(top);
  const kind = classify(a, {
    unsupported: int32(0),
    nan: int32(C.C0),
    normal: int32(C.C2),
    infinity: int32(C.C2 | C.C0),
    zero: int32(C.C3),
    denormal: int32(C.C3 | C.C2),
  });
  const conditions = f.isFull(top).select(kind, int32(C.C3 | C.C0));
  f.setConditions(conditions, a.top.shr(15));
  f.done();
});

const [comparison, popping, poppingTwice] = [withRegister(0), withRegister(1), withRegister(2)];
const [comparisonToFlags, poppingToFlags] = [toFlags(false), toFlags(true)];

export const compareRows: Rows = {
  'FCOM STi': comparison,
  'FCOMP STi': popping,
  FCOMPP: poppingTwice,
  'FUCOM STi': comparison,
  'FUCOMP STi': popping,
  FUCOMPP: poppingTwice,
  'FCOM Md': withMemory(single, false),
  'FCOMP Md': withMemory(single, true),
  'FCOM Mq': withMemory(double, false),
  'FCOMP Mq': withMemory(double, true),
  'FICOM Md': withMemory(integer32, false),
  'FICOMP Md': withMemory(integer32, true),
  'FICOM Mw': withMemory(integer16, false),
  'FICOMP Mw': withMemory(integer16, true),
  'FCOMI ST,STi': comparisonToFlags,
  'FCOMIP ST,STi': poppingToFlags,
  'FUCOMI ST,STi': comparisonToFlags,
  'FUCOMIP ST,STi': poppingToFlags,
  FTST: withZero,
  FXAM: examine,
};
