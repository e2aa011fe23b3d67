/**
 * A page walk to look at: what the processor read on the way from a linear address to a physical one, where it stopped, and what range of
 * addresses that entry stands for. Reads as a debugger does; nothing is marked accessed. Source: SDM vol. 3, 4.3, 4.4.
 *
 * With PAE the PDPTEs are shown as they stand in memory; the processor goes by those it loaded with CR3.
 */
import { CR0_PG, CR4_PAE, CR4_PSE, Entry, NO_EXECUTE, type PagingMode } from '../mmu/paging.ts';
import type { PhysicalMemory } from '../mmu/physical.ts';

export interface WalkStep {
  readonly table: 'PDPTE' | 'PDE' | 'PTE';
  /** Entry number in its table, 0 to 1023; with PAE 0 to 511, PDPTEs 0 to 3. */
  readonly index: number;
  /** Physical address of the entry, and what it holds: bits 0-31, and 32-63 where entries have them. Unsigned. */
  readonly at: number;
  readonly value: number;
  readonly high: number;
}

export interface ExplainedWalk {
  readonly linear: number;
  /** Without paging there are no steps, and linear is physical. */
  readonly paging: boolean;
  readonly steps: readonly WalkStep[];
  /** Physical address, when every entry is present. */
  readonly physical: number | undefined;
  /** Rights of all entries together. */
  readonly writable: boolean;
  readonly user: boolean;
  readonly executable: boolean;
  /** The last entry stands for [start, end) of linear addresses; end may be 2^32. */
  readonly start: number;
  readonly end: number;
}

const PAGE = 0x1000;
const LARGE_PAGE = 0x400000;

export function explainWalk(memory: PhysicalMemory, mode: PagingMode, linear: number): ExplainedWalk {
  const at = linear >>> 0;
  const range = (size: number): { start: number; end: number } => {
    const start = at - (at % size);
    return { start, end: start + size };
  };
  if ((mode.cr0 & CR0_PG) === 0) {
    const all = { writable: true, user: true, executable: true, start: 0, end: 2 ** 32 };
    return { linear: at, paging: false, steps: [], physical: at, ...all };
  }
  if ((mode.cr4 & CR4_PAE) !== 0) return explainWide(memory, mode, at);
  const directory = step(memory, 'PDE', mode.cr3, at >>> 22);
  const steps = [directory];
  const rights = (value: number) => ({
    writable: (value & Entry.writable) !== 0,
    user: (value & Entry.user) !== 0,
    executable: true,
  });
  if ((directory.value & Entry.present) === 0) {
    return { linear: at, paging: true, steps, physical: undefined, ...rights(directory.value), ...range(LARGE_PAGE) };
  }
  if ((directory.value & Entry.large) !== 0 && (mode.cr4 & CR4_PSE) !== 0) {
    const physical = ((directory.value & 0xffc00000) | (at & (LARGE_PAGE - 1))) >>> 0;
    return { linear: at, paging: true, steps, physical, ...rights(directory.value), ...range(LARGE_PAGE) };
  }
  const table = step(memory, 'PTE', directory.value, (at >>> 12) & 0x3ff);
  steps.push(table);
  const present = (table.value & Entry.present) !== 0;
  const physical = present ? ((table.value & 0xfffff000) | (at & (PAGE - 1))) >>> 0 : undefined;
  return { linear: at, paging: true, steps, physical, ...rights(directory.value & table.value), ...range(PAGE) };
}

function step(memory: PhysicalMemory, table: 'PDE' | 'PTE', base: number, index: number): WalkStep {
  const at = ((base & 0xfffff000) + index * 4) >>> 0;
  return { table, index, at, value: peek32(memory, at), high: 0 };
}

const GIB = 2 ** 30;
const LARGE_PAGE_PAE = 0x200000;

