/** MUL, IMUL, DIV, IDIV. Source: SDM vol. 2. SF, ZF, AF and PF are undefined after all four; see the notes on what we leave. */
import type { Builder, Form, Lifter, Operand, Size } from '../builder.ts';
import type { RegisterName } from '../registers.ts';

const accumulatorOf = (size: Size): RegisterName => (size === 1 ? 'al' : size === 2 ? 'ax' : 'eax');
const highHalfOf = (size: Size): RegisterName => (size === 1 ? 'ah' : size === 2 ? 'dx' : 'edx');

/**
 * CF = OF = `overflow`, the rest as the low half of the product suggests: SF and PF of it, ZF and AF clear.
 * That is what the P6 and its successors leave; the manual calls the four undefined.
 */
function setProductFlags<V>(b: Builder<V>, size: Size, low: V, overflow: V): void {
  const top = b.shl(overflow, b.k(31));
  b.setFlagWords({ zero: b.k(1), sign: b.signExtend(low, size), carry: top });
}

/** Product of two values of `size` bytes, and whether the high half matters. */
function product<V>(b: Builder<V>, size: Size, x: V, y: V, signed: boolean): { low: V; high: V; overflow: V } {
  if (size === 4) {
    const wide = b.multiply(x, y, signed);
    const low = b.let(wide.low);
    const high = b.let(wide.high);
    return { low, high, overflow: b.ne(high, signed ? b.sar(low, b.k(31)) : b.k(0)) };
  }
  const extend = (v: V) => (signed ? b.signExtend(v, size) : b.zeroExtend(v, size));
  const all = b.let(b.mul(extend(x), extend(y)));
  return { low: all, high: b.shr(all, b.k(size * 8)), overflow: b.ne(extend(all), all) };
}

function wideMultiply(signed: boolean): Lifter {
  return (b, { size, operands: [src] }) => {
    const x = b.let(b.register(accumulatorOf(size)));
    const y = b.let(b.read(src!));
    const { low, high, overflow } = product(b, size, x, y, signed);
    b.setRegister(accumulatorOf(size), low);
    b.setRegister(highHalfOf(size), high);
    setProductFlags(b, size, low, overflow);
  };
}

/** IMUL with one, two or three operands. */
function signedMultiply<V>(b: Builder<V>, form: Form): void {
  const { size, operands } = form;
  if (operands.length === 1) {
    wideMultiply(true)(b, form);
    return;
  }
  const [dst, first, second] = operands as [Operand, Operand, Operand?];
  const x = b.let(b.read(first));
  const y = b.let(b.read(second ?? dst));
  const { low, overflow } = product(b, size, x, y, true);
  b.write(dst, low);
  setProductFlags(b, size, low, overflow);
}

/** The six arithmetic flags are undefined after a division; we leave them as they were. */
function divide(signed: boolean): Lifter {
  return (b, { size, operands: [src] }) => {
    const divisor = b.let(b.read(src!));
    const low = b.let(b.register(accumulatorOf(size)));
    const high = b.let(b.register(highHalfOf(size)));
    const { quotient, remainder } = b.divide(low, high, divisor, size, signed);
    b.setRegister(accumulatorOf(size), quotient);
    b.setRegister(highHalfOf(size), remainder);
  };
}

export const multiply = {
  MUL: wideMultiply(false),
  IMUL: signedMultiply,
  DIV: divide(false),
  IDIV: divide(true),
} satisfies Record<string, Lifter>;
