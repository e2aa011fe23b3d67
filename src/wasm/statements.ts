/**
 * Statements over Code: locals, memory, control. Loads and calls take effect where they are written, and their value is a local. What the statements are part
 * of, a function of their own (function-body.ts) or another's code, gives locals and the way out. Knows nothing of x86.
 */
import { type Code, I32, I64, type Label, Op, type ValueType } from './code.ts';
import { Int32, Int64, int32, like, type Value } from './expression.ts';

/** A local: read as any expression, set by assign(). */
export type Local<T extends Value> = T & { readonly local: number };

export abstract class Statements {
  protected readonly code: Code;
  private readonly newLocal: (type: ValueType) => number;

  /** `newLocal` gives the index of a local that nobody else uses. */
  constructor(code: Code, newLocal: (type: ValueType) => number) {
    this.code = code;
    this.newLocal = newLocal;
  }

  /** Leaves for good where the condition holds, as if nothing had been done; so nothing may have been. */
  abstract abandon(when: Int32): void;

  // ---- values

  /** Evaluates now, once. */
  let<T extends Value>(value: T): T {
    return this.variable(value);
  }

  /** A local that assign() may change. */
  variable<T extends Value>(initial: T): Local<T> {
    const local = this.newLocal(initial.type);
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

  /** The results of a call of a function that has two, an i64 and an i32. */
  callPair(index: number, ...operands: readonly Value[]): [Int64, Int32] {
    const [first, second] = [this.newLocal(I64), this.newLocal(I32)];
    for (const operand of operands) operand.write(this.code);
    this.code.call(index).set(second).set(first);
    return [new Int64(code => code.get(first)), new Int32(code => code.get(second))];
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

  /** Where the condition is not expected to hold. */
  ifUnlikely(condition: Int32, then: () => void): void {
    condition.write(this.code);
    this.code.notExpected().if();
    then();
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

  /** The same, where that is not expected. */
  leaveIfUnlikely(label: Label, condition: Int32): void {
    condition.write(this.code);
    this.code.notExpected().brIf(label);
  }

  /** What is written after this is never reached. */
  unreachable(): void {
    this.code.op(Op.unreachable);
  }
}
