/** The statements of a function of its own. Parameters come first, locals are made as they are needed, and add() hands the whole to a Module. */
import { Code, I32, I64, Op, type ValueType } from './code.ts';
import { Int32, Int64, int32, type Value } from './expression.ts';
import type { Module, Signature } from './module.ts';
import { Statements } from './statements.ts';

export class FunctionBody extends Statements {
  private readonly signature: Signature;
  private readonly locals: ValueType[];

  constructor(signature: Signature) {
    const locals: ValueType[] = [];
    super(new Code(), type => signature.params.length + locals.push(type) - 1);
    this.signature = signature;
    this.locals = locals;
  }

  /** Adds the function to a module and returns its index. */
  add(module: Module): number {
    return module.addFunction(this.signature, this.locals, this.code);
  }

  /** Parameter `index`, which must be an i32. */
  param32(index: number): Int32 {
    return this.param(index, I32, new Int32(code => code.get(index)));
  }

  param64(index: number): Int64 {
    return this.param(index, I64, new Int64(code => code.get(index)));
  }

  private param<T extends Value>(index: number, type: ValueType, value: T): T {
    if (this.signature.params[index] !== type) throw new Error(`parameter ${index} is of another type`);
    return value;
  }

  return(...values: readonly Value[]): void {
    for (const value of values) value.write(this.code);
    this.code.op(Op.return);
  }

  /** The function answers 0. */
  abandon(when: Int32): void {
    this.if(when, () => this.return(int32(0)));
  }
}
