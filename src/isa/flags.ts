/**
 * EFLAGS, and how its six arithmetic flags are kept until somebody asks. Source: SDM vol. 1, 3.4.3; vol. 2, each instruction.
 *
 * Instead of flags, an instruction leaves three words from which each flag is one or two operations:
 *   zero    ZF = (zero == 0)
 *   sign    SF = bit 31; PF = even parity of bits 0-7
 *   carry   CF = bit 31; OF = bit 31 xor bit 30; AF = bit 3. This is the vector of carries out of each bit of an addition (borrows
 *           of a subtraction), shifted up so that the top bit of the operand lies at 31.
 * Any combination of the six flags has such words, so POPF and SAHF need no second form.
 */
import type { Arithmetic, Evaluator, Size } from './builder.ts';

export const Flag = {
  CF: 1 << 0,
  PF: 1 << 2,
  AF: 1 << 4,
  ZF: 1 << 6,
  SF: 1 << 7,
  TF: 1 << 8,
  IF: 1 << 9,
  DF: 1 << 10,
  OF: 1 << 11,
  IOPL: 3 << 12,
  NT: 1 << 14,
  RF: 1 << 16,
  VM: 1 << 17,
  AC: 1 << 18,
  VIF: 1 << 19,
  VIP: 1 << 20,
  ID: 1 << 21,
} as const;

/** The six that live in the lazy words. */
export const ARITHMETIC = Flag.CF | Flag.PF | Flag.AF | Flag.ZF | Flag.SF | Flag.OF;

/** Bit 1 always reads as one. */
export const ALWAYS_ONE = 2;

export interface FlagWords<V> {
  zero: V;
  sign: V;
  carry: V;
}

/** The three words, each read when it is first looked at: not all conditions need all of them. */
export function flagWordsBy<V>(read: (name: keyof FlagWords<V>) => V): FlagWords<V> {
  return {
    get zero() {
      return read('zero');
    },
    get sign() {
      return read('sign');
    },
    get carry() {
      return read('carry');
    },
  };
}

/** How a result came to be, as far as CF, OF and AF go. `inc` and `dec` leave CF alone. */
export const FlagKinds = ['add', 'sub', 'logic', 'inc', 'dec'] as const;
export type FlagKind = (typeof FlagKinds)[number];

/** Condition codes in encoding order. Source: SDM vol. 2, appendix B.1.4.7. */
export const Conditions = [
  'o',
  'no',
  'b',
  'nb',
  'z',
  'nz',
  'be',
  'nbe',
  's',
  'ns',
  'p',
  'np',
  'l',
  'nl',
  'le',
  'nle',
] as const;
export type Condition = (typeof Conditions)[number];

/**
 * The lazy words after `result` came from `a` and `b` (both zero-extended to 32 bits; `result` may carry rubbish above its size).
 * Add and subtract with carry use the same vectors: they hold for any carry-in. `carryBefore`: the carry word until now.
 */
export function wordsOf<V>(
  b: Evaluator<V>,
  kind: FlagKind,
  size: Size,
  x: V,
  y: V,
  result: V,
  carryBefore: () => V,
): FlagWords<V> {
  const signed = b.let(b.signExtend(result, size));
  const zeroAndSign = { zero: signed, sign: signed };
  if (kind === 'logic') return { ...zeroAndSign, carry: b.k(0) };
  const not = (v: V) => b.xor(v, b.k(-1));
  const vector =
    kind === 'add' || kind === 'inc'
      ? b.or(b.and(x, y), b.and(b.or(x, y), not(signed)))
      : b.or(b.and(not(x), y), b.and(b.or(not(x), y), signed));
  if (kind === 'add' || kind === 'sub') return { ...zeroAndSign, carry: shiftToTop(b, b.let(vector), size) };
  // CF stays: put the old carry at bit 31 and whatever makes OF right at bit 30.
  const fresh = b.let(shiftToTop(b, b.let(vector), size));
  const overflow = b.and(b.xor(fresh, b.shl(fresh, b.k(1))), b.k(TOP));
  const carry = b.let(b.and(carryBefore(), b.k(TOP)));
  return {
    ...zeroAndSign,
    carry: b.or(b.or(b.and(fresh, b.k(8)), carry), b.shr(b.xor(carry, overflow), b.k(1))),
  };
}

