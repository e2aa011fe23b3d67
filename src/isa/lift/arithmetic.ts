/** Binary and unary arithmetic and logic. Source: SDM vol. 2, ADD to XOR. */
import type { Builder, Form, Lifter } from '../builder.ts';
import type { FlagKind } from '../flags.ts';

/** dst = combine(dst, src), flags by kind. */
function binary(kind: FlagKind, combine: <V>(b: Builder<V>, x: V, y: V) => V): Lifter {
  return (b, { size, operands: [dst, src] }) => {
    const y = b.let(b.read(src!));
    const x = b.let(b.readForWrite(dst!));
    const result = b.let(combine(b, x, y));
    b.write(dst!, result);
    b.flags(kind, size, x, y, result);
  };
}

/** Flags of combine(dst, src); dst stays. */
function compare(kind: FlagKind, combine: <V>(b: Builder<V>, x: V, y: V) => V): Lifter {
  return (b, { size, operands: [dst, src] }) => {
    const y = b.let(b.read(src!));
    const x = b.let(b.read(dst!));
    b.flags(kind, size, x, y, b.let(combine(b, x, y)));
  };
}

const carryIn = <V>(b: Builder<V>): V => b.let(b.condition('b'));

const add = <V>(b: Builder<V>, x: V, y: V): V => b.add(x, y);
const subtract = <V>(b: Builder<V>, x: V, y: V): V => b.sub(x, y);
const and = <V>(b: Builder<V>, x: V, y: V): V => b.and(x, y);

function step(kind: 'inc' | 'dec'): Lifter {
  return (b, { size, operands: [dst] }) => {
    const x = b.let(b.readForWrite(dst!));
    const one = b.k(1);
    const result = b.let(kind === 'inc' ? b.add(x, one) : b.sub(x, one));
    b.write(dst!, result);
    b.flags(kind, size, x, one, result);
  };
}

function negate<V>(b: Builder<V>, { size, operands: [dst] }: Form): void {
  const x = b.let(b.readForWrite(dst!));
  const result = b.let(b.sub(b.k(0), x));
  b.write(dst!, result);
  b.flags('sub', size, b.k(0), x, result);
}

function not<V>(b: Builder<V>, { operands: [dst] }: Form): void {
  b.write(dst!, b.xor(b.readForWrite(dst!), b.k(-1)));
}

function exchangeAdd<V>(b: Builder<V>, { size, operands: [dst, src] }: Form): void {
  const y = b.let(b.read(src!));
  const x = b.let(b.readForWrite(dst!));
  const sum = b.let(b.add(x, y));
  // With one register as both, the sum wins: it is written last.
  b.write(src!, x);
  b.write(dst!, sum);
  b.flags('add', size, x, y, sum);
}

function compareExchange<V>(b: Builder<V>, { size, operands: [dst, src] }: Form): void {
  const accumulator = size === 1 ? 'al' : size === 2 ? 'ax' : 'eax';
  const expected = b.let(b.register(accumulator));
  const y = b.let(b.read(src!));
  const x = b.let(b.readForWrite(dst!));
  const difference = b.let(b.sub(expected, x));
  const equal = b.let(b.eqz(b.zeroExtend(difference, size)));
  // The destination is written in either case, with its old value when unequal: a bus cycle, as the manual notes.
  b.write(dst!, b.select(equal, y, x));
  b.if(b.eqz(equal), () => b.setRegister(accumulator, x));
  b.flags('sub', size, expected, x, difference);
}

/** Compares EDX:EAX with eight bytes of memory; the destination is written in either case. */
function compareExchange8<V>(b: Builder<V>, { operands: [dst] }: Form): void {
  const low = b.let(b.offset(dst!));
  const high = b.let(b.offset(dst!, b.k(4)));
  b.probe(dst!, low, 8, true);
  const x = b.let(b.load(dst!, low, 4));
  const y = b.let(b.load(dst!, high, 4));
  const same = b.let(b.eqz(b.or(b.xor(x, b.register('eax')), b.xor(y, b.register('edx')))));
  b.store(dst!, low, 4, b.select(same, b.register('ebx'), x));
  b.store(dst!, high, 4, b.select(same, b.register('ecx'), y));
  b.setRegister('eax', x);
  b.setRegister('edx', y);
  b.setFlagWords({ zero: b.eqz(same) });
}

/** Exchange of the bytes of a doubleword. With a 16-bit operand the result is undefined; processors clear the register. */
function swapBytes<V>(b: Builder<V>, { size, operands: [dst] }: Form): void {
  if (size === 2) {
    b.write(dst!, b.k(0));
    return;
  }
  const x = b.let(b.read(dst!));
  const outer = b.or(b.rotl(b.and(x, b.k(0x00ff00ff)), b.k(24)), b.rotl(b.and(x, b.k(0xff00ff00)), b.k(8)));
  b.write(dst!, outer);
}

export const arithmetic = {
  ADD: binary('add', add),
  SUB: binary('sub', subtract),
  ADC: binary('add', (b, x, y) => b.add(b.add(x, y), carryIn(b))),
  SBB: binary('sub', (b, x, y) => b.sub(b.sub(x, y), carryIn(b))),
  AND: binary('logic', and),
  OR: binary('logic', (b, x, y) => b.or(x, y)),
  XOR: binary('logic', (b, x, y) => b.xor(x, y)),
  CMP: compare('sub', subtract),
  TEST: compare('logic', and),
  INC: step('inc'),
  DEC: step('dec'),
  NEG: negate,
  NOT: not,
  XADD: exchangeAdd,
  CMPXCHG: compareExchange,
  CMPXCHG8B: compareExchange8,
  BSWAP: swapBytes,
} satisfies Record<string, Lifter>;
