/**
 * The arithmetic as functions that rows share: (control word, a, b) -> (significand, word). They read and write no memory. The word is sign and exponent of the
 * result, and what is to be said of it; it is negative where the operation refuses.
 */
import {
  leaveUnlessNormal,
  type Number80,
  type Operation,
  type OperationOnNormal,
  type Result,
  refuse,
} from '../../fpu/wasm/number.ts';
import { product, productWithZero } from '../../fpu/wasm/product.ts';
import { quotient, quotientOfZero } from '../../fpu/wasm/quotient.ts';
import { isUsual, round, roundUsual } from '../../fpu/wasm/rounding.ts';
import { sum, sumWithZero } from '../../fpu/wasm/sum.ts';
import { I32, I64 } from '../../wasm/code.ts';
import { type Int32, int32, int64 } from '../../wasm/expression.ts';
import { FunctionBody } from '../../wasm/function-body.ts';
import type { Module } from '../../wasm/module.ts';
import type { RowBody } from './row-body.ts';

/** Their type. */
export const CORE = { params: [I32, I32, I64, I32, I64], results: [I64, I32] } as const;

/** Bits of the word above sign and exponent. */
const INEXACT = 16;
const UP = 17;

interface Arithmetic {
  readonly onNormal: OperationOnNormal;
  readonly withZero: Operation;
  /** The usual rounding is worth a version of its own: the operation does not take much longer. */
  readonly short: boolean;
}

export const Operations = {
  sum: { onNormal: sum, withZero: sumWithZero, short: true },
  product: { onNormal: product, withZero: productWithZero, short: true },
  quotient: { onNormal: quotient, withZero: quotientOfZero, short: false },
} as const satisfies Record<string, Arithmetic>;

/** Indices of the functions. */
export type Cores = Readonly<Record<keyof typeof Operations, number>>;

export function addCores(module: Module): Cores {
  const { sum, product, quotient } = Operations;
  return { sum: core(module, sum), product: core(module, product), quotient: core(module, quotient) };
}

/** What a core makes of two numbers; refuses where it does. */
export function callCore(f: RowBody, index: number, control: Int32, a: Number80, b: Number80): Result {
  const [significand, word] = f.callPair(index, control, a.top, a.significand, b.top, b.significand);
  refuse(f, word.lts(0));
  return { significand, top: word.and(0xffff), inexact: word.shr(INEXACT).and(1), up: word.shr(UP) };
}

class CoreBody extends FunctionBody {
  answer({ top, significand, inexact, up }: Result): void {
    this.return(significand, top.or(inexact.shl(INEXACT)).or(up.shl(UP)));
  }

  override abandon(when: Int32): void {
    this.ifUnlikely(when, () => this.return(int64(0n), int32(-1)));
  }
}

function core(module: Module, { onNormal, withZero, short }: Arithmetic): number {
  const f = new CoreBody(CORE);
  const control = f.param32(0);
  const a = { top: f.param32(1), significand: f.param64(2) };
  const b = { top: f.param32(3), significand: f.param64(4) };
  const done = (result: Result): void => f.answer(result);
  f.block(special => {
    leaveUnlessNormal(f, special, a, b);
    if (short) f.if(isUsual(control), () => onNormal(f, control, roundUsual, a, b, done));
    onNormal(f, control, round, a, b, done);
  });
  withZero(f, control, a, b, done);
  f.unreachable();
  return f.add(module);
}
