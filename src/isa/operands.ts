/**
 * From the opcode map's operand notation to the operands a lifter sees. Which of the record's two register fields an operand
 * uses follows one rule - E takes rm, G takes reg, all others the first that is free - so that rows which mean the same
 * (ADD AL,Ib and ADD Eb,Ib; INC Zv and INC Ev) become the same form.
 */
import type { Addressing, Operand, Size } from './builder.ts';
import type { Row } from './opcode-map.ts';
import { General8, General16, General32, type RegisterName, Segments } from './registers.ts';
import { isEscape } from './x87-map.ts';

/** What fills a register field of the record, beside what ModRM says. */
export type FieldSource =
  | { readonly from: 'modrm.rm' | 'modrm.reg' | 'opcode'; readonly size: Size }
  | { readonly from: 'fixed'; readonly number: number; readonly size: Size }
  | { readonly from: 'mmx' | 'xmm'; readonly by: 'modrm.rm' | 'modrm.reg' }
  | { readonly from: 'segment'; readonly number: number | 'modrm.reg' }
  | { readonly from: 'number' };

export interface Binding {
  readonly operands: readonly Operand[];
  /** What is kept of each immediate: its operand's size; relative displacements stay signed. */
  readonly masks: readonly number[];
  readonly rm: FieldSource | undefined;
  readonly reg: FieldSource | undefined;
}

/** True for rows whose operation is on bytes whatever the operand size. */
export function isByteRow(row: Row): boolean {
  const [first = '', second = ''] = row.operands;
  return /^([EGZXYO]b|AL)$/.test(first) || second === 'AL' || second === 'Xb';
}

/** x87 instructions whose memory operand has a 16- and a 32-bit layout. */
const ENVIRONMENT = new Set(['FLDENV', 'FNSTENV', 'FRSTOR', 'FNSAVE']);

/** Rows whose forms do not depend on the operand size. */
export function isSizeless(row: Row): boolean {
  return isByteRow(row) || row.simd || (isEscape(row) && !ENVIRONMENT.has(row.mnemonic));
}

/** x87 rows: a service does the work by the record's escape code; all that a lifter sees is whether there is a memory operand. */
function bindEscape(addressing: Addressing | undefined): Binding {
  const operands = addressing ? [{ kind: 'memory', size: 4, addressing } as const] : [];
  return { operands, masks: [], rm: undefined, reg: undefined };
}

/** The row has an operand that ModRM makes register or memory. */
export const mayBeMemory = (row: Row): boolean => row.operands.some(o => /^[EQW][a-z]/.test(o));
/** The row has an operand that is always in memory. */
export const alwaysMemory = (row: Row): boolean => row.operands.some(o => /^[MO]([a-z]{1,3})?$/.test(o));

