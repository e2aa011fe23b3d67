/** FLD, FST, FSTP, FILD; FXCH. */
import { DOUBLE, type Narrow, narrow, SINGLE } from '../../fpu/wasm/formats.ts';
import { double, extended, type Format, integer16, integer32, integer64, single } from './operands.ts';
import { type Row, type Rows, reads, registerRow, writes } from './row.ts';
import { RowBody } from './row-body.ts';

function load(format: Format): Row {
  return reads(format.bytes, () => {
    const f = new RowBody();
    const to = f.free();
    f.write(to, format.read(f));
    f.clearC1();
    f.push(to);
    return f.done();
  });
}

const loadRegister = registerRow(() => {
  const f = new RowBody();
  const from = f.full(f.operand);
  const to = f.free();
  f.write(to, f.read(from));
  f.clearC1();
  f.push(to);
  return f.done();
});

function storeNarrow(format: Narrow, bytes: 4 | 8, pops: boolean): Row {
  return writes(bytes, () => {
    const f = new RowBody();
    const top = f.full(0);
    const control = f.loadField('fpuControl');
    const stored = narrow(f, control, format, f.read(top));
    f.report(control, stored);
    if (bytes === 8) f.store64(f.operand, stored.bits);
    else f.store(4, f.operand, stored.bits.low());
    if (pops) f.pop(top);
    return f.done();
  });
}

const storeExtended = writes(10, () => {
  const f = new RowBody();
  const top = f.full(0);
  const value = f.read(top);
  f.store64(f.operand, value.significand);
  f.store(2, f.operand, value.top, 8);
  f.clearC1();
  f.pop(top);
  return f.done();
});

function storeRegister(pops: boolean): Row {
  return registerRow(() => {
    const f = new RowBody();
    const [from, to] = [f.full(0), f.register(f.operand)];
    f.write(to, f.read(from));
    f.mark(to, true);
    f.clearC1();
    if (pops) f.pop(from);
    return f.done();
  });
}

const exchange = registerRow(() => {
  const f = new RowBody();
  const [top, other] = [f.full(0), f.full(f.operand)];
  const [a, b] = [f.read(top), f.read(other)];
  f.write(top, b);
  f.write(other, a);
  f.clearC1();
  return f.done();
});

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
  'FXCH STi': exchange,
};
