/** An x87 row that has a function: what it does, and what its callers must know beside that. */
import type { Cores } from './cores.ts';
import type { RowBody } from './row-body.ts';

export interface Row {
  /** Bytes of the memory operand; 0 in a register form. */
  readonly bytes: number;
  /** The memory operand is written (and not read). */
  readonly writes: boolean;
  /** It leaves the pointers to the last instruction alone. */
  readonly control: boolean;
  /** A pending exception comes before it. */
  readonly waits: boolean;
  /** What it works on beside the x87 state and its operand: the words of the lazy flags, or AX. */
  readonly beside: 'nothing' | 'reads flags' | 'writes flags' | 'writes AX';
  /** Writes what it does; see writeRow(). */
  write(f: RowBody, cores: Cores): void;
}

export type Rows = Readonly<Record<string, Row>>;

type Write = Row['write'];

export const registerRow = (write: Write, beside: Row['beside'] = 'nothing'): Row => ({
  bytes: 0,
  writes: false,
  control: false,
  waits: true,
  beside,
  write,
});

export const reads = (bytes: number, write: Write): Row => ({ ...registerRow(write), bytes });
export const writes = (bytes: number, write: Write): Row => ({ ...registerRow(write), bytes, writes: true });
export const control = (row: Row): Row => ({ ...row, control: true });
/** Of those, the ones that store. */
export const withoutWaiting = (row: Row): Row => ({ ...control(row), waits: false });

/** Writes a row with what comes before each. */
export function writeRow(row: Row, f: RowBody, cores: Cores): void {
  f.begin(row);
  row.write(f, cores);
}
