/**
 * What x87 rows are written with: the register stack as WebAssembly sees it (fpu-stack.ts is the same in TypeScript). As long as nothing has been written a row
 * may refuse: abandon what it does. At every end it is done(), with what follows unreachable.
 */
import { type Number80, type Result, refuse } from '../../fpu/wasm/number.ts';
import type { Code, ValueType } from '../../wasm/code.ts';
import { type Int32, int32 } from '../../wasm/expression.ts';
import { Statements } from '../../wasm/statements.ts';
import { Status } from '../fpu-stack.ts';
import { FPU_STATE, fieldAddress } from '../state.ts';

/** How a row ends; what an x87 function answers. */
export const Done = {
  /** Nothing has been changed: the service must do the instruction. */
  refused: 0,
  /** The instruction is done but for the pointers to the last instruction, which the caller notes. */
  pointers: 1,
  /** Done; it is one that leaves those pointers alone. */
  control: 2,
} as const;

const CR0 = { EM: 4, TS: 8 } as const;
const PE = 0x20;

/** A register of the stack: its physical number, and its address less FPU_STATE. */
export interface Register {
  readonly number: Int32;
  readonly address: Int32;
}

type Field = Parameters<typeof fieldAddress>[0];

export type { Number80 } from '../../fpu/wasm/number.ts';

export abstract class RowBody extends Statements {
  /** Number of STi, or host address of the memory operand. */
  readonly operand: Int32;
  private end: number = Done.refused;
  private stackTop: Int32 | undefined;

  constructor(code: Code, newLocal: (type: ValueType) => number, operand: Int32) {
    super(code, newLocal);
    this.operand = operand;
  }

  /** What is often wanted is called, not written out. */
  get isBrief(): boolean {
    return false;
  }

  /** Done or refused, as a Done says; what is written next is not reached. */
  abstract answer(done: Int32): void;

  /** What every row begins with: the FPU must be there, and, where it waits, no exception pending. */
  begin({ waits, control }: { readonly waits: boolean; readonly control: boolean }): void {
    this.end = control ? Done.control : Done.pointers;
    refuse(this, this.loadField('cr0').and(CR0.EM | CR0.TS));
    if (waits) refuse(this, this.loadStatus().and(Status.ES));
  }

  /** The row is done. */
  done(): void {
    this.answer(int32(this.end));
  }

  /** TOP as it was. Loaded where it is first asked for, which must lie before all that ask again. */
  get top(): Int32 {
    this.stackTop ??= this.loadField('fpuTop');
    return this.stackTop;
  }

  /** The status word but for TOP and C1. */
  loadStatus(): Int32 {
    return this.loadField('fpuStatus');
  }

  loadField(name: Field): Int32 {
    return this.load(4, fieldAddress(name));
  }

  storeField(name: Field, value: Int32 | number): void {
    this.store(4, fieldAddress(name), value);
  }

  storeAx(value: Int32): void {
    this.store(2, fieldAddress('eax'), value);
  }

  // ---- registers

  register(i: Int32 | number): Register {
    const number = i === 0 ? this.top : this.let(this.top.add(i).and(7));
    return { number, address: this.let(number.shl(4)) };
  }

  /** ST(i), which must not be empty. */
  full(i: Int32 | number): Register {
    const register = this.register(i);
    refuse(this, this.isFull(register).eqz());
    return register;
  }

  /** The place above ST(0), which must be empty. */
  free(): Register {
    const register = this.register(7);
    refuse(this, this.isFull(register));
    return register;
  }

  isFull({ number }: Register): Int32 {
    return this.load(1, number, fieldAddress('fpuFull0'));
  }

  read({ address }: Register): Number80 {
    return { top: this.load(4, address, FPU_STATE + 8), significand: this.load64(address, FPU_STATE) };
  }

  /** Writes the value alone. */
  write({ address }: Register, { top, significand }: Number80): void {
    this.store64(address, significand, FPU_STATE);
    this.store(4, address, top, FPU_STATE + 8);
  }

  mark({ number }: Register, full: boolean): void {
    this.store(1, number, full ? 1 : 0, fieldAddress('fpuFull0'));
  }

  /** Makes a register that free() gave ST(0). */
  push(register: Register): void {
    this.mark(register, true);
    this.setTop(register.number);
  }

  /** Marks ST(0), ... as empty and moves TOP past them. */
  pop(...registers: readonly Register[]): void {
    for (const register of registers) this.mark(register, false);
    if (registers.length > 0) this.moveTop(registers.length);
  }

  moveTop(by: number): void {
    this.setTop(this.top.add(by).and(7));
  }

  protected setTop(top: Int32): void {
    this.storeField('fpuTop', top);
  }

  // ---- the end

  clearC1(): void {
    this.storeField('fpuC1', 0);
  }

  /** C0, C2 and C3 as bits of the status word, and C1 as 0 or 1. */
  setConditions(conditions: Int32, c1: Int32): void {
    const others = this.loadStatus().and(~(Status.C0 | Status.C2 | Status.C3));
    this.storeField('fpuStatus', others.or(conditions));
    this.storeField('fpuC1', c1);
  }

  /**
   * PE and C1 of a result go to the status word. Refuses where PE is to be set and not masked, so nothing may have been written yet. Where PE is set already there
   * is nothing to do, and it is masked, for else it would be pending.
   */
  report(control: Int32, { inexact, up }: Pick<Result, 'inexact' | 'up'>): void {
    const status = this.loadStatus();
    this.if(status.and(PE).eqz().and(inexact), () => {
      refuse(this, control.and(PE).eqz());
      this.storeField('fpuStatus', status.or(PE));
    });
    this.storeField('fpuC1', up);
  }
}
