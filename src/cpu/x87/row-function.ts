/** A row as a function of its own: (operand) -> Done. */
import { Code, I32, Op, type ValueType } from '../../wasm/code.ts';
import { Int32, int32 } from '../../wasm/expression.ts';
import type { Module } from '../../wasm/module.ts';
import { Done, RowBody } from './row-body.ts';

export const OPERAND_TO_DONE = { params: [I32], results: [I32] } as const;

export class RowFunction extends RowBody {
  private readonly locals: ValueType[];

  constructor() {
    const locals: ValueType[] = [];
    super(new Code(), type => OPERAND_TO_DONE.params.length + locals.push(type) - 1, new Int32(code => code.get(0)));
    this.locals = locals;
  }

  /** Adds the function to a module and returns its index. */
  add(module: Module): number {
    this.unreachable();
    return module.addFunction(OPERAND_TO_DONE, this.locals, this.code);
  }

  answer(done: Int32): void {
    done.write(this.code);
    this.code.op(Op.return);
  }

  abandon(when: Int32): void {
    this.ifUnlikely(when, () => this.answer(int32(Done.refused)));
  }
}
