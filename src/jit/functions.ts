/**
 * Functions, as far as direct calls have led to them. Where a loop becomes hot in the middle of one, all of it is worth compiling: the loops around that one will
 * be hot next, and each would be compiled with all the others in it.
 */
import type { FormSource } from '../cpu/form-enumeration.ts';
import { Pseudo } from '../cpu/forms.ts';
import { Field } from '../cpu/record.ts';

/** Bytes before a place within which the function it belongs to begins. */
const REACH = 0x1000;
/** Functions that are tried, the nearest first. */
const MOST_TRIED = 2;

export class Functions {
  private readonly view: DataView;
  private readonly source: FormSource;
  private readonly formAt: (record: number) => number;
  /** Records of calls, by the function's linear address. */
  private readonly calls = new Map<number, Set<number>>();

  constructor(buffer: ArrayBuffer, source: FormSource, formAt: (record: number) => number) {
    this.view = new DataView(buffer);
    this.source = source;
    this.formAt = formAt;
  }

  /** A direct jump or call has been taken for the first time. */
  note(record: number, linear: number): void {
    if (!this.isCall(record)) return;
    const known = this.calls.get(linear);
    if (known) known.add(record);
    else this.calls.set(linear, new Set([record]));
  }

  /** Linear addresses of functions that begin before one, and have been called so often. */
  *before(linear: number, calls: number): Generator<number> {
    const near = [...this.calls.keys()].filter(entry => (linear - entry) >>> 0 < REACH && entry !== linear);
    near.sort((a, b) => (b >>> 0) - (a >>> 0));
    for (const entry of near.slice(0, MOST_TRIED)) if (this.timesCalled(entry) >= calls) yield entry;
  }

  private timesCalled(entry: number): number {
    let times = 0;
    for (const record of this.calls.get(entry)!)
      if (this.isCall(record)) times += this.view.getInt32(record + Field.taken, true);
    return times;
  }

  /** It is not any more where the code has been overwritten. */
  private isCall(record: number): boolean {
    const form = this.formAt(record);
    return form > Pseudo.resume && this.source.form(form).mnemonic === 'CALL';
  }

  /** All records are gone. */
  clear(): void {
    this.calls.clear();
  }
}
