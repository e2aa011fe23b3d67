/**
 * Functions, as far as direct calls have led to them. Where a loop becomes hot in the middle of one, all of it is worth compiling: the loops around that one will
 * be hot next, and each would be compiled with all the others in it.
 */
import type { FormSource } from '../cpu/form-enumeration.ts';
import { Pseudo } from '../cpu/forms.ts';
import { Field } from '../cpu/record.ts';

/** A place is at most this far from where the function it belongs to begins, in bytes. */
const REACH_SHIFT = 12;
const REACH = 1 << REACH_SHIFT;
/** Functions that are tried, the nearest first. */
const MOST_TRIED = 2;

export class Functions {
  private readonly view: DataView;
  private readonly source: FormSource;
  private readonly formAt: (record: number) => number;
  /** Direct jumps and calls: by the stretch of REACH bytes they lead to, their records, each followed by the linear address. */
  private readonly jumps = new Map<number, number[]>();

  constructor(buffer: ArrayBuffer, source: FormSource, formAt: (record: number) => number) {
    this.view = new DataView(buffer);
    this.source = source;
    this.formAt = formAt;
  }

  /** A direct jump or call has been taken for the first time. There are thousands, few of which are ever looked at. */
  note(record: number, linear: number): void {
    const known = this.jumps.get(linear >>> REACH_SHIFT);
    if (known) known.push(record, linear);
    else this.jumps.set(linear >>> REACH_SHIFT, [record, linear]);
  }

  /** Linear addresses of functions that begin before one, and have been called so often. */
  *before(linear: number, calls: number): Generator<number> {
    const near = new Map<number, number>();
    for (const stretch of [linear >>> REACH_SHIFT, ((linear >>> REACH_SHIFT) - 1) >>> 0]) {
      const jumps = this.jumps.get(stretch) ?? [];
      for (let i = 0; i < jumps.length; i += 2) {
        const record = jumps[i]!;
        const entry = jumps[i + 1]!;
        if (entry === linear || (linear - entry) >>> 0 >= REACH || !this.isCall(record)) continue;
        near.set(entry, (near.get(entry) ?? 0) + this.view.getInt32(record + Field.taken, true));
      }
    }
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
    this.jumps.clear();
  }
}
