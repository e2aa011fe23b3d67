/**
 * Which form of the opcode map an instruction is, as oracles are counted: the row, the operand size where it matters, register or memory, and the
 * repeat prefix where it means something. docs/instructions.md lists these.
 */
import { type Decoded, decode } from '../cpu/decoder.ts';
import { type Row, Rows } from '../isa/opcode-map.ts';
import { isSizeless } from '../isa/operands.ts';

export interface CountedForm {
  readonly row: Row;
  /** `32`, `16`, `32 mem`, `16 reg rep`; empty where there is but one. */
  readonly variant: string;
}

export const formName = ({ row, variant }: CountedForm): string =>
  variant === '' ? row.name : `${row.name} ${variant}`;

/** ModRM chooses register or memory. */
const hasPlace = (row: Row): boolean => row.operands.some(o => /^E[a-z]$/.test(o));
const isString = (row: Row): boolean => row.operands.some(o => /^[XY]/.test(o));
const comparesStrings = (row: Row): boolean => row.mnemonic === 'CMPS' || row.mnemonic === 'SCAS';

/** Instructions whose meaning the operand size changes. A b or d is a byte or doubleword in any case. */
const hasSizes = (row: Row): boolean =>
  !isSizeless(row) &&
  !row.operands.some(o => /^(Rd|M[bd])$/.test(o)) &&
  (row.operands.length > 0 || SIZED.has(row.mnemonic));
const SIZED = new Set('CBW CWD PUSHA POPA PUSHF POPF IRET RET RETF LEAVE ENTER'.split(' '));

/** All forms there are, in the order of the map. */
export function countedForms(): CountedForm[] {
  return Rows.flatMap(row => {
    const sizes = hasSizes(row) ? ['16', '32'] : [''];
    const places = hasPlace(row) ? ['reg', 'mem'] : [''];
    const repeats = isString(row) ? (comparesStrings(row) ? ['', 'repe', 'repne'] : ['', 'rep']) : [''];
    return sizes.flatMap(size =>
      places.flatMap(place =>
        repeats.map(repeat => ({ row, variant: [size, place, repeat].filter(Boolean).join(' ') })),
      ),
    );
  });
}

export function countedForm({ row, operandSize, memory, repeat }: Decoded): CountedForm {
  const size = hasSizes(row) ? String(operandSize * 8) : '';
  const place = hasPlace(row) ? (memory ? 'mem' : 'reg') : '';
  const repeated =
    !isString(row) || repeat === 0 ? '' : comparesStrings(row) ? (repeat === 0xf3 ? 'repe' : 'repne') : 'rep';
  return { row, variant: [size, place, repeated].filter(Boolean).join(' ') };
}

/** The instruction that `code` begins with, or undefined where it is none. */
export function decodeBytes(code: ArrayLike<number>, big: boolean): Decoded | undefined {
  const decoded = decode(index => code[index] ?? -1, big);
  return typeof decoded === 'string' ? undefined : decoded;
}
