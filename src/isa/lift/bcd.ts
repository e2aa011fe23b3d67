/**
 * Decimal adjustment. Source: SDM vol. 2, DAA, DAS, AAA, AAS, AAM, AAD. OF is undefined after all of them: cleared,
 * and so are the other flags the manual leaves undefined.
 */
import type { Builder, Form, Lifter } from '../builder.ts';

function setFlags<V>(b: Builder<V>, result: V, carry: V, auxiliary: V): void {
  const signed = b.let(b.signExtend(result, 1));
  const cf = b.let(carry);
  // Bits 31 and 30 alike: CF without OF.
  b.setFlagWords({ zero: signed, sign: signed, carry: b.or(b.mul(cf, b.k(0xc0000000 | 0)), b.shl(auxiliary, b.k(3))) });
}

const auxiliaryIn = <V>(b: Builder<V>): V => b.and(b.shr(b.flagWords().carry, b.k(3)), b.k(1));

/** DAA and DAS: AL back to two decimal digits after an addition or subtraction of such. */
function decimalAdjust(direction: 'add' | 'subtract'): Lifter {
  return b => {
    const old = b.let(b.register('al'));
    const carryIn = b.let(b.condition('b'));
    const low = b.let(b.or(b.ltu(b.k(9), b.and(old, b.k(15))), auxiliaryIn(b)));
    const high = b.let(b.or(b.ltu(b.k(0x99), old), carryIn));
    const correction = b.add(b.mul(low, b.k(6)), b.mul(high, b.k(0x60)));
    const result = b.let(direction === 'add' ? b.add(old, correction) : b.sub(old, correction));
    // DAS also sets CF when subtracting 6 borrowed.
    const borrowed = direction === 'add' ? b.k(0) : b.and(low, b.ltu(old, b.k(6)));
    b.setRegister('al', result);
    setFlags(b, result, b.or(high, borrowed), low);
  };
}

/** AAA and AAS: AL to one decimal digit, the carry into AH. */
function asciiAdjust(direction: 'add' | 'subtract'): Lifter {
  return b => {
    const old = b.let(b.register('ax'));
    const adjust = b.let(b.or(b.ltu(b.k(9), b.and(old, b.k(15))), auxiliaryIn(b)));
    const correction = b.mul(adjust, b.k(0x106));
    const result = b.let(direction === 'add' ? b.add(old, correction) : b.sub(old, correction));
    b.setRegister('ax', b.and(result, b.k(0xff0f)));
    setFlags(b, b.and(result, b.k(0x0f)), adjust, adjust);
  };
}

/** AH = AL / imm, AL = AL mod imm; #DE when the base is zero. */
function adjustAfterMultiply<V>(b: Builder<V>, { operands: [base] }: Form): void {
  const { quotient, remainder } = b.divide(b.let(b.register('al')), b.k(0), b.read(base!), 1, false);
  const digit = b.let(remainder);
  b.setRegister('ax', b.or(b.shl(quotient, b.k(8)), digit));
  setFlags(b, digit, b.k(0), b.k(0));
}

/** AL = AL + AH * imm, AH = 0. */
function adjustBeforeDivide<V>(b: Builder<V>, { operands: [base] }: Form): void {
  const sum = b.let(b.zeroExtend(b.add(b.register('al'), b.mul(b.register('ah'), b.read(base!))), 1));
  b.setRegister('ax', sum);
  setFlags(b, sum, b.k(0), b.k(0));
}

export const bcd = {
  DAA: decimalAdjust('add'),
  DAS: decimalAdjust('subtract'),
  AAA: asciiAdjust('add'),
  AAS: asciiAdjust('subtract'),
  AAM: adjustAfterMultiply,
  AAD: adjustBeforeDivide,
} satisfies Record<string, Lifter>;
