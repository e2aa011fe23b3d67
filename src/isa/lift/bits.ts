/** Bit tests and scans. Source: SDM vol. 2, BT, BTC, BTR, BTS, BSF, BSR. */
import type { Builder, Lifter, Operand } from '../builder.ts';

/**
 * With a memory operand and a register bit offset, the offset is signed and may reach beyond the operand: the unit that holds the bit is
 * addressed. CF becomes the bit; the other flags are undefined, of which ZF is documented to stay: we leave all.
 */
function bitTest(change: (<V>(b: Builder<V>, x: V, mask: V) => V) | undefined): Lifter {
  return (b, { size, operands: [target, index] }) => {
    const bits = size * 8;
    const offset = b.let(b.read(index!));
    const mask = b.let(b.shl(b.k(1), b.and(offset, b.k(bits - 1))));
    const far = target!.kind === 'memory' && index!.kind === 'register';
    const x = far
      ? distantUnit(b, target!, offset, change !== undefined)
      : b.let(change ? b.readForWrite(target!) : b.read(target!));
    if (change) b.write(target!, change(b, x, mask));
    const set = b.ne(b.and(x, mask), b.k(0));
    const { carry } = b.flagWords();
    // Bit 31 becomes the bit tested; bit 30 turns with it so that OF stays.
    const turn = b.xor(b.shr(carry, b.k(31)), set);
    b.setFlagWords({ carry: b.xor(carry, b.mul(turn, b.k(0xc0000000 | 0))) });
  };
}

/** Reads the unit of the operand's size in which bit `offset` (signed) counted from the operand lies. */
function distantUnit<V>(b: Builder<V>, target: Operand, offset: V, forWrite: boolean): V {
  const shift = target.size === 2 ? 4 : 5;
  const units = b.sar(b.signExtend(offset, target.size), b.k(shift));
  const at = b.let(b.offset(target, b.shl(units, b.k(shift - 3))));
  return b.let(forWrite ? b.loadForWrite(target, at, target.size) : b.load(target, at, target.size));
}

/**
 * A zero source sets ZF and leaves the destination, as processors do where the manual says undefined. CF, OF, SF, AF, PF are undefined:
 * we clear CF, OF and AF and let SF and PF follow the source.
 */
function scan(direction: 'forward' | 'reverse'): Lifter {
  return (b, { size, operands: [dst, src] }) => {
    const x = b.let(b.read(src!));
    const old = b.let(b.read(dst!));
    const found = direction === 'forward' ? b.ctz(x) : b.xor(b.clz(x), b.k(31));
    b.write(dst!, b.select(x, found, old));
    b.flags('logic', size, x, x, x);
  };
}

export const bits = {
  BT: bitTest(undefined),
  BTS: bitTest((b, x, mask) => b.or(x, mask)),
  BTR: bitTest((b, x, mask) => b.and(x, b.xor(mask, b.k(-1)))),
  BTC: bitTest((b, x, mask) => b.xor(x, mask)),
  BSF: scan('forward'),
  BSR: scan('reverse'),
} satisfies Record<string, Lifter>;
