/** What is said of the x87 function of a row beside its body: all that its callers must know. */
import type { FunctionBody } from '../../wasm/function-body.ts';
import type { Cores } from './cores.ts';

export interface Row {
  /** Bytes of the memory operand; 0 in a register form. */
  readonly bytes: number;
  /** The memory operand is written (and not read). */
  readonly writes: boolean;
  body(cores: Cores): FunctionBody;
}

export type Rows = Readonly<Record<string, Row>>;

export const registerRow = (body: Row['body']): Row => ({ bytes: 0, writes: false, body });
export const reads = (bytes: number, body: Row['body']): Row => ({ bytes, writes: false, body });
export const writes = (bytes: number, body: Row['body']): Row => ({ bytes, writes: true, body });
