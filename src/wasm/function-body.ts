/**
 * The statements of one function: locals, memory, control. Parameters come first, locals are made as they are needed, and add() hands the whole to a Module.
 * Loads and calls take effect where they are written, and their value is a local. Knows nothing of x86.
 */
import { Code, I32, I64, type Label, Op, type ValueType } from './code.ts';
import { Int32, Int64, int32, like, type Value } from './expression.ts';
import type { Module, Signature } from './module.ts';

/** A local: read as any expression, set by assign(). */
type Local<T extends Value> = T & { readonly local: number };

export class FunctionBody {
  private readonly code = new Code();
  private readonly signature: Signature;
  private readonly locals: ValueType[] = [];

  constructor(signature: Signature) {
    this.signature = signature;
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

  // ---- values

  /** Evaluates now, once. */
  let<T extends Value>(value: T): T {
    return this.variable(value);
  }

  /** A local that assign() may change. */
  variable<T extends Value>(initial: T): Local<T> {
    const local = this.signature.params.length + this.locals.push(initial.type) - 1;
    initial.write(this.code);
    this.code.set(local);
    return Object.assign(
      like(initial, code => code.get(local)),
      { local },
    );
  }

  assign<T extends Value>(variable: Local<T>, value: T): void {
    value.write(this.code);
    this.code.set(variable.local);
  }

  /** The result of a call of a function that has one, an i32. */
  call(index: number, ...operands: readonly Value[]): Int32 {
    return this.let(
      new Int32(code => {
        for (const operand of operands) operand.write(code);
        code.call(index);
      }),
    );
  }

  /** The same through the table. */
  callIndirect(type: number, slot: Int32, ...operands: readonly Value[]): Int32 {
    return this.let(
      new Int32(code => {
        for (const operand of operands) operand.write(code);
        slot.write(code);
        code.callIndirect(type);
      }),
    );
  }

  // ---- memory

  /** `size` bytes, zero-extended, or sign-extended. */
  load(size: 1 | 2 | 4, address: Int32 | number, offset = 0, signed = false): Int32 {
    return this.let(
      new Int32(code => {
        int32(address).write(code);
        code.load(size, offset, signed);
      }),
    );
  }

  load64(address: Int32 | number, offset = 0): Int64 {
    return this.let(
      new Int64(code => {
        int32(address).write(code);
        code.load64(offset);
      }),
    );
  }

  store(size: 1 | 2 | 4, address: Int32 | number, value: Int32 | number, offset = 0): void {
    int32(address).write(this.code);
    int32(value).write(this.code);
    this.code.store(size, offset);
  }

  store64(address: Int32 | number, value: Int64, offset = 0): void {
    int32(address).write(this.code);
    value.write(this.code);
    this.code.store64(offset);
  }

  // ---- control

  if(condition: Int32, then: () => void, otherwise?: () => void): void {
    condition.write(this.code);
    this.code.if();
    then();
    if (otherwise) {
      this.code.else();
      otherwise();
    }
    this.code.end();
  }

  /** A block, given a label by which leave() leaves it. */
  block(body: (label: Label) => void): void {
    const label = this.code.block();
    body(label);
    this.code.end();
  }

  leave(label: Label): void {
    this.code.br(label);
  }

  leaveIf(label: Label, condition: Int32): void {
    condition.write(this.code);
    this.code.brIf(label);
  }

  return(value: Value): void {
    value.write(this.code);
    this.code.op(Op.return);
  }

  /** Ends the body of a function whose ends are all return(). */
  unreachable(): void {
    this.code.op(Op.unreachable);
  }
}
