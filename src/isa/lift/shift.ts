/**
 * Shifts and rotates. Source: SDM vol. 2, RCL/RCR/ROL/ROR, SAL/SAR/SHL/SHR, SHLD, SHRD. The count is taken modulo 32.
 *
 * A count of zero changes nothing, flags included. OF is defined for a count of one only; for larger counts we leave what the
 * same rule gives for the final step, as processors do. AF is undefined after shifts: cleared.
 */
import type { Builder, Form, Lifter, Size } from '../builder.ts';

/** Reads dst and count; when the count (modulo 32) is not zero, runs `change` with both. Memory is checked for writing either way. */
function counted(change: <V>(b: Builder<V>, form: Form, x: V, count: V) => V): Lifter {
  return (b, form) => {
    const [dst, by] = form.operands;
    const count = b.let(b.and(b.read(by!), b.k(31)));
    const x = b.let(b.readForWrite(dst!));
    b.if(
      count,
      () => b.write(dst!, change(b, form, x, count)),
      () => b.write(dst!, x),
    );
  };
}

/** The flag words of a shift: result for ZF, SF, PF; `carry` and `overflow` as 0/1. */
function setShiftFlags<V>(b: Builder<V>, size: Size, result: V, carry: V, overflow: V): void {
  const signed = b.let(b.signExtend(result, size));
  const cf = b.let(carry);
  b.setFlagWords({ zero: signed, sign: signed, carry: carryWord(b, cf, overflow) });
}

/** Carry word with CF, OF given as 0/1 and AF clear. */
function carryWord<V>(b: Builder<V>, carry: V, overflow: V): V {
  return b.or(b.shl(carry, b.k(31)), b.shl(b.xor(carry, overflow), b.k(30)));
}

/** Replaces CF and OF (0/1 each) and keeps ZF, SF, PF and AF. */
function setRotateFlags<V>(b: Builder<V>, carry: V, overflow: V): void {
  const cf = b.let(carry);
  const auxiliary = b.and(b.flagWords().carry, b.k(8));
  b.setFlagWords({ carry: b.or(carryWord(b, cf, overflow), auxiliary) });
}

const bit = <V>(b: Builder<V>, x: V, n: V): V => b.and(b.shr(x, n), b.k(1));
const topBit = <V>(b: Builder<V>, size: Size, x: V): V => b.and(b.shr(x, b.k(size * 8 - 1)), b.k(1));
const secondBit = <V>(b: Builder<V>, size: Size, x: V): V => b.and(b.shr(x, b.k(size * 8 - 2)), b.k(1));

const shl = counted((b, { size }, x, count) => {
  // Bit `size*8` of the widened value is the last bit out; for doublewords it is bit 32-count of the operand.
  const result = b.let(b.shl(x, count));
  const carry = size === 4 ? bit(b, x, b.sub(b.k(32), count)) : bit(b, result, b.k(size * 8));
  const cf = b.let(carry);
  setShiftFlags(b, size, result, cf, b.xor(topBit(b, size, result), cf));
  return result;
});

const shr = counted((b, { size }, x, count) => {
  const beforeLast = b.let(b.shr(x, b.sub(count, b.k(1))));
  const result = b.let(b.shr(beforeLast, b.k(1)));
  // OF: the top bit before the last step, which for a count of one is the operand's sign.
  setShiftFlags(b, size, result, b.and(beforeLast, b.k(1)), topBit(b, size, beforeLast));
  return result;
});

const sar = counted((b, { size }, x, count) => {
  const beforeLast = b.let(b.sar(b.signExtend(x, size), b.sub(count, b.k(1))));
  const result = b.let(b.sar(beforeLast, b.k(1)));
  setShiftFlags(b, size, result, b.and(beforeLast, b.k(1)), b.k(0));
  return result;
});

/** x rotated left by count within `size` bytes. */
function rotateLeft<V>(b: Builder<V>, size: Size, x: V, count: V): V {
  if (size === 4) return b.rotl(x, count);
  const bits = size * 8;
  const within = b.let(b.and(count, b.k(bits - 1)));
  return b.or(b.shl(x, within), b.shr(x, b.sub(b.k(bits), within)));
}

const rol = counted((b, { size }, x, count) => {
  const result = b.let(rotateLeft(b, size, x, count));
  const cf = b.let(b.and(result, b.k(1)));
  setRotateFlags(b, cf, b.xor(topBit(b, size, result), cf));
  return result;
});

