/**
 * Forms: the distinct things there are to execute. A row of the opcode map, an operand size, the kind of its operands (register
 * or memory, and how the address is made) and the mode's addressing give a form; rows that come to the same share one.
 * The interpreter has a handler a form; a record names its form by number.
 *
 * HOT forms stand in the interpreter's one big function, the others are functions of their own: see interpreter.ts.
 */
import type { Addressing, Form, Lifter } from '../isa/builder.ts';
import { Conditions } from '../isa/flags.ts';
import { Lifters } from '../isa/lift/index.ts';
import { type Row, Rows } from '../isa/opcode-map.ts';
import { type Binding, bindOperands, isByteRow } from '../isa/operands.ts';
import type { Decoded } from './decoder.ts';
import { observe } from './observe.ts';

export interface ExecutableForm extends Form {
  readonly id: number;
  readonly name: string;
  readonly lift: Lifter;
  readonly hot: boolean;
}

/** Forms that are no instructions but steer the interpreter. */
export const Pseudo = {
  /** Ends a single step: leaves with EIP after the instruction before it. */
  stop: 0,
  /** Decoded code here has been overwritten: leave and decode again. */
  stale: 1,
  /** The block ends without a jump: go on at this record's own EIP. */
  next: 2,
} as const;
const FIRST_FORM = 3;

const HOT = new Set(
  (
    'ADD OR ADC SBB AND SUB XOR CMP TEST INC DEC NEG NOT IMUL MUL SHL SHR SAR ROL ROR SHLD SHRD MOV MOVZX MOVSX LEA XCHG NOP ' +
    'PUSH POP CALL RET JMP Jcc SETcc CMOVcc CWD CBW LEAVE BT BSF BSR BSWAP'
  ).split(' '),
);

const COLD_OPERANDS = new Set(['segment', 'control', 'debug']);

const AddressingKinds = [undefined, 'flat', 'indexed', 'segmented'] as const;
type Repeat = Form['repeat'];
const Repeats: readonly Repeat[] = ['none', 'rep', 'repne'];

const forms: ExecutableForm[] = [];
const byKey = new Map<string, number>();
/** Form number by row and variant (4 bits size and addressing, 1 bit mode, 2 bits repeat); 0 where there is none. */
const VARIANTS = 64;
const rowNumbers = new Map<Row, number>(Rows.map((row, i) => [row, i]));
const variants = new Uint16Array(Rows.length * VARIANTS);
const bindings: (Binding | undefined)[] = new Array(Rows.length * VARIANTS);

enumerate();

/** The form with this number; undefined for pseudo forms. */
export function formById(id: number): ExecutableForm | undefined {
  return forms[id - FIRST_FORM];
}

const ends: (boolean | undefined)[] = [];

/** Nothing may follow this form in its block. */
export function endsBlock(id: number): boolean {
  const form = formById(id)!;
  ends[id] ??= observe(form, form.lift).endsBlock;
  return ends[id]!;
}

/** All forms; `Forms[i].id === i + FIRST_FORM`. Hot forms come first. */
export const Forms: readonly ExecutableForm[] = forms;

/** The form that executes a decoded instruction when the mode's addressing is flat (see ModeKey) or not, and how its record is filled. */
export function selectForm(decoded: Decoded, flatMode: boolean): { id: number; binding: Binding } {
  const variant = variantOf(
    isByteRow(decoded.row) ? 4 : decoded.operandSize,
    addressingOf(decoded, flatMode),
    flatMode ? 'flat' : 'segmented',
    repeatOf(decoded),
  );
  const at = rowNumbers.get(decoded.row)! * VARIANTS + variant;
  const binding = bindings[at];
  if (!binding) throw new Error(`no form for ${decoded.row.name}, variant ${variant}`);
  // A byte row binds at either operand size alike, except that an immediate of the operand size cannot occur in it.
  return { id: variants[at]!, binding };
}

