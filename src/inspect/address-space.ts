/**
 * An address space as /proc/self/maps shows it, and as a picture with the highest address on top, as guests/kernel/memlayout.h draws it: real numbers, what each
 * region is, how much of it is in memory, and where the processor's pointers are.
 */
import type { PagingMode } from '../mmu/paging.ts';
import type { PhysicalMemory } from '../mmu/physical.ts';
import { type Mapping, permissions, type Task } from './maps.ts';
import { explainWalk } from './page-walk.ts';
import { byteCount, hex32 } from './text.ts';

/** A line each, as Linux prints them. */
export function mapsText(mappings: readonly Mapping[]): string {
  return mappings
    .map(mapping => {
      const { start, end, shared, offset, name, kind, device, inode } = mapping;
      const address = (value: number): string => value.toString(16).padStart(8, '0');
      const pair = (value: number): string => value.toString(16).padStart(2, '0');
      const at = kind === 'file' || kind === 'device' ? offset : 0;
      const head = `${address(start)}-${address(end)} ${permissions(mapping)}${shared ? 's' : 'p'} ${address(at)} ${pair(device >>> 8)}:${pair(device & 0xff)} ${inode}`;
      return name === '' ? `${head} ` : `${head.padEnd(NAME_COLUMN)}${name}`;
    })
    .join('\n');
}

/** Where names begin. */
const NAME_COLUMN = 49;
const KERNEL_BASE = 0xc0000000;
const TOP = 2 ** 32;
const WIDTH = 46;
const PAGE = 0x1000;

/** An address worth naming: ESP, the break. */
export interface Mark {
  readonly address: number;
  readonly name: string;
}

export interface Picture {
  readonly task: Task;
  readonly memory: PhysicalMemory;
  readonly mode: PagingMode;
  readonly marks: readonly Mark[];
}

export function pictureText({ task, memory, mode, marks }: Picture): string {
  const lines: string[] = [];
  const border = (address: number, note = ''): void => {
    lines.push(`${hex32(address)} +${'-'.repeat(WIDTH)}+${note === '' ? '' : `  ${note}`}`);
  };
  const inside = (text: string, note = ''): void => {
    lines.push(`${' '.repeat(10)} | ${text.padEnd(WIDTH - 2)} |${note === '' ? '' : `  ${note}`}`.trimEnd());
  };
  const gap = (from: number, to: number): void => {
    if (to > from) inside(`  ... unmapped, ${byteCount(to - from)} ...`);
    for (const mark of marksIn(from, to)) inside('', `<- ${mark.name} ${hex32(mark.address)}`);
  };
  const marksIn = (from: number, to: number): Mark[] =>
    marks.filter(({ address }) => address >= from && address < to).sort((a, b) => b.address - a.address);

  lines.push(`${hex32(TOP - 1)} +${'-'.repeat(WIDTH)}+`);
  inside('kernel', 'supervisor only, the same in every address space');
  border(KERNEL_BASE);
  let above = KERNEL_BASE;
  for (const mapping of [...task.mappings].reverse()) {
    const { start, end } = mapping;
    if (end < above) {
      gap(end, above);
      border(end);
    }
    const resident = residentBytes(memory, mode, start, end);
    const size = byteCount(end - start);
    inside(
      labelOf(mapping, task),
      `${permissions(mapping)}${mapping.shared ? 's' : ''}  ${size}, ${resident === end - start ? 'all' : byteCount(resident)} in memory`,
    );
    for (const mark of marksIn(start, end)) inside('', `<- ${mark.name} ${hex32(mark.address)}`);
    border(start);
    above = start;
  }
  if (above > 0) {
    gap(0, above);
    inside('    so that a null pointer faults');
    border(0);
  }
  return lines.join('\n');
}

/** What a region is for, in the words of memlayout.h. */
function labelOf(mapping: Mapping, task: Task): string {
  const { kind, name, execute, write } = mapping;
  const isProgram = kind === 'file' && name === task.path;
  switch (kind) {
    case 'stack':
      return '[stack]  grows down; auxv, environment, argv';
    case 'heap':
      return '[heap]  grows up, by brk';
    case 'bss':
      return `bss of ${task.name}`;
    case 'device':
      return `${name || 'device'}  physical ${hex32(mapping.offset)}`;
    default:
      if (isProgram) return `${execute ? 'text' : write ? 'data' : 'constants'} of ${name}`;
      if (name !== '') return name;
      return !mapping.read && !write && !execute ? 'no access: a guard, or reserved' : 'anonymous, by mmap';
  }
}

/** Bytes of [start, end) that are on pages in memory. */
export function residentBytes(memory: PhysicalMemory, mode: PagingMode, start: number, end: number): number {
  let bytes = 0;
  for (let at = start; at < end; ) {
    const walk = explainWalk(memory, mode, at);
    const next = Math.min(Math.max(walk.end, at + PAGE), end);
    if (walk.physical !== undefined) bytes += next - at;
    at = next;
  }
  return bytes;
}
