/**
 * Linear to physical: the page walk. Source: SDM vol. 3, 4.3 (32-bit paging), 4.4 (PAE), 4.6 (access rights), 4.7 (page-fault error code), 4.8
 * (accessed and dirty flags), 4.10.2.4 (global pages).
 *
 *   32-bit  PDE -> PTE                4 KiB; with CR4.PSE a PDE maps 4 MiB, with PSE-36 its bits 13-16 are address bits 32-35
 *   PAE     PDPTE -> PDE -> PTE       entries of 8 bytes, addresses of 36 bits; a PDE may map 2 MiB; bit 63 is no-execute with EFER.NXE
 *
 * The four PDPTEs are registers, loaded with CR3. Reserved bits in a present entry are a page fault of their own.
 */
import type { PhysicalMemory } from './physical.ts';

/** Bits of page-directory and page-table entries. */
export const Entry = {
  present: 1 << 0,
  writable: 1 << 1,
  user: 1 << 2,
  accessed: 1 << 5,
  dirty: 1 << 6,
  large: 1 << 7,
  global: 1 << 8,
} as const;

/** Bit 63 of a PAE entry, in its high word. */
export const NO_EXECUTE = 0x80000000 | 0;

/** Bits of the page-fault error code. */
export const PageFaultCode = { present: 1, write: 2, user: 4, reserved: 8, fetch: 16 } as const;

export const CR0_PG = 0x80000000 | 0;
export const CR0_WP = 1 << 16;
export const CR4_PSE = 1 << 4;
export const CR4_PAE = 1 << 5;
export const CR4_PGE = 1 << 7;
export const EFER_NXE = 1 << 11;

export interface PagingMode {
  readonly cr0: number;
  readonly cr3: number;
  readonly cr4: number;
}

/** What a walk depends on beside the control registers. */
export interface WalkMode extends PagingMode {
  readonly efer: number;
  /** Low words of the PDPTEs; bits 32-35 of all four in the nibbles of `pdpteHigh`, PDPTE 0 lowest. */
  readonly pdpte0: number;
  readonly pdpte1: number;
  readonly pdpte2: number;
  readonly pdpte3: number;
  readonly pdpteHigh: number;
}

export type PageAccess = 'read' | 'write' | 'fetch';

/** The outcome of the last walk: filled in place, so that a walk allocates nothing. */
export interface Walk {
  /** Bits of a 32-bit PDE of a 4 MiB page that must be zero: depends on the processor. */
  readonly reservedLarge: number;
  /** Physical page number: 24 bits. */
  page: number;
  /** A supervisor (with WP applied) or user write may go ahead without another walk: rights allow it and the dirty flag is set. */
  writable: boolean;
  user: boolean;
  global: boolean;
  /** The page is larger than 4 KiB. */
  large: boolean;
  /** Error code of the page fault; -1 when the access is allowed. */
  fault: number;
}

/** Bits 17-21 of a 4 MiB entry are reserved on a processor with PSE-36, 13-21 on others. */
const RESERVED_LARGE = { pse36: 0x3e0000, plain: 0x3fe000 } as const;

export function newWalk(pse36 = true): Walk {
  const reservedLarge = pse36 ? RESERVED_LARGE.pse36 : RESERVED_LARGE.plain;
  return { reservedLarge, page: 0, writable: false, user: false, global: false, large: false, fault: -1 };
}

/** Whether fetches are distinguished from reads: in rights, and by a bit of the error code. */
export function noExecuteActive({ cr0, cr4, efer }: WalkMode): boolean {
  return (cr0 & CR0_PG) !== 0 && (cr4 & CR4_PAE) !== 0 && (efer & EFER_NXE) !== 0;
}

/** Walks for one access and sets accessed and dirty flags as the processor does; only an allowed access sets them. */
export function walk(
  memory: PhysicalMemory,
  mode: WalkMode,
  linear: number,
  access: PageAccess,
  user: boolean,
  out: Walk,
): void {
  if ((mode.cr0 & CR0_PG) === 0) {
    out.page = linear >>> 12;
    out.writable = true;
    out.user = true;
    out.global = false;
    out.large = false;
    out.fault = -1;
    return;
  }
  const fetch = access === 'fetch' && noExecuteActive(mode) ? PageFaultCode.fetch : 0;
  const code = (access === 'write' ? PageFaultCode.write : 0) | (user ? PageFaultCode.user : 0) | fetch;
  if ((mode.cr4 & CR4_PAE) !== 0) walkWide(memory, mode, linear, access, user, code, out);
  else walkNarrow(memory, mode, linear, access, user, code, out);
}

const RESERVED = PageFaultCode.present | PageFaultCode.reserved;

function walkNarrow(
  memory: PhysicalMemory,
  mode: WalkMode,
  linear: number,
  access: PageAccess,
  user: boolean,
  code: number,
  out: Walk,
): void {
  const directoryAt = (mode.cr3 & 0xfffff000) | ((linear >>> 20) & 0xffc);
  const directory = memory.readWord(directoryAt);
  out.fault = code;
  if ((directory & Entry.present) === 0) return;
  const large = (directory & Entry.large) !== 0 && (mode.cr4 & CR4_PSE) !== 0;
  if (large && (directory & out.reservedLarge) !== 0) {
    out.fault = code | RESERVED;
    return;
  }
  const tableAt = large ? directoryAt : (directory & 0xfffff000) | ((linear >>> 10) & 0xffc);
  const table = large ? directory : memory.readWord(tableAt);
  if ((table & Entry.present) === 0) return;
  if (!allow(mode, access, user, directory & table, 0, code, out)) return;
  // Most often everything has been marked before.
  const marks = access === 'write' ? Entry.accessed | Entry.dirty : Entry.accessed;
  if ((directory & Entry.accessed) === 0 || (table & marks) !== marks)
    mark(memory, access, large, directoryAt >>> 0, directory, tableAt >>> 0, table);
  const high = large ? (((directory >>> 13) & 15) << 20) | ((directory >>> 22) << 10) : 0;
  out.page = large ? high | ((linear >>> 12) & 0x3ff) : table >>> 12;
  finish(mode, access, table, large, out);
}