/** `addressing` of the E, M, O, X or Y operand, or undefined when E is a register. */
export function bindOperands(row: Row, operandSize: 2 | 4, addressing: Addressing | undefined): Binding {
  if (isEscape(row)) return bindEscape(addressing);
  if (row.simd) return bindVectors(row, addressing);
  let rm: FieldSource | undefined;
  let reg: FieldSource | undefined;
  let immediates = 0;
  const hasE = row.operands.some(o => o[0] === 'E' || o[0] === 'R');
  const hasMemory = row.operands.some(o => /^[EMO][a-z]?$/.test(o));
  const hasG = row.operands.some(o => o[0] === 'G');
  /** The field an operand that ModRM does not name goes into; undefined when both are taken. */
  const take = (source: FieldSource): 'rm' | 'reg' | undefined => {
    if (!rm && !hasE && !hasMemory) {
      rm = source;
      return 'rm';
    }
    if (reg || hasG) return undefined;
    reg = source;
    return 'reg';
  };
  const operands = row.operands.map((notation): Operand => {
    const size = sizeOf(notation, operandSize);
    const fixed = fixedRegister(notation, operandSize);
    if (fixed) {
      const field = take({ from: 'fixed', number: fixed.number, size: fixed.size });
      return field
        ? { kind: 'register', size: fixed.size, field }
        : { kind: 'fixed', size: fixed.size, register: fixed.name };
    }
    const segment = Segments.indexOf(notation.toLowerCase() as (typeof Segments)[number]);
    if (segment >= 0) {
      reg = { from: 'segment', number: segment };
      return { kind: 'segment', size: 2 };
    }
    switch (notation[0]) {
      case 'E':
        if (addressing) return { kind: 'memory', size, addressing };
        rm = { from: 'modrm.rm', size };
        return { kind: 'register', size, field: 'rm' };
      case 'R':
        rm = { from: 'modrm.rm', size: 4 };
        return { kind: 'register', size: 4, field: 'rm' };
      case 'G':
        reg = { from: 'modrm.reg', size };
        return { kind: 'register', size, field: 'reg' };
      case 'Z':
        return { kind: 'register', size, field: take({ from: 'opcode', size }) ?? 'rm' };
      case 'M':
      case 'O':
        return { kind: 'memory', size, addressing: addressing ?? 'segmented' };
      case 'X':
        return { kind: 'source', size, addressing: addressing ?? 'segmented' };
      case 'Y':
        return { kind: 'destination', size, addressing: addressing ?? 'segmented' };
      case 'S':
        reg = { from: 'segment', number: 'modrm.reg' };
        return { kind: 'segment', size: 2 };
      case 'C':
      case 'D':
        reg = { from: 'number' };
        return { kind: notation[0] === 'C' ? 'control' : 'debug', size: 4 };
      case 'J':
        return { kind: 'relative', size: operandSize };
      case '1':
        return { kind: 'one', size: 1 };
      case 'A':
        immediates = 2;
        return { kind: 'immediate', size: operandSize, field: 'imm' };
      default:
        return { kind: 'immediate', size, field: immediates++ === 0 ? 'imm' : 'imm2' };
    }
  });
  // The selector of a far pointer is no operand by itself.
  return { operands, masks: [...operands.flatMap(maskOf), -1, -1], rm, reg };
}

function maskOf({ kind, size }: Operand): number[] {
  if (kind === 'immediate') return [size === 1 ? 0xff : size === 2 ? 0xffff : -1];
  return kind === 'relative' ? [-1] : [];
}

const TYPE_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  w: 2,
  d: 4,
  ss: 4,
  q: 8,
  sd: 8,
  dq: 16,
  ps: 16,
  pd: 16,
  t: 10,
};

/** Bytes of an operand of the notation in simd-map.ts: what is accessed when it is memory. */
export function vectorBytes(notation: string): number | undefined {
  return TYPE_BYTES[notation.slice(1).replace(/u$/, '')];
}

/**
 * SIMD rows: the record names their registers, and a service does the work; all that a lifter sees is whether there is a memory operand, so
 * that all of them are the same few forms.
 */
function bindVectors(row: Row, addressing: Addressing | undefined): Binding {
  const source = (letters: RegExp, by: 'modrm.rm' | 'modrm.reg'): FieldSource | undefined => {
    const notation = row.operands.find(o => letters.test(o));
    if (!notation) return undefined;
    if (/^[EGR]/.test(notation)) return { from: by, size: 4 };
    return { from: /^[PQN]/.test(notation) ? 'mmx' : 'xmm', by };
  };
  return {
    operands: addressing ? [{ kind: 'memory', size: 4, addressing }] : [],
    // Of the one they may have, a byte.
    masks: [0xff],
    rm: addressing ? undefined : source(/^[EQNWUR]/, 'modrm.rm'),
    reg: source(/^[GPV]/, 'modrm.reg'),
  };
}

function sizeOf(notation: string, operandSize: 2 | 4): Size {
  const type = notation.startsWith('s') ? 'v' : notation.slice(1);
  return type === 'b' ? 1 : type === 'w' ? 2 : type === 'd' || type === 'q' ? 4 : operandSize;
}

interface FixedRegister {
  readonly number: number;
  readonly size: Size;
  readonly name: RegisterName;
}

const fixedRegisters: ReadonlyMap<string, FixedRegister> = new Map(
  (
    [
      [1, General8],
      [2, General16],
      [4, General32],
    ] as const
  ).flatMap(([size, names]) => names.map((name, number) => [name.toUpperCase(), { number, size, name }] as const)),
);

/** A register the notation names outright; eAX means AX or EAX by operand size. */
const fixedRegister = (notation: string, operandSize: 2 | 4): FixedRegister | undefined =>
  fixedRegisters.get(notation === 'eAX' ? (operandSize === 4 ? 'EAX' : 'AX') : notation);