function addressingOf(decoded: Decoded, flatMode: boolean): Addressing | undefined {
  const { row, memory, addressSize, override } = decoded;
  const implied = row.operands.some(o => /^[XY]/.test(o)) || row.mnemonic === 'XLAT';
  if (!memory && !implied) return undefined;
  // FS and GS are not among the segments a flat mode vouches for, and CS is never writable.
  if (!flatMode || addressSize === 2 || override >= 4 || override === 1) return 'segmented';
  return memory && memory.index >= 0 ? 'indexed' : 'flat';
}

function repeatOf({ row, repeat }: Decoded): Repeat {
  if (repeat === 0 || !row.operands.some(o => /^[XY]/.test(o))) return 'none';
  return repeat === 0xf3 || !['CMPS', 'SCAS'].includes(row.mnemonic) ? 'rep' : 'repne';
}

function variantOf(size: 2 | 4, addressing: Addressing | undefined, mode: Form['addressing'], repeat: Repeat): number {
  return (
    (size === 4 ? 1 : 0) |
    (AddressingKinds.indexOf(addressing) << 1) |
    (mode === 'segmented' ? 8 : 0) |
    (Repeats.indexOf(repeat) << 4)
  );
}

function enumerate(): void {
  const pending: { key: string; form: Omit<ExecutableForm, 'id'>; at: number; binding: Binding }[] = [];
  for (const row of Rows) {
    const lift = Lifters[row.mnemonic];
    if (!lift) throw new Error(`opcode map: no definition for ${row.name}`);
    const implied = row.operands.some(o => /^[XY]/.test(o)) || row.mnemonic === 'XLAT';
    const hasE = row.operands.some(o => o[0] === 'E');
    const hasMemory = hasE || row.operands.some(o => /^[MO][a-z]?$/.test(o));
    const repeats: readonly Repeat[] = row.operands.some(o => /^[XY]/.test(o))
      ? ['CMPS', 'SCAS'].includes(row.mnemonic)
        ? Repeats
        : ['none', 'rep']
      : ['none'];
    for (const size of isByteRow(row) ? ([4] as const) : ([2, 4] as const)) {
      for (const mode of ['flat', 'segmented'] as const) {
        const kinds: (Addressing | undefined)[] = [];
        if (!hasMemory && !implied) kinds.push(undefined);
        if (hasE) kinds.push(undefined);
        if (hasMemory || implied) kinds.push('segmented');
        if (mode === 'flat' && (hasMemory || implied)) kinds.push('flat');
        if (mode === 'flat' && hasMemory) kinds.push('indexed');
        for (const addressing of kinds) {
          for (const repeat of repeats) {
            const binding = bindOperands(row, size, addressing);
            const implicit = row.mnemonic === 'XLAT' ? [{ kind: 'memory' as const, size: 1 as const, addressing: addressing! }] : binding.operands;
            const form = {
              mnemonic: row.mnemonic,
              size: isByteRow(row) ? (1 as const) : size,
              operands: implicit,
              condition: row.mnemonic.endsWith('cc') ? Conditions[row.opcode & 15]! : ('o' as const),
              repeat,
              addressing: mode,
            };
            const modeMatters = observe({ ...form, addressing: 'segmented' }, lift).usesMode;
            const key = [
              row.mnemonic,
              form.size,
              row.mnemonic.endsWith('cc') ? form.condition : '',
              repeat,
              modeMatters ? mode : '',
              ...implicit.map(o => Object.values(o).join('.')),
            ].join(' ');
            const hot =
              HOT.has(row.mnemonic) &&
              form.size !== 2 &&
              addressing !== 'segmented' &&
              (mode === 'flat' || !modeMatters) &&
              !implicit.some(o => COLD_OPERANDS.has(o.kind));
            pending.push({
              key,
              form: { ...form, name: key, lift, hot },
              at: rowNumbers.get(row)! * VARIANTS + variantOf(size, addressing, mode, repeat),
              binding,
            });
          }
        }
      }
    }
  }
  for (const hot of [true, false]) {
    for (const { key, form } of pending) {
      if (form.hot === hot && !byKey.has(key)) {
        byKey.set(key, FIRST_FORM + forms.length);
        forms.push({ ...form, id: FIRST_FORM + forms.length });
      }
    }
  }
  for (const { key, at, binding } of pending) {
    variants[at] = byKey.get(key)!;
    bindings[at] = binding;
  }
}
