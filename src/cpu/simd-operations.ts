/**
 * What each SIMD row of the opcode map does, and what the service must see to around it: where its operands lie, how much of memory it touches, which
 * state it needs. Nearly all of that follows from the row's operand notation (src/isa/simd-map.ts).
 */
import { type Row, Rows } from '../isa/opcode-map.ts';
import { vectorBytes } from '../isa/operands.ts';
import { approximateReciprocal, approximateRoot } from './simd-approximate.ts';
import { conversions } from './simd-convert.ts';
import { alternate, arithmetic, compare, compareToFlags, extreme, horizontal, type Width } from './simd-float.ts';
import { integers, shifts } from './simd-integer.ts';
import { moveDoubleword, moves } from './simd-move.ts';
import type { Operation } from './simd-unit.ts';

export interface VectorInstruction {
  readonly run: Operation;
  /** Bytes of its vector registers. */
  readonly bytes: 8 | 16;
  /** Uses MMX registers: a pending x87 exception comes first, and the x87 stack becomes MMX registers. */
  readonly mmx: 'never' | 'always' | 'unless-memory';
  /** Needs CR4.OSFXSR. */
  readonly sse: boolean;
  /** The destination is the operand that ModRM.rm tells, and may be memory. */
  readonly toRm: boolean;
  readonly writesMmx: boolean;
  /** Bytes of its memory operand. */
  readonly memoryBytes: number;
  readonly aligned: boolean;
  /** Where in the register what it stores begins. */
  readonly storeFrom: 0 | 8;
  /** Of checked instructions, which may raise SIMD exceptions: bytes of VECTOR_RESULT that are the result; -1 for all others. */
  readonly resultBytes: number;
  readonly setsFlags: boolean;
  readonly special: 'emms' | 'ldmxcsr' | 'stmxcsr' | 'mask' | undefined;
}

type Family = (width: Width) => Operation;

/** Operations on floats, by mnemonic without width; all may raise SIMD exceptions. */
const floats: Readonly<Record<string, Family>> = {
  ADD: arithmetic('add'),
  SUB: arithmetic('sub'),
  MUL: arithmetic('mul'),
  DIV: arithmetic('div'),
  SQRT: arithmetic('sqrt'),
  MIN: extreme('less'),
  MAX: extreme('greater'),
  CMP: compare,
  COMI: compareToFlags(true),
  UCOMI: compareToFlags(false),
  HADD: horizontal('add'),
  HSUB: horizontal('sub'),
  ADDSUB: alternate,
  RCP: approximateReciprocal,
  RSQRT: approximateRoot,
};

/** Names of what is the same whatever the elements. */
const LOGIC: Readonly<Record<string, keyof typeof integers>> = {
  ANDPS: 'PAND',
  ANDPD: 'PAND',
  ANDNPS: 'PANDN',
  ANDNPD: 'PANDN',
  ORPS: 'POR',
  ORPD: 'POR',
  XORPS: 'PXOR',
  XORPD: 'PXOR',
};

/** Moves that only go to memory: the service does them. */
const STORES = new Set(['MOVNTPS', 'MOVNTPD', 'MOVNTQ', 'MOVNTDQ']);
const SPECIALS: Readonly<Record<string, VectorInstruction['special']>> = {
  EMMS: 'emms',
  LDMXCSR: 'ldmxcsr',
  STMXCSR: 'stmxcsr',
  MASKMOVQ: 'mask',
  MASKMOVDQU: 'mask',
};

const DIRECT: Readonly<Record<string, Operation>> = { ...integers, ...moves };

const nothing: Operation = () => {};

function operationOf(row: Row): { run: Operation; checked: boolean } {
  const { mnemonic, operands } = row;
  const plain = (run: Operation) => ({ run, checked: false });
  if (mnemonic in SPECIALS || STORES.has(mnemonic)) return plain(nothing);
  if (mnemonic === 'MOVD') return plain(moveDoubleword[operands[1] === 'Ed' ? 'in' : 'out']);
  if (mnemonic in shifts) return plain(shifts[mnemonic]!(operands[1] === 'Ib'));
  const direct = DIRECT[LOGIC[mnemonic] ?? mnemonic];
  if (direct) return plain(direct);
  if (mnemonic in conversions) return { run: conversions[mnemonic as keyof typeof conversions], checked: true };
  const family = floats[mnemonic.slice(0, -2)];
  if (!family) throw new Error(`no SIMD operation for ${row.name}`);
  return { run: family(mnemonic.slice(-2) as Width), checked: true };
}

function describe(row: Row): VectorInstruction {
  const { mnemonic, operands } = row;
  const has = (letters: RegExp): boolean => operands.some(o => letters.test(o));
  const [destination = ''] = operands;
  const memory = operands.find(o => /^[EQWM]/.test(o));
  const { run, checked } = operationOf(row);
  const vectors = has(/^[VWU]/);
  const memoryBytes = memory ? vectorBytes(memory)! : 0;
  return {
    run,
    bytes: vectors ? 16 : 8,
    // CVTPI2PD from memory is an SSE2 instruction through and through.
    mmx: mnemonic === 'CVTPI2PD' ? 'unless-memory' : has(/^[PQN]/) || mnemonic === 'EMMS' ? 'always' : 'never',
    sse: vectors || mnemonic.endsWith('MXCSR'),
    toRm: /^[EQNWUM]/.test(destination),
    writesMmx: /^[PQN]/.test(destination) && SPECIALS[mnemonic] === undefined,
    memoryBytes,
    aligned: memoryBytes === 16 && !memory!.endsWith('u'),
    storeFrom: mnemonic.startsWith('MOVHP') ? 8 : 0,
    resultBytes: !checked ? -1 : mnemonic.includes('COMI') ? 0 : resultBytesOf(destination, mnemonic),
    setsFlags: mnemonic.includes('COMI'),
    special: SPECIALS[mnemonic],
  };
}

/** CVTPI2PS leaves the high half of its destination. */
function resultBytesOf(destination: string, mnemonic: string): number {
  return mnemonic === 'CVTPI2PS' ? 8 : vectorBytes(destination)!;
}

const described: (VectorInstruction | undefined)[] = [];

/** Of the row with this number in the opcode map: a row of MMX or SSE. Found when first executed. */
export function vectorInstruction(rowNumber: number): VectorInstruction {
  described[rowNumber] ??= describe(Rows[rowNumber]!);
  return described[rowNumber]!;
}
