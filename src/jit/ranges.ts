/**
 * How large values can be, as far as the code of one block tells: a byte that has been zero-extended, a register after AND. So it is known of an access to a
 * table in which page it lies, and the TLB word is loaded before the index is.
 */
import type { Node } from '../cpu/wasm-arithmetic.ts';
import { Op } from '../wasm/code.ts';

/** Bounds of an unsigned value, inclusive. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

const HIGHEST = 0xffffffff;
const ANY: Range = { low: 0, high: HIGHEST };

/** `high` alone bounds it. */
const upTo = (high: number): Range => ({ low: 0, high });

/** All bits below the highest that is set. */
const filled = (value: number): number => (value === 0 ? 0 : HIGHEST >>> Math.clz32(value));

/** `local`: what is known of a local. */
export function rangeOf(node: Node, local: (index: number) => Range | undefined): Range {
  switch (node.kind) {
    case 'const':
      return { low: node.value >>> 0, high: node.value >>> 0 };
    case 'local':
      return local(node.index) ?? ANY;
    case 'field':
      return ANY;
  }
  const [a, b] = node.args.slice(0, 2).map(arg => rangeOf(arg, local)) as [Range, Range?];
  if (!b) return ANY;
  const distance = b.low === b.high ? b.low & 31 : undefined;
  switch (node.op) {
    case Op.i32_and:
      return upTo(Math.min(a.high, b.high));
    case Op.i32_or:
    case Op.i32_xor:
      return upTo(Math.max(filled(a.high), filled(b.high)));
    case Op.i32_add:
      return a.high + b.high <= HIGHEST ? { low: a.low + b.low, high: a.high + b.high } : ANY;
    case Op.i32_shl:
      if (distance === undefined || a.high * 2 ** distance > HIGHEST) return ANY;
      return { low: a.low * 2 ** distance, high: a.high * 2 ** distance };
    case Op.i32_shr_u:
      return distance === undefined ? upTo(a.high) : { low: a.low >>> distance, high: a.high >>> distance };
    default:
      return ANY;
  }
}
