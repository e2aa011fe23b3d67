/**
 * Forms: the distinct things there are to execute. A row of the opcode map, an operand size, the kind of its operands (register
 * or memory, and how the address is made) and the mode's addressing give a form; rows that come to the same share one.
 * The interpreter has a handler a form; a record names its form by number.
 *
 * Which number stands for what is decided once, by enumerateForms(), and travels with the interpreter's module as a table, so that a machine
 * that starts from a module built beforehand enumerates nothing.
 */
import type { Addressing, Form } from '../isa/builder.ts';
import { type Row, Rows } from '../isa/opcode-map.ts';
import { type Binding, bindOperands, isSizeless } from '../isa/operands.ts';
import type { Decoded } from './decoder.ts';
import { Fact } from './form-facts.ts';

/** Forms that are no instructions but steer the interpreter. */
export const Pseudo = {
  /** Ends a single step: leaves with EIP after the instruction before it. */
  stop: 0,
  /** Decoded code here has been overwritten: leave and decode again. */
  stale: 1,
  /** The block ends here without a jump, or by one not taken: go on at this record's own EIP. Linked as jumps are. */
  next: 2,
  /** Compiled code takes over here: see src/jit. */
  compiled: 3,
  /** Goes on at EIP, wherever that is: see RESUME_RECORD. */
  resume: 4,
} as const;
export const FIRST_FORM = 5;

const AddressingKinds = [undefined, 'flat', 'indexed', 'segmented'] as const;
export type Repeat = Form['repeat'];
export const Repeats: readonly Repeat[] = ['none', 'rep', 'repne'];

/** Variants of a row: 1 bit operand size, 2 bits addressing, 1 bit mode, 2 bits repeat. */
export const VARIANTS = 64;

export function variantOf(
  size: 2 | 4,
  addressing: Addressing | undefined,
  mode: Form['addressing'],
  repeat: Repeat,
): number {
  const kind = addressing === undefined ? 0 : addressing === 'flat' ? 1 : addressing === 'indexed' ? 2 : 3;
  const repeats = repeat === 'none' ? 0 : repeat === 'rep' ? 1 : 2;
  return (size === 4 ? 1 : 0) | (kind << 1) | (mode === 'segmented' ? 8 : 0) | (repeats << 4);
}

/** The reverse of variantOf(). */
export function variantParts(variant: number): {
  size: 2 | 4;
  addressing: Addressing | undefined;
  mode: Form['addressing'];
  repeat: Repeat;
} {
  return {
    size: variant & 1 ? 4 : 2,
    addressing: AddressingKinds[(variant >> 1) & 3],
    mode: variant & 8 ? 'segmented' : 'flat',
    repeat: Repeats[variant >> 4]!,
  };
}

export interface FormTable {
  /** Form number by row * VARIANTS + variant; 0 where there is none. */
  readonly variants: Uint16Array;
  /** By form number: what there is to know of it (form-facts.ts). */
  readonly facts: Uint16Array;
  /** By form number: the first place in `variants` where it stands. */
  readonly places: Uint32Array;
}

/** What the choice of a form needs of a row, found once. */
interface RowFacts {
  readonly isSizeless: boolean;
  readonly isString: boolean;
  /** Has a memory operand that ModRM does not name. */
  readonly impliesMemory: boolean;
  readonly compares: boolean;
}

const facts: readonly RowFacts[] = Rows.map(factsOf);

function factsOf(row: Row): RowFacts {
  const isString = row.operands.some(o => /^[XY]/.test(o));
  return {
    isSizeless: isSizeless(row),
    isString,
    impliesMemory: isString || row.mnemonic === 'XLAT',
    compares: row.mnemonic === 'CMPS' || row.mnemonic === 'SCAS',
  };
}

/** A form and how its record is filled. */
export interface Selected {
  readonly id: number;
  readonly binding: Binding;
}

/** Chooses forms from a table: the one that belongs to the interpreter in use. */
export class FormSelector {
  readonly table: FormTable;
  private readonly general: boolean;
  private readonly selected: (Selected | undefined)[] = new Array(Rows.length * VARIANTS).fill(undefined);

  /** `general`: always choose the segmented form, which is right in every mode. */
  constructor(table: FormTable, general = false) {
    this.table = table;
    this.general = general;
  }

  /** Nothing may follow this form in its block. */
  endsBlock(id: number): boolean {
    return (this.table.facts[id]! & Fact.endsBlock) !== 0;
  }

  /** The form that executes a decoded instruction when the mode's addressing is flat or not. */
  select(decoded: Decoded, flat: boolean): Selected {
    const flatMode = flat && !this.general;
    const { row } = decoded;
    const known = facts[row.number]!;
    const size = known.isSizeless ? 4 : decoded.operandSize;
    const addressing = addressingOf(decoded, known, flatMode);
    const variant = variantOf(size, addressing, flatMode ? 'flat' : 'segmented', repeatOf(decoded, known));
    const at = row.number * VARIANTS + variant;
    return this.selected[at] ?? this.describe(row, at, size, addressing);
  }

  private describe(row: Row, at: number, size: 2 | 4, addressing: Addressing | undefined): Selected {
    const id = this.table.variants[at]!;
    if (id === 0) throw new Error(`no form for ${row.name}, variant ${at % VARIANTS}`);
    const selected = { id, binding: bindOperands(row, size, addressing) };
    this.selected[at] = selected;
    return selected;
  }
}

function addressingOf(decoded: Decoded, known: RowFacts, flatMode: boolean): Addressing | undefined {
  const { memory, addressSize, override } = decoded;
  if (memory === undefined && !known.impliesMemory) return undefined;
  // FS and GS are not among the segments a flat mode vouches for, and CS is never writable.
  if (!flatMode || addressSize === 2 || override >= 4 || override === 1) return 'segmented';
  return memory !== undefined && memory.index >= 0 ? 'indexed' : 'flat';
}

function repeatOf({ repeat }: Decoded, { isString, compares }: RowFacts): Repeat {
  if (repeat === 0 || !isString) return 'none';
  return repeat === 0xf3 || !compares ? 'rep' : 'repne';
}
