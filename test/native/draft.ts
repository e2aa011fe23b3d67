/** A case in the making: the processor's state, and where in memory its operands may lie. */
import type { Random } from '../cpu/rig.ts';
import type { Patch } from './case.ts';
import { CODE, DATA_BYTES, MAX_PATCH } from './layout.ts';
import { isBig, localSegment, localSelectors, segmentBase } from './local-segments.ts';
import { type Registers, setLow } from './memory-operand.ts';
import { edgeValue } from './values.ts';

export const [ES, CS, SS, DS] = [0, 1, 2, 3] as const;
export const [EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** Linux's flat segments of a 32-bit process. */
export const USER_CODE = 0x23;
export const USER_DATA = 0x2b;

const FLAGS = [1 << 0, 1 << 2, 1 << 4, 1 << 6, 1 << 7, 1 << 10, 1 << 11];
const TF = 1 << 8;
/** IF and the bit that is always one: user mode has them. */
const USER_FLAGS = 0x202;
const OVERRIDES: Readonly<Record<number, number>> = { 38: 0, 46: 1, 54: 2, 62: 3, 100: 4, 101: 5 };

/** Where the data pages are, and whether segments other than Linux's flat ones are used. */
export interface Arena {
  readonly data: number;
  readonly segmented: boolean;
}

export interface Draft {
  readonly random: Random;
  readonly arena: Arena;
  /** ES, CS, SS, DS, FS, GS. */
  readonly selectors: readonly number[];
  readonly prefixes: readonly number[];
  readonly operandSize: 2 | 4;
  readonly addressSize: 2 | 4;
  /** Bytes of the memory operand, roughly. */
  readonly size: number;
  readonly registers: Registers;
  readonly patches: Patch[];
}

/** Segment registers for a case: CS first decides default sizes. */
export function pickSelectors(random: Random, { data, segmented }: Arena): number[] {
  const fs = random.below(4) === 0 ? 0 : USER_DATA;
  if (!segmented) return [USER_DATA, USER_CODE, USER_DATA, USER_DATA, fs, USER_DATA];
  const pick = (use: 'data' | 'stack' | 'code', flat: number) =>
    random.below(3) === 0 ? flat : random.pick(localSelectors(data, use));
  return [
    pick('data', USER_DATA),
    pick('code', USER_CODE),
    pick('stack', USER_DATA),
    pick('data', USER_DATA),
    pick('data', fs),
    pick('data', USER_DATA),
  ];
}

export const baseOf = ({ selectors, arena }: Draft, segment: number): number =>
  segmentBase(selectors[segment]!, arena.data);

/** The segment in effect where `usual` is the default. */
export function segmentInEffect({ prefixes }: Draft, usual: number): number {
  const override = prefixes.map(prefix => OVERRIDES[prefix]).find(segment => segment !== undefined);
  return override ?? usual;
}

/** A linear address for `size` bytes: mostly inside the data pages, else at one of their edges or in the read-only page. */
function dataAddress(random: Random, data: number, size: number): number {
  switch (random.below(24)) {
    case 0:
      return data + DATA_BYTES - random.below(size + 4);
    case 1:
      return data - random.below(size + 4);
    case 2:
      return data - 0x1000 + random.below(0x1000);
    case 3:
      return data + 0x1000 - random.below(size + 4);
    default:
      return data + ((0x100 + random.below(DATA_BYTES - 0x200)) & (random.below(2) === 0 ? -4 : -1));
  }
}

/** An offset in a segment for `size` bytes: somewhere in the data pages, or about the segment's limit. */
export function dataOffset(draft: Draft, segment: number, size: number): number {
  const { random, arena, selectors } = draft;
  const local = localSegment(selectors[segment]!, arena.data);
  if (local && random.below(5) === 0) return (local.limit + 1 - random.below(size + 3)) >>> 0;
  return (dataAddress(random, arena.data, size) - baseOf(draft, segment)) >>> 0;
}

/** ESP: room on both sides mostly. With a 16-bit stack the high half says nothing. */
export function setStackPointer(draft: Draft, register: number): void {
  const { random, arena, registers } = draft;
  const roomy = (arena.data + 0x400 + 4 * random.below(0x600) - baseOf(draft, SS)) >>> 0;
  const offset = random.below(8) === 0 ? dataOffset(draft, SS, 32) : roomy;
  if (stackIsBig(draft)) registers[register] = offset;
  else setLow(registers, register, offset);
}

export const stackIsBig = ({ selectors }: Draft): boolean => isBig(selectors[SS]!);

/** Linear address of the top of the stack. */
export function stackTop(draft: Draft): number {
  const esp = draft.registers[ESP]!;
  return (baseOf(draft, SS) + (stackIsBig(draft) ? esp : esp & 0xffff)) >>> 0;
}

/** An offset in the code page, as a segment with this selector counts it. */
export function codeOffset({ random, arena }: Draft, selector: number): number {
  return (CODE + 0x700 + random.below(0x300) - segmentBase(selector, arena.data)) >>> 0;
}

/** Null, user code and data at several privileges, kernel segments, the local table, and beyond the tables' limits. */
export function pickSelector({ random, arena }: Draft): number {
  const global = [0, 3, 0x23, 0x23, 0x23, 0x2b, 0x2b, 0x28, 0x20, 0x21, 0x2a, 0x08, 0x1b, 0x18, 0xfff8, 0x80];
  const local = [
    ...localSelectors(arena.data, 'data'),
    ...localSelectors(arena.data, 'code'),
    0x47,
    0x44,
    0x27,
    0x6f,
    0xffff,
  ];
  return random.pick(random.below(2) === 0 ? global : local);
}

/** Puts bytes at a linear address before the case, where that lies in the data pages. */
export function patch({ patches, arena }: Draft, linear: number, bytes: readonly number[]): void {
  const offset = linear - arena.data;
  if (offset >= 0 && offset + bytes.length <= DATA_BYTES) patches.push({ offset, bytes: bytes.slice(0, MAX_PATCH) });
}

/** The last two patches, or the last alone where they overlap. */
export function withoutOverlap(patches: readonly Patch[]): Patch[] {
  const [first, second] = patches.slice(-2);
  if (!first || !second) return patches.slice(-2);
  const apart =
    first.offset + first.bytes.length <= second.offset || second.offset + second.bytes.length <= first.offset;
  return apart ? [first, second] : [second];
}

/** Registers that hold nothing in particular. */
export const edgeRegisters = (random: Random): Registers => Array.from({ length: 8 }, () => edgeValue(random));

/** EFLAGS to start with: the six and DF at random, TF seldom. */
export function pickFlags(random: Random): number {
  let flags = USER_FLAGS;
  for (const flag of FLAGS) if (random.below(2) === 0) flags |= flag;
  if (random.below(50) === 0) flags |= TF;
  return flags;
}
