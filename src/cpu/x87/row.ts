/** The x87 function of a row: its body, and what its callers must know beside it. */
import type { FunctionBody } from '../../wasm/function-body.ts';
import type { Cores } from './cores.ts';

export interface Row {
  /** Bytes of the memory operand; 0 in a register form. */
  readonly bytes: number;
  /** The memory operand is written (and not read). */
  readonly writes: boolean;
  /** It leaves the pointers to the last instruction alone. */
  readonly control: boolean;
  /** What it works on beside the x87 state and its operand: the words of the lazy flags, or AX. */
  readonly beside: 'nothing' | 'reads flags' | 'writes flags' | 'writes AX';
  body(cores: Cores): FunctionBody;
}

export type Rows = Readonly<Record<string, Row>>;

type Body = Row['body'];

export const registerRow = (body: Body, beside: Row['beside'] = 'nothing'): Row => ({
  bytes: 0,
  writes: false,
  control: false,
  beside,
  body,
});

export const reads = (bytes: number, body: Body): Row => ({ ...registerRow(body), bytes });
export const writes = (bytes: number, body: Body): Row => ({ ...registerRow(body), bytes, writes: true });
export const control = (row: Row): Row => ({ ...row, control: true });
