/**
 * Numbers the forms: walks the opcode map through every operand size, addressing, mode and repeat prefix, and merges what comes to the same.
 * HOT forms come first; they stand in the interpreter's one big function, the others are functions of their own: see interpreter.ts.
 */
import type { Addressing, Form, Lifter } from '../isa/builder.ts';
import { Conditions } from '../isa/flags.ts';
import { Lifters } from '../isa/lift/index.ts';
import { type Row, Rows } from '../isa/opcode-map.ts';
import { alwaysMemory, bindOperands, isByteRow, isSizeless, mayBeMemory } from '../isa/operands.ts';
import { isEscape } from '../isa/x87-map.ts';
import { factsOf } from './form-facts.ts';
import { FIRST_FORM, type FormTable, type Repeat, Repeats, VARIANTS, variantOf, variantParts } from './forms.ts';
import { observe } from './observe.ts';

export interface ExecutableForm extends Form {
  readonly id: number;
  readonly lift: Lifter;
}

export interface EnumeratedForm extends ExecutableForm {
  readonly name: string;
  readonly hot: boolean;
}

export interface Enumeration extends FormTable {
  /** `forms[i].id === i + FIRST_FORM`. */
  readonly forms: readonly EnumeratedForm[];
}

const HOT = new Set(
  (
    'ADD OR ADC SBB AND SUB XOR CMP TEST INC DEC NEG NOT IMUL MUL SHL SHR SAR ROL ROR SHLD SHRD MOV MOVZX MOVSX LEA XCHG NOP ' +
    'PUSH POP CALL RET JMP Jcc SETcc CMOVcc CWD CBW LEAVE BT BSF BSR BSWAP WAIT'
  ).split(' '),
);
const COLD_OPERANDS = new Set(['segment', 'control', 'debug']);

let enumeration: Enumeration | undefined;

/** All forms and their table: made on first use, always the same. */
export function enumerateForms(): Enumeration {
  enumeration ??= enumerate();
  return enumeration;
}

/** Variants are in the table by row and variant: this makes forms one by one, for whoever needs few of them and has the table. */
export class FormSource {
  private readonly table: FormTable;
  private readonly made: (ExecutableForm | undefined)[] = [];

  constructor(table: FormTable) {
    this.table = table;
  }

  /** The form numbered `id`; throws for what is no form. */
  form(id: number): ExecutableForm {
    this.made[id] ??= this.make(id);
    return this.made[id]!;
  }

  /** See Fact. */
  facts(id: number): number {
    return this.table.facts[id]!;
  }

  private make(id: number): ExecutableForm {
    const at = this.table.places[id];
    if (id < FIRST_FORM || at === undefined) throw new Error(`no form numbered 0x${id.toString(16)}`);
    const row = Rows[Math.floor(at / VARIANTS)]!;
    const { size, addressing, mode, repeat } = variantParts(at % VARIANTS);
    return { ...formOf(row, size, mode, addressing, repeat), id, lift: lifterOf(row) };
  }
}

interface Variant {
  readonly key: string;
  readonly form: Omit<EnumeratedForm, 'id'>;
  readonly at: number;
}

function enumerate(): Enumeration {
  const found = Rows.flatMap(variantsOf);
  const byKey = new Map<string, number>();
  const forms: EnumeratedForm[] = [];
  for (const hot of [true, false]) {
    for (const { key, form } of found) {
      if (form.hot !== hot || byKey.has(key)) continue;
      const id = FIRST_FORM + forms.length;
      byKey.set(key, id);
      forms.push({ ...form, id });
    }
  }
  const variants = new Uint16Array(Rows.length * VARIANTS);
  const places = new Uint32Array(FIRST_FORM + forms.length);
  // The first of those that are the same is the one forms were made of.
  for (const { key, at } of found.toReversed()) {
    variants[at] = byKey.get(key)!;
    places[variants[at]!] = at;
  }
  const facts = new Uint16Array(FIRST_FORM + forms.length);
  for (const form of forms) facts[form.id] = factsOf(observe(form, form.lift));
  return { forms, variants, facts, places };
}

/** The name under which a row is defined: its mnemonic, but one name for all that the x87 services do, and one for the `simd` service. */
export const definitionOf = (row: Row): string => (row.simd ? 'SIMD' : isEscape(row) ? 'ESC' : row.mnemonic);

function lifterOf(row: Row): Lifter {
  const lift = Lifters[definitionOf(row)];
  if (!lift) throw new Error(`opcode map: no definition for ${row.name}`);
  return lift;
}

function variantsOf(row: Row): Variant[] {
  const variants: Variant[] = [];
  for (const size of isSizeless(row) ? ([4] as const) : ([2, 4] as const)) {
    for (const mode of ['flat', 'segmented'] as const) {
      for (const addressing of addressingsOf(row, mode)) {
        for (const repeat of repeatsOf(row)) variants.push(variant(row, size, mode, addressing, repeat));
      }
    }
  }
  return variants;
}

const isString = (row: Row): boolean => row.operands.some(o => /^[XY]/.test(o));

function addressingsOf(row: Row, mode: Form['addressing']): (Addressing | undefined)[] {
  const implied = isString(row) || row.mnemonic === 'XLAT';
  const hasE = mayBeMemory(row);
  const hasMemory = hasE || alwaysMemory(row);
  const kinds: (Addressing | undefined)[] = [];
  if (hasE || (!hasMemory && !implied)) kinds.push(undefined);
  if (hasMemory || implied) kinds.push('segmented');
  if (mode === 'flat' && (hasMemory || implied)) kinds.push('flat');
  if (mode === 'flat' && hasMemory) kinds.push('indexed');
  return kinds;
}

function repeatsOf(row: Row): readonly Repeat[] {
  if (!isString(row)) return ['none'];
  return ['CMPS', 'SCAS'].includes(row.mnemonic) ? Repeats : ['none', 'rep'];
}

function formOf(
  row: Row,
  size: 2 | 4,
  mode: Form['addressing'],
  addressing: Addressing | undefined,
  repeat: Repeat,
): Form {
  const bound = bindOperands(row, size, addressing).operands;
  const operands =
    row.mnemonic === 'XLAT' ? [{ kind: 'memory' as const, size: 1 as const, addressing: addressing! }] : bound;
  return {
    mnemonic: definitionOf(row),
    size: isByteRow(row) ? 1 : size,
    operands,
    condition: isConditional(row) ? Conditions[row.opcode & 15]! : 'o',
    repeat,
    addressing: mode,
  };
}

const isConditional = (row: Row): boolean => row.mnemonic.endsWith('cc');

function variant(
  row: Row,
  size: 2 | 4,
  mode: Form['addressing'],
  addressing: Addressing | undefined,
  repeat: Repeat,
): Variant {
  const lift = lifterOf(row);
  const form = formOf(row, size, mode, addressing, repeat);
  const modeMatters = observe({ ...form, addressing: 'segmented' }, lift).usesMode;
  const key = [
    form.mnemonic,
    form.size,
    isConditional(row) ? form.condition : '',
    repeat,
    modeMatters ? mode : '',
    ...form.operands.map(o => Object.values(o).join('.')),
  ].join(' ');
  const hot =
    (HOT.has(row.mnemonic) || isEscape(row)) &&
    form.size !== 2 &&
    addressing !== 'segmented' &&
    (mode === 'flat' || !modeMatters) &&
    !form.operands.some(o => COLD_OPERANDS.has(o.kind));
  return {
    key,
    form: { ...form, name: key, lift, hot },
    at: row.number * VARIANTS + variantOf(size, addressing, mode, repeat),
  };
}
