/**
 * Transfers that repeat: loads of data segments, deliveries through gates, and returns from them. What their checks come to follows from what they read -
 * descriptors, gates, the TSS - and from a few registers. Kernels are entered and left by the same few ways all the time, so a transfer that has
 * succeeded is noted with all it has read; when it comes again and all of that is as it was, so is the outcome. WebAssembly asks
 * (repeated-transfers.ts), and whatever is not noted, or has changed, is done in full by the services, which note it here.
 *
 *   LOADS       by selector and CPL: 256 notes of 64 bytes
 *   DELIVERIES  by vector and CPL: 128 of 256 bytes
 *   RETURNS     by selector and CPL: 32 of 256 bytes
 *
 * A note is found by its key and holds the words compared (bases and limits of tables, the doublewords of descriptors) and the segment caches
 * that result. Only 32-bit gates, GDT selectors and flat code and inner stacks are noted, in protected mode: `protection` is 0 elsewhere,
 * and while breakpoints or alignment checks want to see every access.
 */
import type { Cpu } from './cpu.ts';
import { loadableFlags } from './eflags.ts';
import { Access, type Descriptor, Flat } from './segments.ts';
import { SegmentWord, segmentWord } from './state.ts';

export const LOADS = { at: 0x2000, count: 256, size: 64 } as const;
export const DELIVERIES = { at: 0x6000, count: 128, size: 256 } as const;
export const RETURNS = { at: 0xe000, count: 32, size: 256 } as const;

/** Offsets in a note. What is compared with state or memory has the name of that. */
export const Load = { key: 0, gdtBase: 4, gdtLimit: 8, entry: 12, cache: 32 } as const;
export const Transfer = {
  key: 0,
  gdtBase: 4,
  gdtLimit: 8,
  idtBase: 12,
  idtLimit: 16,
  taskBase: 20,
  taskLimit: 24,
  taskAccess: 28,
  /** A doubleword table entry: its linear address, low and high words. */
  gate: 32,
  code: 44,
  stack: 56,
  /** SS of the new stack; 0 while the stack stays. */
  stackSelector: 68,
  /** Linear address of ESP and SS in the TSS. */
  stackPointerAt: 72,
  eip: 76,
  cpl: 80,
  /** Deliveries: flags that are cleared. Returns: flags that are loaded, without the arithmetic ones. */
  flags: 84,
  codeCache: 96,
  stackCache: 128,
} as const;
/** Linear address, low and high words of a table entry. */
export const Entry = { at: 0, low: 4, high: 8 } as const;
const CACHE_WORDS = 8;

/** Set in every key, so that an empty note has none. */
export const NOTED = 0x80000000 | 0;
export const SOFTWARE = 1 << 10;
export const CPL_IN_DELIVERY = 8;
export const CPL_IN_LOAD = 16;
export const CPL_IN_RETURN = 16;
export const IOPL_IN_RETURN = 18;

const CS = 1;
const SS = 2;
/** Of a table entry that may cross a page, each access is by itself. */
const whole = (at: number): boolean => (at & 0xfff) <= 0xff8;

const noteAt = ({ at, count, size }: { at: number; count: number; size: number }, index: number): number =>
  (at + (index & (count - 1)) * size) >> 2;

function setTables({ words, state }: Cpu, note: number): void {
  words[note + (Transfer.gdtBase >> 2)] = state.gdtBase;
  words[note + (Transfer.gdtLimit >> 2)] = state.gdtLimit;
}

function setEntry({ words }: Cpu, note: number, { at, low, high }: Descriptor): void {
  words[note + (Entry.at >> 2)] = at;
  words[note + (Entry.low >> 2)] = low;
  words[note + (Entry.high >> 2)] = high;
}

function copyCache({ words }: Cpu, note: number, segment: number): void {
  for (let i = 0; i < CACHE_WORDS; i++) words[note + i] = words[segmentWord(segment) + i]!;
}

const isGlobal = (selector: number): boolean => (selector & 4) === 0;

/** A load of ES, DS, FS or GS that has just succeeded. */
export function noteLoad(cpu: Cpu, segment: number, selector: number, d: Descriptor): void {
  const { words, state } = cpu;
  if (state.protection === 0 || !isGlobal(selector) || !whole(d.at)) return;
  const note = noteAt(LOADS, (selector >> 3) ^ (state.cpl << 6));
  words[note] = NOTED | selector | (state.cpl << CPL_IN_LOAD);
  setTables(cpu, note);
  setEntry(cpu, note + (Load.entry >> 2), d);
  copyCache(cpu, note + (Load.cache >> 2), segment);
}

