/**
 * Linear to physical: the page walk. Source: SDM vol. 3, 4.3 (32-bit paging), 4.6 (access rights), 4.7 (page-fault error code), 4.8
 * (accessed and dirty flags). 4 KiB pages and, with CR4.PSE, 4 MiB pages. *Not modelled*: PAE, PSE-36.
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
} as const;

/** Bits of the page-fault error code. */
export const PageFaultCode = { present: 1, write: 2, user: 4, reserved: 8, fetch: 16 } as const;

export const CR0_PG = 0x80000000 | 0;
export const CR0_WP = 1 << 16;
export const CR4_PSE = 1 << 4;

export interface PagingMode {
  readonly cr0: number;
  readonly cr3: number;
  readonly cr4: number;
}

/** The outcome of the last walk: filled in place, so that a walk allocates nothing. */
export interface Walk {
  /** Physical page number. */
  page: number;
  /** A supervisor (with WP applied) or user write may go ahead without another walk: rights allow it and the dirty flag is set. */
  writable: boolean;
  user: boolean;
  /** Error code of the page fault; -1 when the access is allowed. */
  fault: number;
}

export function newWalk(): Walk {
  return { page: 0, writable: false, user: false, fault: -1 };
}

/**
 * Walks for one access and sets accessed and dirty flags as the processor does; only an allowed access sets them.
 * `commit` false leaves the tables untouched (probes by tools).
 */
export function walk(
  memory: PhysicalMemory,
  mode: PagingMode,
  linear: number,
  write: boolean,
  user: boolean,
  out: Walk,
  commit = true,
): void {
  if ((mode.cr0 & CR0_PG) === 0) {
    out.page = linear >>> 12;
    out.writable = true;
    out.user = true;
    out.fault = -1;
    return;
  }
  const code = (write ? PageFaultCode.write : 0) | (user ? PageFaultCode.user : 0);
  const directoryAt = ((mode.cr3 & 0xfffff000) | ((linear >>> 20) & 0xffc)) >>> 0;
  const directory = memory.read(directoryAt, 4);
  if ((directory & Entry.present) === 0) {
    out.fault = code;
    return;
  }
  const large = (directory & Entry.large) !== 0 && (mode.cr4 & CR4_PSE) !== 0;
  const tableAt = ((directory & 0xfffff000) | ((linear >>> 10) & 0xffc)) >>> 0;
  const table = large ? directory : memory.read(tableAt, 4);
  if ((table & Entry.present) === 0) {
    out.fault = code;
    return;
  }
  const rights = directory & table;
  const userPage = (rights & Entry.user) !== 0;
  const writablePage = (rights & Entry.writable) !== 0;
  const mayWrite = writablePage || (!user && (mode.cr0 & CR0_WP) === 0);
  if ((user && !userPage) || (write && !mayWrite)) {
    out.fault = code | PageFaultCode.present;
    return;
  }
  if (commit) {
    if (!large && (directory & Entry.accessed) === 0) memory.write(directoryAt, directory | Entry.accessed, 4);
    const marked = table | Entry.accessed | (write ? Entry.dirty : 0);
    if (marked !== table) memory.write(large ? directoryAt : tableAt, marked, 4);
  }
  // Bits 13-21 of a 4 MiB entry are reserved or PSE-36, which we do not have: ignored.
  out.page = large ? ((directory >>> 22) << 10) | ((linear >>> 12) & 0x3ff) : table >>> 12;
  out.writable = mayWrite && (write || (table & Entry.dirty) !== 0);
  out.user = userPage;
  out.fault = -1;
}
