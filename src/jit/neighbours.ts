/**
 * Neighbours: accesses of straight-line code by the same registers, at displacements not far from each other, as to the fields of a record. The first of them makes
 * sure that all lie in one page, or in two that are neighbours in the host's memory too, and keeps its word of the TLB; the others take that, unasked.
 *
 * Which there are is found while the region is planned; by then nothing of this is written.
 */
import type { Node } from '../cpu/wasm-arithmetic.ts';
import { Op } from '../wasm/code.ts';
import { Local } from './region-context.ts';

/** An address as a sum: what is added up, in order, and a constant. Equal terms are equal values while code is being written. */
export interface Address {
  readonly terms: readonly string[];
  readonly displacement: number;
}

/** What the first of several neighbours makes sure of. */
export interface Extent {
  /** Displacements: of the lowest byte, and of the one after the highest. */
  low: number;
  high: number;
  /** Some are written to. */
  write: boolean;
  count: number;
}

/** An access, by its instruction and its number within that. */
export type AccessId = `${number}.${number}`;

interface Group {
  readonly extent: Extent;
  /** Where it was begun: in this block all that follows is certain to come. */
  readonly block: number;
  /** The local with the word. */
  readonly word: number;
}

/** What an access is to do. */
export type Role =
  | { readonly kind: 'alone' }
  | { readonly kind: 'first'; readonly extent: Extent; readonly word: number }
  | { readonly kind: 'next'; readonly word: number };

/** What is known at one place in the code. */
interface Known {
  readonly versions: readonly number[];
  readonly groups: ReadonlyMap<string, readonly Group[]>;
}

const ALONE: Role = { kind: 'alone' };
/** Bytes from first to last: two pages at most hold them, and mostly one. */
const MOST_BYTES = 512;

export class Neighbours {
  /** Of all groups that have been found, by the first access. */
  readonly found: Map<AccessId, Extent>;
  private readonly planning: boolean;
  private readonly firstWord: number;
  private words = 0;
  private changes = 0;
  private versions: number[] = [];
  private groups = new Map<string, readonly Group[]>();
  private block = 0;

  /** `found`: what planning has found; undefined while planning. `firstWord`: the locals for words begin here. */
  constructor(found: Map<AccessId, Extent> | undefined, firstWord: number) {
    this.planning = found === undefined;
    this.found = found ?? new Map();
    this.firstWord = firstWord;
  }

  /** How many locals words take. */
  static words(found: ReadonlyMap<AccessId, Extent>): number {
    return [...found.values()].filter(({ count }) => count > 1).length;
  }

  begin(block: number): void {
    this.block = block;
  }

  /** Several ways meet, or somebody else has been at work. */
  clear(): void {
    this.groups.clear();
  }

  /** A home has another value from now on. */
  changed(home: number): void {
    this.versions[home] = ++this.changes;
  }

  save(): Known {
    return { versions: [...this.versions], groups: new Map(this.groups) };
  }

  restore({ versions, groups }: Known): void {
    this.versions = [...versions];
    this.groups = new Map(groups);
  }

  /** `mayLead`: it is certain to be executed where the next are. */
  roleOf(id: AccessId, { terms, displacement }: Address, size: number, write: boolean, mayLead: boolean): Role {
    const key = terms.join('+');
    const groups = this.groups.get(key) ?? [];
    const low = displacement;
    const high = displacement + size;
    if (this.planning) {
      this.note(id, key, { low, high, write, count: 1 }, mayLead);
      return ALONE;
    }
    const holds = (extent: Extent) => low >= extent.low && high <= extent.high && (extent.write || !write);
    const group = groups.find(({ extent }) => holds(extent));
    if (group) return { kind: 'next', word: group.word };
    const extent = this.found.get(id);
    if (!extent || extent.count < 2 || !mayLead || !holds(extent)) return ALONE;
    const word = this.firstWord + this.words++;
    this.groups.set(key, [...groups, { extent, block: this.block, word }]);
    return { kind: 'first', extent, word };
  }

  private note(id: AccessId, key: string, access: Extent, mayLead: boolean): void {
    const groups = this.groups.get(key) ?? [];
    for (const { extent, block } of groups) {
      const low = Math.min(extent.low, access.low);
      const high = Math.max(extent.high, access.high);
      // What is written to is asked for as such at once, where the write is certain to come.
      if (high - low > MOST_BYTES || (access.write && !extent.write && block !== this.block)) continue;
      Object.assign(extent, { low, high, write: extent.write || access.write, count: extent.count + 1 });
      return;
    }
    if (!mayLead) return;
    this.found.set(id, access);
    this.groups.set(key, [...groups, { extent: access, block: this.block, word: 0 }]);
  }

  /** Of a node; `known`: the addresses that other locals hold. Undefined when it is no such sum. */
  addressOf(node: Node, known: (local: number) => Address | undefined): Address | undefined {
    switch (node.kind) {
      case 'const':
        return { terms: [], displacement: node.value };
      case 'local': {
        const home = node.index - Local.homes;
        return home >= 0 && node.index < Local.temporaries ? this.term(home, '') : known(node.index);
      }
      case 'field':
        return undefined;
    }
    const [a, b] = node.args as [Node, Node];
    if (node.op === Op.i32_add) return sum(this.addressOf(a, known), this.addressOf(b, known));
    if (node.op !== Op.i32_shl || b.kind !== 'const' || a.kind !== 'local') return undefined;
    const home = a.index - Local.homes;
    if (home < 0 || a.index >= Local.temporaries) return undefined;
    return this.term(home, b.value === 0 ? '' : `<${b.value}`);
  }

  private term(home: number, suffix: string): Address {
    return { terms: [`${home}.${this.versions[home] ?? 0}${suffix}`], displacement: 0 };
  }
}

function sum(a: Address | undefined, b: Address | undefined): Address | undefined {
  if (!a || !b) return undefined;
  return { terms: [...a.terms, ...b.terms].sort(), displacement: (a.displacement + b.displacement) | 0 };
}