const ror = counted((b, { size }, x, count) => {
  const result = b.let(rotateLeft(b, size, x, b.sub(b.k(32), count)));
  const cf = b.let(topBit(b, size, result));
  setRotateFlags(b, cf, b.xor(cf, secondBit(b, size, result)));
  return result;
});

/**
 * Rotates through carry treat CF:operand as one number of size*8+1 bits. For bytes and words the count goes modulo 9 and 17; a count that
 * becomes zero leaves CF, and OF follows from the unchanged operand.
 */
function throughCarry(direction: 'left' | 'right'): Lifter {
  return counted((b, { size }, x, count) => {
    const bits = size * 8;
    const carryIn = b.let(b.condition('b'));
    const turns = b.let(size === 4 ? count : b.remu(count, b.k(bits + 1)));
    const result = b.variable(x);
    const carry = b.variable(carryIn);
    b.if(turns, () => {
      const before = b.let(b.sub(turns, b.k(1)));
      // Two shifts where the amounts add up to 32 or more would wrap: shift by one extra step apart.
      const back = b.let(b.sub(b.k(bits), turns));
      if (direction === 'left') {
        const wrapped = b.shr(b.shr(x, b.k(1)), back);
        b.assign(result, b.or(b.or(b.shl(x, turns), b.shl(carryIn, before)), wrapped));
        b.assign(carry, bit(b, x, back));
      } else {
        const wrapped = b.shl(b.shl(x, b.k(1)), back);
        b.assign(result, b.or(b.or(b.shr(x, turns), b.shl(carryIn, back)), wrapped));
        b.assign(carry, bit(b, x, before));
      }
    });
    const overflow =
      direction === 'left'
        ? b.xor(topBit(b, size, result), carry)
        : b.xor(topBit(b, size, result), secondBit(b, size, result));
    setRotateFlags(b, carry, overflow);
    return result;
  });
}

/**
 * SHLD and SHRD. For words a count above 16 is undefined; we shift the 48-bit string dst:src:dst, as Intel processors do.
 */
function double(direction: 'left' | 'right'): Lifter {
  return (b, { size, operands: [dst, src, by] }) => {
    const count = b.let(b.and(b.read(by!), b.k(31)));
    const fill = b.let(b.read(src!));
    const x = b.let(b.readForWrite(dst!));
    b.if(
      count,
      () => {
        const { result, carry } =
          size === 4 ? doubleLong(b, direction, x, fill, count) : doubleWord(b, direction, x, fill, count);
        const done = b.let(result);
        const cf = b.let(carry);
        const overflow =
          direction === 'left'
            ? b.xor(topBit(b, size, done), cf)
            : b.xor(topBit(b, size, done), secondBit(b, size, done));
        b.write(dst!, done);
        setShiftFlags(b, size, done, cf, overflow);
      },
      () => b.write(dst!, x),
    );
  };
}

function doubleLong<V>(b: Builder<V>, direction: 'left' | 'right', x: V, fill: V, count: V): { result: V; carry: V } {
  const back = b.let(b.sub(b.k(32), count));
  return direction === 'left'
    ? { result: b.or(b.shl(x, count), b.shr(fill, back)), carry: bit(b, x, back) }
    : { result: b.or(b.shr(x, count), b.shl(fill, back)), carry: bit(b, x, b.sub(count, b.k(1))) };
}

/** Words: the 48-bit string dst:src:dst, so that a count above 16 brings the destination in again. */
function doubleWord<V>(b: Builder<V>, direction: 'left' | 'right', x: V, fill: V, count: V): { result: V; carry: V } {
  const back = b.let(b.sub(b.k(32), count));
  const again = (v: V) => b.select(b.ltu(b.k(16), count), v, b.k(0));
  if (direction === 'left') {
    const string = b.let(b.or(b.shl(x, b.k(16)), fill));
    return { result: b.or(b.shr(b.shl(string, count), b.k(16)), again(b.shr(x, back))), carry: bit(b, string, back) };
  }
  const string = b.let(b.or(b.shl(fill, b.k(16)), x));
  return {
    result: b.or(b.shr(string, count), again(b.shl(x, back))),
    carry: bit(b, string, b.sub(count, b.k(1))),
  };
}

export const shift = {
  SHL: shl,
  SHR: shr,
  SAR: sar,
  ROL: rol,
  ROR: ror,
  RCL: throughCarry('left'),
  RCR: throughCarry('right'),
  SHLD: double('left'),
  SHRD: double('right'),
} satisfies Record<string, Lifter>;
