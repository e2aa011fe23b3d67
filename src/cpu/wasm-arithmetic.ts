/**
 * Values of the WebAssembly readings, and arithmetic on them. A value is a small expression tree, written out where it is used; what is used more than once, or
 * must be found before something else happens, is put into a local.
 */
import type { Evaluator, Size } from '../isa/builder.ts';
import { type Code, Op, type Opcode } from '../wasm/code.ts';

export type Node =
  | { readonly kind: 'const'; readonly value: number }
  | { readonly kind: 'local'; readonly index: number }
  | { readonly kind: 'field'; readonly offset: number; readonly size: 1 | 2 | 4 }
  | { readonly kind: 'op'; readonly op: Opcode; readonly args: readonly Node[] };

export type LocalNode = Node & { readonly kind: 'local' };

/** Local 0 of every function: the record being executed. */
export const RECORD = 0;

export interface LocalPool {
  /** Index of the first local for temporaries of this form. */
  readonly first: number;
  /** Grows to the number of temporaries any form needed. */
  used: number;
}

export class WasmArithmetic implements Evaluator<Node> {
  protected readonly code: Code;
  private readonly pool: LocalPool;
  private nextLocal: number;

  constructor(code: Code, pool: LocalPool) {
    this.code = code;
    this.pool = pool;
    this.nextLocal = pool.first;
  }

  // Writing out

  emit(node: Node): void {
    const { code } = this;
    switch (node.kind) {
      case 'const':
        code.const(node.value);
        break;
      case 'local':
        code.get(node.index);
        break;
      case 'field':
        code.get(RECORD).load(node.size, node.offset);
        break;
      default:
        for (const arg of node.args) this.emit(arg);
        code.op(node.op);
    }
  }

  protected temporary(): LocalNode {
    const index = this.nextLocal++;
    this.pool.used = Math.max(this.pool.used, this.nextLocal - this.pool.first);
    return { kind: 'local', index };
  }

  let(node: Node): Node {
    if (node.kind === 'const' || node.kind === 'local') return node;
    return this.variable(node);
  }

  variable(initial: Node): Node {
    const local = this.temporary();
    this.emit(initial);
    this.code.set(local.index);
    return local;
  }

  // Pure arithmetic

  k(value: number): Node {
    return { kind: 'const', value: value | 0 };
  }

  protected op(op: Opcode, ...args: Node[]): Node {
    return { kind: 'op', op, args };
  }

  add(a: Node, b: Node): Node {
    if (b.kind === 'const' && b.value === 0) return a;
    return this.op(Op.i32_add, a, b);
  }
  sub(a: Node, b: Node): Node {
    return this.op(Op.i32_sub, a, b);
  }
  mul(a: Node, b: Node): Node {
    return this.op(Op.i32_mul, a, b);
  }
  and(a: Node, b: Node): Node {
    return this.op(Op.i32_and, a, b);
  }
  or(a: Node, b: Node): Node {
    return this.op(Op.i32_or, a, b);
  }
  xor(a: Node, b: Node): Node {
    return this.op(Op.i32_xor, a, b);
  }
  shl(a: Node, b: Node): Node {
    return this.op(Op.i32_shl, a, b);
  }
  shr(a: Node, b: Node): Node {
    return this.op(Op.i32_shr_u, a, b);
  }
  sar(a: Node, b: Node): Node {
    return this.op(Op.i32_shr_s, a, b);
  }
  rotl(a: Node, b: Node): Node {
    return this.op(Op.i32_rotl, a, b);
  }
  eq(a: Node, b: Node): Node {
    return this.op(Op.i32_eq, a, b);
  }
  ne(a: Node, b: Node): Node {
    return this.op(Op.i32_ne, a, b);
  }
  ltu(a: Node, b: Node): Node {
    return this.op(Op.i32_lt_u, a, b);
  }
  lts(a: Node, b: Node): Node {
    return this.op(Op.i32_lt_s, a, b);
  }
  remu(a: Node, b: Node): Node {
    return this.op(Op.i32_rem_u, a, b);
  }
  eqz(a: Node): Node {
    return this.op(Op.i32_eqz, a);
  }
  clz(a: Node): Node {
    return this.op(Op.i32_clz, a);
  }
  ctz(a: Node): Node {
    return this.op(Op.i32_ctz, a);
  }
  popcnt(a: Node): Node {
    return this.op(Op.i32_popcnt, a);
  }
  select(condition: Node, yes: Node, no: Node): Node {
    return this.op(Op.select, yes, no, condition);
  }

  zeroExtend(a: Node, size: Size): Node {
    return size === 4 ? a : this.and(a, this.k(size === 1 ? 0xff : 0xffff));
  }

  signExtend(a: Node, size: Size): Node {
    return size === 4 ? a : this.op(size === 1 ? Op.i32_extend8_s : Op.i32_extend16_s, a);
  }
}
