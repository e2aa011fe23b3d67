/**
 * FADD, FSUB, FSUBR, FMUL, FDIV, FDIVR on registers and memory operands. The usual case, normal numbers and rounding to nearest with 64 bits, is written out
 * in the rows that compilers use; the others, and all others' rows, are calls of what they share.
 */
import { leaveUnlessNormal, type Number80, type Result, SIGN } from '../../fpu/wasm/number.ts';
import { isUsual, roundUsual } from '../../fpu/wasm/rounding.ts';
import { int32, int64 } from '../../wasm/expression.ts';
import { type Cores, callCore, Operations } from './cores.ts';
import { double, type Format, integer16, integer32, single } from './operands.ts';
import { type Row, type Rows, reads, registerRow } from './row.ts';
import type { Register, RowBody } from './row-body.ts';

interface Meaning {
  readonly operation: keyof Cores;
  /** Operands of the operation, from destination and source. */
  operands(destination: Number80, source: Number80): [Number80, Number80];
  /** Takes so long that a call does not matter. */
  readonly long?: boolean;
}

const negative = ({ top, significand }: Number80): Number80 => ({ top: top.xor(SIGN), significand });

const Meanings: Readonly<Record<string, Meaning>> = {
  ADD: { operation: 'sum', operands: (a, b) => [a, b] },
  SUB: { operation: 'sum', operands: (a, b) => [a, negative(b)] },
  SUBR: { operation: 'sum', operands: (a, b) => [b, negative(a)] },
  MUL: { operation: 'product', operands: (a, b) => [a, b] },
  DIV: { operation: 'quotient', operands: (a, b) => [a, b], long: true },
  DIVR: { operation: 'quotient', operands: (a, b) => [b, a], long: true },
};

interface How {
  readonly pops?: readonly Register[];
  /** Compilers do not write it. */
  readonly rare?: boolean;
}

/** What is in `to`, and `source`, to `to`; then `pops`. */
function operate(
  f: RowBody,
  cores: Cores,
  { operation, operands, long = false }: Meaning,
  to: Register,
  source: Number80,
  { pops = [], rare = false }: How,
): void {
  const control = f.loadField('fpuControl');
  const [a, b] = operands(f.read(to), source);
  const result = rare || long || f.isBrief ? callCore(f, cores[operation], control, a, b) : usualFirst();
  f.report(control, result);
  f.write(to, result);
  f.pop(...pops);
  f.done();

  /** The usual case is written out. */
  function usualFirst(): Result {
    const significand = f.variable(int64(0n));
    const top = f.variable(int32(0));
    const inexact = f.variable(int32(0));
    const up = f.variable(int32(0));
    const set = (result: Result): void => {
      f.assign(significand, result.significand);
      f.assign(top, result.top);
      f.assign(inexact, result.inexact);
      f.assign(up, result.up);
    };
    f.block(end => {
      f.block(unusual => {
        f.leaveIfUnlikely(unusual, isUsual(control).eqz());
        leaveUnlessNormal(f, unusual, a, b);
        Operations[operation].onNormal(f, control, roundUsual, a, b, result => {
          set(result);
          f.leave(end);
        });
      });
      set(callCore(f, cores[operation], control, a, b));
    });
    return { significand, top, inexact, up };
  }
}

function onRegisters(meaning: Meaning, toStack: boolean, pops: boolean): Row {
  return registerRow((f, cores) => {
    const [top, other] = [f.full(0), f.full(f.operand)];
    const [to, from] = toStack ? [other, top] : [top, other];
    operate(f, cores, meaning, to, f.read(from), { pops: pops ? [top] : [], rare: toStack && !pops });
  });
}

function withMemory(meaning: Meaning, format: Format, rare = false): Row {
  return reads(format.bytes, (f, cores) => {
    const top = f.full(0);
    operate(f, cores, meaning, top, format.read(f), { rare });
  });
}

export const arithmeticRows: Rows = Object.fromEntries(
  Object.entries(Meanings).flatMap(([name, meaning]): [string, Row][] => [
    [`F${name} ST,STi`, onRegisters(meaning, false, false)],
    [`F${name} STi,ST`, onRegisters(meaning, true, false)],
    [`F${name}P STi,ST`, onRegisters(meaning, true, true)],
    [`F${name} Md`, withMemory(meaning, single)],
    [`F${name} Mq`, withMemory(meaning, double)],
    [`FI${name} Md`, withMemory(meaning, integer32, true)],
    [`FI${name} Mw`, withMemory(meaning, integer16, true)],
  ]),
);
