/**
 * What the manual leaves undefined, by mnemonic: the flags after it, and in a few cases the destination. Source: SDM vol. 2, each instruction,
 * "Flags Affected"; vol. 1, table A-1. A flag named here is not compared; whether the host agrees with us all the same is counted.
 */
import type { Decoded } from '../../src/cpu/decoder.ts';
import { Flag } from '../../src/isa/flags.ts';
import type { Case } from './case.ts';

const { CF, PF, AF, ZF, SF, OF } = Flag;

interface Undefined {
  readonly flags: number;
  readonly reason: string;
}

const always: readonly (readonly [mnemonics: string, flags: number, reason: string])[] = [
  ['AND OR XOR TEST', AF, 'the state of AF is undefined'],
  ['MUL IMUL', SF | ZF | AF | PF, 'SF, ZF, AF and PF are undefined'],
  ['DIV IDIV', CF | OF | SF | ZF | AF | PF, 'all six are undefined'],
  ['DAA DAS', OF, 'OF is undefined'],
  ['AAA AAS', OF | SF | ZF | PF, 'OF, SF, ZF and PF are undefined'],
  ['AAM AAD', OF | AF | CF, 'OF, AF and CF are undefined'],
  ['BT BTS BTR BTC', OF | SF | AF | PF, 'OF, SF, AF and PF are undefined; ZF is unaffected'],
  ['BSF BSR', CF | OF | SF | AF | PF, 'CF, OF, SF, AF and PF are undefined'],
];

const byMnemonic = new Map(
  always.flatMap(([names, flags, reason]) => names.split(' ').map(name => [name, { flags, reason }] as const)),
);

const SHIFT = /^(SHL|SHR|SAR)$/;
const ROTATE = /^(ROL|ROR|RCL|RCR)$/;
const DOUBLE = /^SH[LR]D$/;

/** Flags undefined after the instruction has completed, or raised #DE. */
export function undefinedFlags(decoded: Decoded, { registers }: Case): Undefined {
  const { mnemonic } = decoded.row;
  const fixed = byMnemonic.get(mnemonic);
  if (fixed) return fixed;
  const none = { flags: 0, reason: '' };
  if (!SHIFT.test(mnemonic) && !ROTATE.test(mnemonic) && !DOUBLE.test(mnemonic)) return none;
  const count = countOf(decoded, registers);
  if (count === 0) return none;
  const overflow = count === 1 ? 0 : OF;
  const bits = sizeOf(decoded) * 8;
  if (ROTATE.test(mnemonic)) return { flags: overflow, reason: 'OF is undefined for counts other than 1' };
  if (DOUBLE.test(mnemonic)) {
    if (count > bits)
      return { flags: CF | OF | SF | ZF | AF | PF, reason: 'all are undefined for a count above the size' };
    return { flags: overflow | AF, reason: 'OF is undefined for counts other than 1; AF is undefined' };
  }
  const carry = mnemonic !== 'SAR' && count >= bits ? CF : 0;
  return { flags: overflow | carry | AF, reason: 'OF for counts other than 1, CF for counts >= the size, AF' };
}

/** Bits of the destination that are undefined: `mask` of register `register`, or the whole destination wherever it is. */
export type UndefinedResult =
  | { readonly reason: string; readonly register: number; readonly mask: number }
  | { readonly reason: string; readonly register?: undefined };

export function undefinedResult(decoded: Decoded, { registers }: Case): UndefinedResult | undefined {
  const { mnemonic } = decoded.row;
  if (DOUBLE.test(mnemonic) && countOf(decoded, registers) > sizeOf(decoded) * 8)
    return { reason: 'a count above the size' };
  if (mnemonic === 'BSWAP' && decoded.operandSize === 2) return { reason: 'a 16-bit register as operand' };
  // "00FxFF00H, where x indicates that the four bits corresponding to the upper four bits of the limit are undefined."
  if (mnemonic === 'LAR')
    return { reason: 'bits 16-19 are undefined', register: (decoded.modrm >> 3) & 7, mask: 0xf0000 };
  return undefined;
}

function sizeOf({ row, operandSize }: Decoded): number {
  return row.operands[0] === 'Eb' ? 1 : operandSize;
}

/** Shift count modulo 32. */
function countOf({ row, immediates }: Decoded, registers: readonly number[]): number {
  const by = row.operands[row.operands.length - 1]!;
  const value = by === '1' ? 1 : by === 'CL' ? registers[1]! : immediates[0]!;
  return value & 31;
}
