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
  /** Direct jumps and calls: their records, and the linear addresses they lead to. */
  private readonly jumps: number[] = [];
  private readonly targets: number[] = [];

  constructor(buffer: ArrayBuffer, source: FormSource, formAt: (record: number) => number) {
    this.view = new DataView(buffer);
    this.source = source;
    this.formAt = formAt;
  }

  /** A direct jump or call has been taken for the first time. There are thousands, few of which are ever looked at. */
  note(record: number, linear: number): void {
    this.jumps.push(record);
    this.targets.push(linear);
  }

  /** Linear addresses of functions that begin before one, and have been called so often. */
  *before(linear: number, calls: number): Generator<number> {
    const near = new Map<number, number>();
    this.targets.forEach((entry, i) => {
      const record = this.jumps[i]!;
      if (entry === linear || (linear - entry) >>> 0 >= REACH || !this.isCall(record)) return;
      near.set(entry, (near.get(entry) ?? 0) + this.view.getInt32(record + Field.taken, true));
    });
    const nearest = [...near].sort(([a], [b]) => (b >>> 0) - (a >>> 0)).slice(0, MOST_TRIED);
    for (const [entry, times] of nearest) if (times >= calls) yield entry;
  }

  /** It is not any more where the code has been overwritten. */
  private isCall(record: number): boolean {
    const form = this.formAt(record);
    return form > Pseudo.resume && this.source.form(form).mnemonic === 'CALL';
  }

  /** All records are gone. */
  clear(): void {
    this.jumps.length = 0;
    this.targets.length = 0;
  }
}
