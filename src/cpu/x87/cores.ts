/**
 * Arithmetic that is not of the usual kind - another rounding or precision, a zero - as functions that many rows share:
 * (a, b, address of the result less FPU_STATE) -> 0 when refused, else 1. Registers and status are written, the stack does not move.
 */
import { leaveUnlessNormal, type Operation, type OperationOnNormal } from '../../fpu/wasm/number.ts';
import { product, productWithZero } from '../../fpu/wasm/product.ts';
import { quotient, quotientOfZero } from '../../fpu/wasm/quotient.ts';
import { round } from '../../fpu/wasm/rounding.ts';
import { sum, sumWithZero } from '../../fpu/wasm/sum.ts';
import { I32, I64 } from '../../wasm/code.ts';
import { int32 } from '../../wasm/expression.ts';
import { FunctionBody } from '../../wasm/function-body.ts';
import type { Module } from '../../wasm/module.ts';
import { fieldAddress } from '../state.ts';
import { Done, report, writeNumber } from './row-body.ts';

/** Their type. */
export const CORE = { params: [I32, I64, I32, I64, I32], results: [I32] } as const;

interface Arithmetic {
  readonly onNormal: OperationOnNormal;
  readonly withZero: Operation;
}

export const Operations = {
  sum: { onNormal: sum, withZero: sumWithZero },
  product: { onNormal: product, withZero: productWithZero },
  quotient: { onNormal: quotient, withZero: quotientOfZero },
} as const satisfies Record<string, Arithmetic>;

/** Indices of the functions. */
export type Cores = Readonly<Record<keyof typeof Operations, number>>;

export function addCores(module: Module): Cores {
  const { sum, product, quotient } = Operations;
  return { sum: core(module, sum), product: core(module, product), quotient: core(module, quotient) };
}

function core(module: Module, { onNormal, withZero }: Arithmetic): number {
  const f = new FunctionBody(CORE);
  const a = { top: f.param32(0), significand: f.param64(1) };
  const b = { top: f.param32(2), significand: f.param64(3) };
  const control = f.load(4, fieldAddress('fpuControl'));
  const done: Parameters<Operation>[4] = result => {
    report(f, control, result);
    writeNumber(f, f.param32(4), result);
    f.return(int32(Done.pointers));
  };
  f.block(special => {
    leaveUnlessNormal(f, special, a, b);
    onNormal(f, control, round, a, b, done);
  });
  withZero(f, control, a, b, done);
  f.unreachable();
  return f.add(module);
}