/** Bits 36-62 of an entry, and bit 63 unless it is no-execute, must be zero. */
function reservedHigh(mode: WalkMode, high: number): boolean {
  const mask = (mode.efer & EFER_NXE) !== 0 ? 0x7ffffff0 : 0xfffffff0;
  return (high & mask) !== 0;
}

/** Bits 13-20 of a 2 MiB entry. */
const RESERVED_2M = 0x1fe000;

function walkWide(
  memory: PhysicalMemory,
  mode: WalkMode,
  linear: number,
  access: PageAccess,
  user: boolean,
  code: number,
  out: Walk,
): void {
  out.fault = code;
  const number = linear >>> 30;
  const pointer = [mode.pdpte0, mode.pdpte1, mode.pdpte2, mode.pdpte3][number]!;
  if ((pointer & Entry.present) === 0) return;
  const above = ((mode.pdpteHigh >>> (4 * number)) & 15) * 2 ** 32;
  const directoryAt = above + (((pointer & 0xfffff000) | ((linear >>> 18) & 0xff8)) >>> 0);
  const directory = memory.read(directoryAt, 4);
  if ((directory & Entry.present) === 0) return;
  const directoryHigh = memory.read(directoryAt + 4, 4);
  const large = (directory & Entry.large) !== 0;
  if (reservedHigh(mode, directoryHigh) || (large && (directory & RESERVED_2M) !== 0)) {
    out.fault = code | RESERVED;
    return;
  }
  const tableAt = large
    ? directoryAt
    : (directoryHigh & 15) * 2 ** 32 + (((directory & 0xfffff000) | ((linear >>> 9) & 0xff8)) >>> 0);
  const table = large ? directory : memory.read(tableAt, 4);
  if ((table & Entry.present) === 0) return;
  const tableHigh = large ? directoryHigh : memory.read(tableAt + 4, 4);
  if (reservedHigh(mode, tableHigh)) {
    out.fault = code | RESERVED;
    return;
  }
  if (!allow(mode, access, user, directory & table, directoryHigh | tableHigh, code, out)) return;
  mark(memory, access, large, directoryAt, directory, tableAt, table);
  const high = (tableHigh & 15) << 20;
  out.page = large ? high | ((table >>> 21) << 9) | ((linear >>> 12) & 0x1ff) : high | (table >>> 12);
  finish(mode, access, table, large, out);
}

/** Whether the rights of all entries together allow the access. */
function allow(
  mode: WalkMode,
  access: PageAccess,
  user: boolean,
  rights: number,
  high: number,
  code: number,
  out: Walk,
): boolean {
  out.user = (rights & Entry.user) !== 0;
  out.writable = (rights & Entry.writable) !== 0 || (!user && (mode.cr0 & CR0_WP) === 0);
  const executable = (high & NO_EXECUTE) === 0;
  const refused = (user && !out.user) || (access === 'write' && !out.writable) || (access === 'fetch' && !executable);
  out.fault = refused ? code | PageFaultCode.present : -1;
  return !refused;
}

function mark(
  memory: PhysicalMemory,
  access: PageAccess,
  large: boolean,
  directoryAt: number,
  directory: number,
  tableAt: number,
  table: number,
): void {
  if (!large && (directory & Entry.accessed) === 0) memory.write(directoryAt, directory | Entry.accessed, 4);
  const marked = table | Entry.accessed | (access === 'write' ? Entry.dirty : 0);
  if (marked !== table) memory.write(tableAt, marked, 4);
}

function finish(mode: WalkMode, access: PageAccess, table: number, large: boolean, out: Walk): void {
  out.writable &&= access === 'write' || (table & Entry.dirty) !== 0;
  out.global = (table & Entry.global) !== 0 && (mode.cr4 & CR4_PGE) !== 0;
  out.large = large;
}

/** Bits of a PDPTE that must be zero when it is present: 1, 2, 5-8, and 36-63. */
const RESERVED_PDPTE = { low: 0x1e6, high: 0xfffffff0 | 0 } as const;

/** The PDPTEs that CR3 points to, for `mode`; undefined when a present one has reserved bits. */
export function readPointers(
  memory: PhysicalMemory,
  cr3: number,
): readonly [number, number, number, number, number] | undefined {
  const base = (cr3 & 0xffffffe0) >>> 0;
  const low = [0, 0, 0, 0];
  let packed = 0;
  for (let i = 0; i < 4; i++) {
    low[i] = memory.read(base + 8 * i, 4) | 0;
    const high = memory.read(base + 8 * i + 4, 4);
    if ((low[i]! & Entry.present) === 0) continue;
    if ((low[i]! & RESERVED_PDPTE.low) !== 0 || (high & RESERVED_PDPTE.high) !== 0) return undefined;
    packed |= (high & 15) << (4 * i);
  }
  return [low[0]!, low[1]!, low[2]!, low[3]!, packed];
}