const TOP = 0x80000000 | 0;

function shiftToTop<V>(b: Arithmetic<V>, vector: V, size: Size): V {
  if (size === 4) return vector;
  return b.or(b.shl(vector, b.k(32 - 8 * size)), b.and(vector, b.k(8)));
}

/** 1 when the condition holds. */
export function conditionOf<V>(b: Arithmetic<V>, condition: Condition, words: FlagWords<V>): V {
  const index = Conditions.indexOf(condition);
  const negate = (index & 1) === 1;
  const { zero, sign, carry } = words;
  const top = (v: V) => b.shr(v, b.k(31));
  const overflow = () => b.xor(carry, b.shl(carry, b.k(1)));
  const less = () => b.lts(b.xor(sign, overflow()), b.k(0));
  switch (index >> 1) {
    case 0:
      return negate ? b.eqz(top(overflow())) : top(overflow());
    case 1:
      return negate ? b.eqz(top(carry)) : top(carry);
    case 2:
      return negate ? b.ne(zero, b.k(0)) : b.eqz(zero);
    case 3:
      return negate ? b.and(b.eqz(top(carry)), b.ne(zero, b.k(0))) : b.or(top(carry), b.eqz(zero));
    case 4:
      return negate ? b.eqz(top(sign)) : top(sign);
    case 5:
      return negate ? parityOdd(b, sign) : b.eqz(parityOdd(b, sign));
    case 6:
      return negate ? b.eqz(less()) : less();
    default:
      return negate ? b.and(b.eqz(less()), b.ne(zero, b.k(0))) : b.or(less(), b.eqz(zero));
  }
}

function parityOdd<V>(b: Arithmetic<V>, sign: V): V {
  return b.and(b.popcnt(b.and(sign, b.k(0xff))), b.k(1));
}

/** The six arithmetic flags at their places in EFLAGS. */
export function packFlags<V>(b: Arithmetic<V>, { zero, sign, carry }: FlagWords<V>): V {
  const carryAndParity = b.or(b.shr(carry, b.k(31)), b.shl(b.xor(parityOdd(b, sign), b.k(1)), b.k(2)));
  const adjust = b.shl(b.and(carry, b.k(8)), b.k(1));
  const zeroAndSign = b.or(b.shl(b.eqz(zero), b.k(6)), b.shl(b.shr(sign, b.k(31)), b.k(7)));
  const overflow = b.shl(b.shr(b.xor(carry, b.shl(carry, b.k(1))), b.k(31)), b.k(11));
  return b.or(b.or(carryAndParity, adjust), b.or(zeroAndSign, overflow));
}

/** The lazy words that stand for the arithmetic flags in `eflags`; other bits are ignored. */
export function unpackFlags<V>(b: Arithmetic<V>, eflags: V): FlagWords<V> {
  const bit = (mask: number) => b.and(eflags, b.k(mask));
  // From bits 0 and 11 to 31 and 30, and AF from 4 to 3; SF from 7 to 31, PF from 2 to 0.
  const carry = b.shl(bit(Flag.CF), b.k(31));
  const overflow = b.xor(b.shl(bit(Flag.CF), b.k(30)), b.shl(bit(Flag.OF), b.k(19)));
  const parity = b.xor(b.shr(bit(Flag.PF), b.k(2)), b.k(1));
  return {
    zero: b.xor(bit(Flag.ZF), b.k(Flag.ZF)),
    sign: b.or(b.shl(bit(Flag.SF), b.k(24)), parity),
    carry: b.or(b.or(carry, overflow), b.shr(bit(Flag.AF), b.k(1))),
  };
}
