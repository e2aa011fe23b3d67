/** FLD, FST, FSTP, FILD, FIST, FISTP, FISTTP; FXCH, FCMOVcc. */
import { DOUBLE, type Narrow, narrow, SINGLE } from '../../fpu/wasm/formats.ts';
import { toInteger } from '../../fpu/wasm/integral.ts';
import type { Int32, Int64 } from '../../wasm/expression.ts';
import { double, extended, type Format, integer16, integer32, integer64, single } from './operands.ts';
import { type Row, type Rows, reads, registerRow, writes } from './row.ts';
import type { RowBody } from './row-body.ts';

function load(format: Format): Row {
  return reads(format.bytes, f => {
    const to = f.free();
    f.write(to, format.read(f));
    f.clearC1();
    f.push(to);
    f.done();
  });
}

const loadRegister = registerRow(f => {
  const from = f.full(f.operand);
  const to = f.free();
  f.write(to, f.read(from));
  f.clearC1();
  f.push(to);
  f.done();
});

function storeNarrow(format: Narrow, bytes: 4 | 8, pops: boolean): Row {
  return writes(bytes, f => {
    const top = f.full(0);
    const control = f.loadField('fpuControl');
    const stored = narrow(f, control, format, f.read(top));
    f.report(control, stored);
    storeBits(f, bytes, stored.bits);
    if (pops) f.pop(top);
    f.done();
  });
}

function storeInteger(bits: 16 | 32 | 64, pops: boolean, chops = false): Row {
  return writes(bits / 8, f => {
    const top = f.full(0);
    const control = f.loadField('fpuControl');
    const stored = toInteger(f, control, f.read(top), bits, chops);
    f.report(control, stored);
    storeBits(f, (bits / 8) as 2 | 4 | 8, stored.bits);
    if (pops) f.pop(top);
    f.done();
  });
}

function storeBits(f: RowBody, bytes: 2 | 4 | 8, bits: Int64): void {
  if (bytes === 8) f.store64(f.operand, bits);
  else f.store(bytes, f.operand, bits.low());
}

const storeExtended = writes(10, f => {
  const top = f.full(0);
  const value = f.read(top);
  f.store64(f.operand, value.significand);
  f.store(2, f.operand, value.top, 8);
  f.clearC1();
  f.pop(top);
  f.done();
});

function storeRegister(pops: boolean): Row {
  return registerRow(f => {
    const [from, to] = [f.full(0), f.register(f.operand)];
    f.write(to, f.read(from));
    f.mark(to, true);
    f.clearC1();
    if (pops) f.pop(from);
    f.done();
  });
}

const exchange = registerRow(f => {
  const [top, other] = [f.full(0), f.full(f.operand)];
  const [a, b] = [f.read(top), f.read(other)];
  f.write(top, b);
  f.write(other, a);
  f.clearC1();
  f.done();
});

/** Conditions of FCMOVcc from the words of the lazy flags (isa/flags.ts). */
const isBelow = (f: RowBody): Int32 => f.loadField('carry').shr(31);
const isZero = (f: RowBody): Int32 => f.loadField('zero').eqz();
const isEither = (f: RowBody): Int32 => isBelow(f).or(isZero(f));
const isUnordered = (f: RowBody): Int32 => f.loadField('sign').and(0xff).popcnt().and(1).xor(1);

function moveIf(condition: (f: RowBody) => Int32): Row {
  return registerRow(f => {
    const [to, from] = [f.full(0), f.full(f.operand)];
    f.if(condition(f), () => f.write(to, f.read(from)));
    f.done();
  }, 'reads flags');
}

const not =
  (condition: (f: RowBody) => Int32) =>
  (f: RowBody): Int32 =>
    condition(f).eqz();

export const moveRows: Rows = {
  'FLD Md': load(single),
  'FLD Mq': load(double),
  'FLD Mt': load(extended),
  'FILD Mw': load(integer16),
  'FILD Md': load(integer32),
  'FILD Mq': load(integer64),
  'FLD STi': loadRegister,
  'FST Md': storeNarrow(SINGLE, 4, false),
  'FSTP Md': storeNarrow(SINGLE, 4, true),
  'FST Mq': storeNarrow(DOUBLE, 8, false),
  'FSTP Mq': storeNarrow(DOUBLE, 8, true),
  'FSTP Mt': storeExtended,
  'FST STi': storeRegister(false),
  'FSTP STi': storeRegister(true),
  'FIST Mw': storeInteger(16, false),
  'FISTP Mw': storeInteger(16, true),
  'FIST Md': storeInteger(32, false),
  'FISTP Md': storeInteger(32, true),
  'FISTP Mq': storeInteger(64, true),
  'FISTTP Mw': storeInteger(16, true, true),
  'FISTTP Md': storeInteger(32, true, true),
  'FISTTP Mq': storeInteger(64, true, true),
  'FXCH STi': exchange,
  'FCMOVB ST,STi': moveIf(isBelow),
  'FCMOVE ST,STi': moveIf(isZero),
  'FCMOVBE ST,STi': moveIf(isEither),
  'FCMOVU ST,STi': moveIf(isUnordered),
  'FCMOVNB ST,STi': moveIf(not(isBelow)),
  'FCMOVNE ST,STi': moveIf(not(isZero)),
  'FCMOVNBE ST,STi': moveIf(not(isEither)),
  'FCMOVNU ST,STi': moveIf(not(isUnordered)),
};