export interface Delivered {
  readonly vector: number;
  readonly software: boolean;
  /** CPL of before. */
  readonly cpl: number;
  readonly gate: Descriptor;
  readonly code: Descriptor;
  /** Undefined while the stack stays. */
  readonly stack: Descriptor | undefined;
  readonly stackPointerAt: number;
  readonly clearedFlags: number;
}

/** A delivery through a 32-bit gate that has just succeeded, from protected mode proper. */
export function noteDelivery(cpu: Cpu, delivered: Delivered): void {
  const { vector, software, cpl, gate, code, stack, stackPointerAt, clearedFlags } = delivered;
  const { words, state } = cpu;
  if (state.protection === 0 || !isFlatCode(cpu) || !whole(gate.at) || !whole(code.at)) return;
  if (stack && !(isFlatStack(cpu) && whole(stack.at) && whole(stackPointerAt))) return;
  const note = noteAt(DELIVERIES, vector ^ (cpl << 5));
  words[note] = NOTED | vector | (cpl << CPL_IN_DELIVERY) | (software ? SOFTWARE : 0);
  setTables(cpu, note);
  words[note + (Transfer.idtBase >> 2)] = state.idtBase;
  words[note + (Transfer.idtLimit >> 2)] = state.idtLimit;
  words[note + (Transfer.taskBase >> 2)] = state.taskBase;
  words[note + (Transfer.taskLimit >> 2)] = state.taskLimit;
  words[note + (Transfer.taskAccess >> 2)] = state.taskAccess;
  setEntry(cpu, note + (Transfer.gate >> 2), gate);
  setEntry(cpu, note + (Transfer.code >> 2), code);
  if (stack) setEntry(cpu, note + (Transfer.stack >> 2), stack);
  words[note + (Transfer.stackSelector >> 2)] = stack ? cpu.selector(SS) : 0;
  words[note + (Transfer.stackPointerAt >> 2)] = stackPointerAt;
  words[note + (Transfer.eip >> 2)] = state.eip;
  words[note + (Transfer.cpl >> 2)] = state.cpl;
  words[note + (Transfer.flags >> 2)] = clearedFlags;
  copyCache(cpu, note + (Transfer.codeCache >> 2), CS);
  copyCache(cpu, note + (Transfer.stackCache >> 2), SS);
}

/** A 32-bit IRET within protected mode that has just succeeded, from CPL `cpl` with IOPL `iopl`. */
export function noteReturn(cpu: Cpu, cpl: number, iopl: number, code: Descriptor, stack: Descriptor | undefined): void {
  const { words, state } = cpu;
  if (state.protection === 0 || !isFlatCode(cpu) || !whole(code.at)) return;
  if (stack && !(isFlatStack(cpu) && whole(stack.at))) return;
  const selector = cpu.selector(CS);
  const note = noteAt(RETURNS, (selector >> 3) ^ (cpl << 3));
  words[note] = NOTED | selector | (cpl << CPL_IN_RETURN) | (iopl << IOPL_IN_RETURN);
  setTables(cpu, note);
  setEntry(cpu, note + (Transfer.code >> 2), code);
  if (stack) setEntry(cpu, note + (Transfer.stack >> 2), stack);
  words[note + (Transfer.stackSelector >> 2)] = stack ? cpu.selector(SS) : 0;
  words[note + (Transfer.cpl >> 2)] = state.cpl;
  words[note + (Transfer.flags >> 2)] = loadableFlags(cpu, 4, 'iret', cpl, iopl);
  copyCache(cpu, note + (Transfer.codeCache >> 2), CS);
  copyCache(cpu, note + (Transfer.stackCache >> 2), SS);
}

function isFlatCode({ words }: Cpu): boolean {
  const access = words[segmentWord(CS) + SegmentWord.access]!;
  return (access & Flat.place) !== 0 && (access & Access.big) !== 0 && isGlobal(words[segmentWord(CS)]!);
}

function isFlatStack({ words }: Cpu): boolean {
  const access = words[segmentWord(SS) + SegmentWord.access]!;
  return (access & Flat.data) !== 0 && (access & Access.big) !== 0 && isGlobal(words[segmentWord(SS)]!);
}
