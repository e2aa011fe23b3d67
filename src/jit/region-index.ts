/**
 * The regions there are, by the address where they begin, by the records they are made of, and by number; and of that what stands in memory: words of validity, which
 * compiled code asks, the dispatcher's cache, and entry records, at which the interpreter stops.
 *
 * An address may have several: what lies there differs between address spaces, and so may segments. The first of the list is the current one, to
 * which links lead.
 */
import { Pseudo } from '../cpu/forms.ts';
import { Field } from '../cpu/record.ts';
import { REGION_CACHE, REGION_CACHE_ENTRIES, REGION_RUNS, REGION_VALID, REGION_VALID_COUNT } from '../cpu/state.ts';
import type { Compiled } from './compiled.ts';
import { cacheEntry } from './dispatcher.ts';

const NONE: ReadonlySet<Compiled> = new Set();

/** Where the word of validity of a region lies. */
export const validityOf = (index: number): number => REGION_VALID + index * 4;

export class RegionIndex {
  private readonly words: Int32Array;
  private readonly view: DataView;
  private readonly variants = new Map<number, Compiled[]>();
  /** Form of a record before regions took it over, and these. */
  private readonly entries = new Map<number, { form: number; regions: Set<Compiled> }>();
  /** Regions that have a block at this record. */
  private readonly users = new Map<number, Set<Compiled>>();
  private readonly byNumber: (Compiled | undefined)[] = [];
  private nextNumber = 0;
  private freeNumbers: number[] = [];
  /** Of regions removed since recycle(): their functions may still be running. */
  private lostNumbers: number[] = [];

  constructor(memory: WebAssembly.Memory) {
    this.words = new Int32Array(memory.buffer);
    this.view = new DataView(memory.buffer);
  }

  /** No number has been left unused. */
  get isFull(): boolean {
    return this.nextNumber >= REGION_VALID_COUNT;
  }

  /** Numbers from here on have never been given. */
  get numbers(): number {
    return this.nextNumber;
  }

  /** The one of a number. */
  numbered(number: number): Compiled | undefined {
    return this.byNumber[number];
  }

  /** Of one address, mode and privilege: see regionKey(). The current one is the first. */
  at(key: number): readonly Compiled[] | undefined {
    return this.variants.get(key);
  }

  /** Those compiled that begin at this record. */
  entering(record: number): ReadonlySet<Compiled> {
    return this.entries.get(record)?.regions ?? NONE;
  }

  /** Those with a block at this record; a copy. */
  using(record: number): Compiled[] {
    return [...(this.users.get(record) ?? NONE)];
  }

  /** All; a copy, so that they may be removed meanwhile. */
  all(): Compiled[] {
    return [...this.variants.values()].flat();
  }

  /** The form a record had before regions took it over. */
  formAt(record: number): number {
    return this.entries.get(record)?.form ?? this.view.getUint16(record + Field.form, true);
  }

  /** A number for a region to come; undefined when there is none left. */
  takeNumber(): number | undefined {
    return this.freeNumbers.pop() ?? (this.isFull ? undefined : this.nextNumber++);
  }

  /** Enters a region that is to be compiled, behind the others of its address. */
  add(region: Compiled): void {
    this.words[region.validAt >> 2] = 1;
    this.words.fill(0, (REGION_RUNS >> 2) + region.index * 2, (REGION_RUNS >> 2) + (region.index + 1) * 2);
    this.byNumber[region.index] = region;
    for (const { record } of region.region.blocks.values()) {
      const users = this.users.get(record) ?? new Set();
      users.add(region);
      this.users.set(record, users);
    }
    const list = this.variants.get(region.key);
    if (list) list.push(region);
    else this.variants.set(region.key, [region]);
  }

  /** It has been compiled: the interpreter stops at its entry from now on. */
  takeEntry(region: Compiled): void {
    const { record } = region;
    const at = record + Field.form;
    const entry = this.entries.get(record) ?? { form: this.view.getUint16(at, true), regions: new Set() };
    entry.regions.add(region);
    this.entries.set(record, entry);
    this.view.setUint16(at, Pseudo.compiled, true);
  }

  private giveEntry(region: Compiled): void {
    const entry = this.entries.get(region.record);
    if (!entry?.regions.delete(region) || entry.regions.size > 0) return;
    this.entries.delete(region.record);
    const at = region.record + Field.form;
    if (this.view.getUint16(at, true) === Pseudo.compiled) this.view.setUint16(at, entry.form, true);
  }

  /** Whether it was the current one of its address. */
  remove(region: Compiled): boolean {
    region.dropped = true;
    this.words[region.validAt >> 2] = 0;
    this.byNumber[region.index] = undefined;
    this.lostNumbers.push(region.index);
    for (const { record } of region.region.blocks.values()) this.users.get(record)?.delete(region);
    this.giveEntry(region);
    this.uncache(region);
    const list = this.variants.get(region.key)!;
    const wasCurrent = list[0] === region;
    list.splice(list.indexOf(region), 1);
    if (list.length === 0) this.variants.delete(region.key);
    return wasCurrent;
  }

  /** No block is at this record any more. */
  forgetRecord(record: number): void {
    this.users.delete(record);
  }

  /** Makes it the current one; whether it was not. */
  makeCurrent(region: Compiled): boolean {
    const list = this.variants.get(region.key)!;
    if (list[0] === region) return false;
    list.splice(list.indexOf(region), 1);
    list.unshift(region);
    return true;
  }

  /** Has the dispatcher find it. */
  cache({ linear, codeKey, index }: Compiled): void {
    const at = cacheEntry(linear) >> 2;
    this.words[at] = linear;
    this.words[at + 1] = codeKey;
    this.words[at + 2] = index;
  }

  private uncache({ linear, codeKey, index }: Compiled): void {
    const at = cacheEntry(linear) >> 2;
    const { words } = this;
    if (words[at] === linear && words[at + 1] === codeKey && words[at + 2] === index) words[at + 1] = -1;
  }

  /** Numbers of what is gone are free again. Only while no compiled code runs. */
  recycle(): void {
    this.freeNumbers.push(...this.lostNumbers);
    this.lostNumbers = [];
  }

  /** All are gone, and so are the records. */
  clear(): void {
    for (const region of this.all()) {
      region.dropped = true;
      this.words[region.validAt >> 2] = 0;
    }
    this.words.fill(0, REGION_CACHE >> 2, (REGION_CACHE + REGION_CACHE_ENTRIES * 16) >> 2);
    this.byNumber.length = 0;
    this.variants.clear();
    this.entries.clear();
    this.users.clear();
    this.nextNumber = 0;
    this.freeNumbers = [];
    this.lostNumbers = [];
  }
}
