/**
 * A row as part of other code: of a region of the second tier, where the instruction is known. What the region knows beside it leaves out more: TOP, and that
 * the FPU is there with nothing pending.
 */
import type { Code, Label, ValueType } from '../../wasm/code.ts';
import { type Int32, int32 } from '../../wasm/expression.ts';
import type { Cores } from './cores.ts';
import { type Row, writeRow } from './row.ts';
import { RowBody } from './row-body.ts';

export interface Embedding {
  readonly code: Code;
  /** Gives the index of a local of the function that nobody else uses now. */
  newLocal(type: ValueType): number;
  /** See functions.ts. */
  readonly operand: Int32 | number;
  /** Left when the row refuses: nothing has been changed then. */
  readonly refused: Label;
  /** CR0.EM and CR0.TS are clear and no exception is pending. No row changes that; services may. */
  readonly ready?: boolean;
  /** TOP before the instruction. */
  readonly top?: number;
}

/** Writes what the row does, so that what is written next follows when it is done. `cores`: the shared functions, as imported. */
export function embedRow(row: Row, embedding: Embedding, cores: Cores): void {
  const { code } = embedding;
  const end = code.block();
  writeRow(row, new EmbeddedRow(embedding, end), cores);
  code.end();
}

class EmbeddedRow extends RowBody {
  private readonly ready: boolean;
  private readonly refused: Label;
  private readonly finished: Label;

  constructor({ code, newLocal, operand, refused, ready = false, top }: Embedding, finished: Label) {
    super(code, newLocal, int32(operand), top === undefined ? undefined : int32(top));
    this.ready = ready;
    this.refused = refused;
    this.finished = finished;
  }

  override begin(row: Row): void {
    if (!this.ready) super.begin(row);
  }

  override done(): void {
    this.code.br(this.finished);
  }

  answer(done: Int32): void {
    this.abandon(done.eqz());
    this.done();
  }

  abandon(when: Int32): void {
    when.write(this.code);
    this.code.brIf(this.refused);
  }
}
