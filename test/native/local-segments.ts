/**
 * Segments of the local descriptor table, the same on both sides: bases, limits, directions and sizes that the flat segments of a Linux process lack.
 * Source: SDM vol. 3, 3.4.5; for the host's side, modify_ldt(2).
 */
import { CODE } from './layout.ts';

type Kind = 'data' | 'down' | 'code' | 'conforming';

export interface LocalSegment {
  readonly base: number;
  /** In bytes, or in pages where `pages`. */
  readonly limit: number;
  readonly kind: Kind;
  /** D or B: 32 bits. */
  readonly big: boolean;
  /** Data: writable. Code: readable. */
  readonly access: boolean;
  readonly present: boolean;
  readonly pages: boolean;
}

const KINDS: readonly Kind[] = ['data', 'down', 'code', 'conforming'];
const defaults = { kind: 'data', big: true, access: true, present: true, pages: false } as const;

const tables = new Map<number, readonly LocalSegment[]>();

/** The table, for data pages at `data`. */
export function localSegments(data: number): readonly LocalSegment[] {
  const table = tables.get(data) ?? makeTable(data);
  tables.set(data, table);
  return table;
}

function makeTable(data: number): LocalSegment[] {
  return [
    { ...defaults, base: data, limit: 0x1fff },
    { ...defaults, base: data + 0x800, limit: 0xfff, big: false },
    { ...defaults, base: data, limit: 0xfff, kind: 'down' },
    { ...defaults, base: data, limit: 0x7ff, kind: 'down', big: false },
    { ...defaults, base: data, limit: 0x1fff, access: false },
    { ...defaults, base: data + 0x7fd, limit: 5 },
    // Not FFFFFh: whether an operand may wrap around the end of 4 GiB is up to the processor (SDM vol. 3, 5.3).
    { ...defaults, base: data, limit: 0xffff0, pages: true },
    { ...defaults, base: data, limit: 0xffff, big: false },
    { ...defaults, base: data, limit: 0xfff, present: false },
    { ...defaults, base: CODE, limit: 0xfff, kind: 'code' },
    { ...defaults, base: CODE, limit: 0xfff, kind: 'code', big: false },
    { ...defaults, base: CODE, limit: 0xfff, kind: 'code', access: false },
    // Linux lets a process have conforming code only where it is not present.
    { ...defaults, base: CODE, limit: 0xfff, kind: 'conforming', present: false },
  ];
}

const RPL = 3;
const LOCAL = 4;

export const localSelector = (index: number): number => (index << 3) | LOCAL | RPL;

/** The segment that a selector names, where it is one of the table. */
export function localSegment(selector: number, data: number): LocalSegment | undefined {
  return selector & LOCAL ? localSegments(data)[selector >> 3] : undefined;
}

/** Base of any segment a case may begin with: those outside the table are flat. */
export const segmentBase = (selector: number, data: number): number => localSegment(selector, data)?.base ?? 0;

/** D or B of the segment that a selector names: addresses of data do not matter to it. */
export const isBig = (selector: number): boolean => localSegment(selector, 0)?.big ?? true;

/** Selectors of segments that can be data, stack and code of a case. */
export function localSelectors(data: number, use: 'data' | 'stack' | 'code'): number[] {
  const fits = ({ kind, access, present }: LocalSegment): boolean => {
    const isCode = kind === 'code' || kind === 'conforming';
    if (!present) return false;
    return use === 'code' ? isCode : use === 'stack' ? !isCode && access : !isCode || access;
  };
  return localSegments(data).flatMap((segment, index) => (fits(segment) ? [localSelector(index)] : []));
}

/** The descriptor's doublewords, DPL 3, accessed; AVL set as the kernel does for `useable`. */
export function descriptorOf({ base, limit, kind, big, access, present, pages }: LocalSegment): [number, number] {
  const type = 0x10 | (KINDS.indexOf(kind) << 2) | (access ? 2 : 0) | 1;
  const rights = type | (3 << 5) | (present ? 0x80 : 0);
  const flags = 1 | (big ? 4 : 0) | (pages ? 8 : 0);
  const low = ((base & 0xffff) << 16) | (limit & 0xffff);
  const middle = (base >>> 16) & 0xff;
  return [low, (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (rights << 8) | middle];
}

/** struct user_desc of modify_ldt(2) as words: entry, base, limit, flags. */
export function userDescriptor(segment: LocalSegment, index: number): [number, number, number, number] {
  const { base, limit, kind, big, access, present, pages } = segment;
  const flags = [big, false, false, !access, pages, !present, true];
  const bits = flags.reduce((all, set, i) => all | (set ? 1 << i : 0), KINDS.indexOf(kind) << 1);
  return [index, base, limit, bits];
}