/** PDPTE, PDE and PTE of 8 bytes each. */
function explainWide(memory: PhysicalMemory, mode: PagingMode, linear: number): ExplainedWalk {
  const levels = [
    { table: 'PDPTE', index: linear >>> 30, covers: GIB },
    { table: 'PDE', index: (linear >>> 21) & 0x1ff, covers: LARGE_PAGE_PAE },
    { table: 'PTE', index: (linear >>> 12) & 0x1ff, covers: PAGE },
  ] as const;
  const steps: WalkStep[] = [];
  let base = (mode.cr3 & 0xffffffe0) >>> 0;
  let rights = Entry.writable | Entry.user;
  let executable = true;
  let physical: number | undefined;
  let covers: number = GIB;
  for (const level of levels) {
    const at = base + level.index * 8;
    const [value, high] = [peek32(memory, at), peek32(memory, at + 4)];
    covers = level.covers;
    steps.push({ table: level.table, index: level.index, at, value, high });
    if ((value & Entry.present) === 0) break;
    base = (high & 15) * 2 ** 32 + ((value & 0xfffff000) >>> 0);
    if (level.table === 'PDPTE') continue;
    rights &= value;
    executable &&= (high & NO_EXECUTE) === 0;
    if (level.table === 'PTE' || (value & Entry.large) !== 0) {
      physical = base - (base % covers) + (linear % covers);
      break;
    }
  }
  const start = linear - (linear % covers);
  const writable = (rights & Entry.writable) !== 0;
  const user = (rights & Entry.user) !== 0;
  return { linear, paging: true, steps, physical, writable, user, executable, start, end: start + covers };
}

/** A doubleword as a debugger reads it; unsigned. */
export function peek32(memory: PhysicalMemory, physical: number): number {
  let value = 0;
  for (let i = 3; i >= 0; i--) value = value * 256 + memory.peek(physical + i);
  return value;
}

/** The byte at a linear address, or -1 where nothing is mapped. */
export function peekLinear(memory: PhysicalMemory, mode: PagingMode, linear: number): number {
  const { physical } = explainWalk(memory, mode, linear);
  return physical === undefined ? -1 : memory.peek(physical);
}

/** Up to `count` bytes from a linear address on; fewer when what follows is not mapped. A copy. */
export function peekBytes(memory: PhysicalMemory, mode: PagingMode, linear: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let done = 0;
  while (done < count) {
    const at = (linear + done) >>> 0;
    const { physical } = explainWalk(memory, mode, at);
    if (physical === undefined) break;
    const length = Math.min(count - done, PAGE - (at % PAGE));
    for (let i = 0; i < length; i++) bytes[done + i] = memory.peek(physical + i);
    done += length;
  }
  return bytes.subarray(0, done);
}

/** The doubleword at a linear address, or undefined where any of it is not mapped. Unsigned. */
export function peekLinear32(memory: PhysicalMemory, mode: PagingMode, linear: number): number | undefined {
  if (linear % PAGE > PAGE - 4) {
    const bytes = peekBytes(memory, mode, linear, 4);
    return bytes.length < 4 ? undefined : new DataView(bytes.buffer).getUint32(0, true);
  }
  const { physical } = explainWalk(memory, mode, linear);
  return physical === undefined ? undefined : peek32(memory, physical);
}

/** Letters for the bits of an entry that is present: `P RW US A D PS`; `P=0` alone otherwise, as the other bits mean nothing then. */
export function entryFlags(value: number, table: WalkStep['table'], high = 0): string {
  if ((value & Entry.present) === 0) return 'P=0';
  if (table === 'PDPTE') return 'P';
  const flag = (bit: number, name: string): string[] => ((value & bit) !== 0 ? [name] : []);
  return [
    'P',
    ...[(value & Entry.writable) !== 0 ? 'W' : 'read-only'],
    ...[(value & Entry.user) !== 0 ? 'U' : 'supervisor'],
    ...flag(Entry.accessed, 'A'),
    ...(table === 'PTE' || (value & Entry.large) !== 0 ? flag(Entry.dirty, 'D') : []),
    ...(table === 'PDE' ? flag(Entry.large, 'PS') : []),
    ...((high & NO_EXECUTE) !== 0 ? ['XD'] : []),
  ].join(' ');
}
