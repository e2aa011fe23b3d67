/**
 * The WebAssembly reading of a definition: code for one form of the interpreter, operands loaded from the record that local RECORD
 * points to. What differs between the interpreter's hot function and its cold ones - how memory is reached beyond the TLB, how control
 * leaves - is left to two subclasses (interpreter.ts).
 * Everything with an effect or a dependence on state is put into a local at once, so that order holds.
 */
import type { Builder, Exception, Form, Operand, ServiceName, Size, StateWord } from '../isa/builder.ts';
import { type Condition, conditionOf, type FlagKind, type FlagWords, flagWordsBy, wordsOf } from '../isa/flags.ts';
import type { RegisterName, SegmentName } from '../isa/registers.ts';
import { placeOf } from '../isa/registers.ts';
import { type Code, Op } from '../wasm/code.ts';
import { Field } from './record.ts';
import { fieldAddress, MEMORY_BIAS, registerAddress, SegmentCache, segmentAddress, Tlb } from './state.ts';
import { type LocalNode, type LocalPool, type Node, WasmArithmetic } from './wasm-arithmetic.ts';

/** Local 1 of every function: the one 64-bit temporary. */
export const WIDE = 1;

const PAGE_MASK = 0xfff;

export abstract class WasmBuilder extends WasmArithmetic implements Builder<Node> {
  readonly form: Form;
  /** What is added to a place for its host address. */
  protected get bias(): number {
    return MEMORY_BIAS;
  }
  /** Where a readForWrite left the place of its operand for the write that follows. */
  private readonly pending = new Map<string, Node>();

  constructor(form: Form, code: Code, pool: LocalPool) {
    super(code, pool);
    this.form = form;
  }

  /** Loads the word of the TLB in use for the page of a linear address. */
  protected abstract tlbWord(linear: Node, write: boolean): LocalNode;
  /** Where an access goes: what `bias` turns into a host address. `entry` is the TLB word of its page. */
  protected abstract resolve(linear: Node, entry: LocalNode, size: number, access: Access): Node;
  /** After a store through `place`. */
  protected abstract stored(place: Node): void;
  protected abstract checkSegment(segment: Node, offset: Node, size: number, write: boolean): void;
  abstract jump(eip: Node): void;
  abstract jumpRelative(operand: Operand): void;
  abstract checkTarget(target: Node | Operand): void;
  abstract raise(exception: Exception, errorCode?: number): void;
  abstract service(name: ServiceName, ...operands: Node[]): void;
  abstract repeat(once: () => void, until?: () => Node): void;

  assign(variable: Node, value: Node): void {
    if (variable.kind !== 'local') throw new Error('assign() to what variable() did not make');
    this.emit(value);
    this.code.set(variable.index);
  }

  if(condition: Node, then: () => void, otherwise?: () => void): void {
    this.emit(condition);
    this.code.if();
    then();
    if (otherwise) {
      this.code.else();
      otherwise();
    }
    this.code.end();
  }

  // Arithmetic of more than a word

  private wide(a: Node, signed: boolean): Node {
    return this.op(signed ? Op.i64_extend_i32_s : Op.i64_extend_i32_u, a);
  }
  private joined(low: Node, high: Node): Node {
    return this.op(
      Op.i64_or,
      this.op(Op.i64_shl, this.wide(high, false), this.wide(this.k(32), false)),
      this.wide(low, false),
    );
  }
  private narrow(a: Node): Node {
    return this.op(Op.i32_wrap_i64, a);
  }

  multiply(a: Node, b: Node, signed: boolean): { low: Node; high: Node } {
    const product = this.op(Op.i64_mul, this.wide(a, signed), this.wide(b, signed));
    return {
      low: this.mul(a, b),
      high: this.narrow(this.op(Op.i64_shr_u, product, this.wide(this.k(32), false))),
    };
  }

  divide(low: Node, high: Node, divisor: Node, size: Size, signed: boolean): { quotient: Node; remainder: Node } {
    const extend = (v: Node) => (signed ? this.signExtend(v, size) : this.zeroExtend(v, size));
    const by = this.let(extend(divisor));
    this.if(this.eqz(by), () => this.raise('DE'));
    if (size !== 4) return this.divideShort(low, high, by, size, signed, extend);
    // The quotient fits exactly when high < divisor; signed, that must be seen from the 64-bit quotient.
    if (!signed) this.if(this.eqz(this.ltu(high, by)), () => this.raise('DE'));
    else {
      // -2^63 / -1 would trap; its quotient does not fit anyway.
      const least = this.and(this.eqz(low), this.eq(high, this.k(0x80000000)));
      this.if(this.and(least, this.eq(by, this.k(-1))), () => this.raise('DE'));
    }
    this.emit(this.op(signed ? Op.i64_div_s : Op.i64_div_u, this.joined(low, high), this.wide(by, signed)));
    this.code.set(WIDE);
    const quotient64: Node = { kind: 'local', index: WIDE };
    const quotient = this.let(this.narrow(quotient64));
    if (signed) this.if(this.op(Op.i64_ne, quotient64, this.wide(quotient, true)), () => this.raise('DE'));
    return { quotient, remainder: this.sub(low, this.mul(quotient, by)) };
  }

  /** Words and bytes: the dividend fits 32 bits. */
  private divideShort(
    low: Node,
    high: Node,
    by: Node,
    size: 1 | 2,
    signed: boolean,
    extend: (v: Node) => Node,
  ): { quotient: Node; remainder: Node } {
    const joined = this.or(this.shl(high, this.k(size * 8)), low);
    const dividend = this.let(size === 1 && signed ? this.signExtend(joined, 2) : joined);
    if (signed && size === 2) {
      const least = this.eq(dividend, this.k(0x80000000));
      this.if(this.and(least, this.eq(by, this.k(-1))), () => this.raise('DE'));
    }
    const quotient = this.let(this.op(signed ? Op.i32_div_s : Op.i32_div_u, dividend, by));
    this.if(this.ne(extend(quotient), quotient), () => this.raise('DE'));
    return { quotient, remainder: this.sub(dividend, this.mul(quotient, by)) };
  }

  // Registers, state, flags

  protected field(offset: number, size: 1 | 2 | 4): Node {
    return { kind: 'field', offset, size };
  }

  protected loadState(address: number, size: 1 | 2 | 4 = 4): Node {
    const local = this.temporary();
    this.code.const(0).load(size, address).set(local.index);
    return local;
  }

  protected storeState(address: number, value: Node, size: 1 | 2 | 4 = 4): void {
    this.code.const(0);
    this.emit(value);
    this.code.store(size, address);
  }

  register(name: RegisterName): Node {
    return this.loadState(registerAddress(name), placeOf(name).size);
  }

  setRegister(name: RegisterName, value: Node): void {
    this.storeState(registerAddress(name), value, placeOf(name).size);
  }

  state(word: StateWord): Node {
    return this.loadState(fieldAddress(word));
  }

  setState(word: 'eflags', value: Node): void {
    this.storeState(fieldAddress(word), value);
  }

  nextEip(): Node {
    return this.add(this.loadState(fieldAddress('pcBase')), this.field(Field.next, 2));
  }

  flags(kind: FlagKind, size: Size, a: Node, b: Node, result: Node): void {
    this.setFlagWords(wordsOf<Node>(this, kind, size, a, b, result, () => this.flagWords().carry));
  }

  flagWords(): FlagWords<Node> {
    return flagWordsBy(name => this.loadState(fieldAddress(name)));
  }

  setFlagWords({ zero, sign, carry }: Partial<FlagWords<Node>>): void {
    const values = { zero: zero && this.let(zero), sign: sign && this.let(sign), carry: carry && this.let(carry) };
    for (const name of ['zero', 'sign', 'carry'] as const) {
      const value = values[name];
      if (value) this.storeState(fieldAddress(name), value);
    }
  }

  condition(condition: Condition): Node {
    return conditionOf<Node>(this, condition, this.flagWords());
  }

  // Operands

  read(operand: Operand): Node {
    switch (operand.kind) {
      case 'register':
        return this.loadAt(this.field(operand.field === 'rm' ? Field.rm : Field.reg, 2), 0, operand.size);
      case 'fixed':
        return this.register(operand.register);
      case 'segment':
        return this.loadAt(this.field(Field.reg, 2), SegmentCache.selector, 2);
      case 'immediate':
        return this.field(operand.field === 'imm' ? Field.imm : Field.imm2, 4);
      case 'one':
        return this.k(1);
      case 'memory':
      case 'source':
      case 'destination':
        return this.load(operand, this.offset(operand), operand.size);
      default:
        throw new Error(`a ${operand.kind} operand cannot be read`);
    }
  }

  /** A word of processor state whose address the record holds. */
  protected loadAt(address: Node, offset: number, size: Size): Node {
    const local = this.temporary();
    this.emit(address);
    this.code.load(size, offset).set(local.index);
    return local;
  }

  protected storeAt(address: Node, size: Size, value: Node): void {
    this.emit(address);
    this.emit(value);
    this.code.store(size, 0);
  }

  readForWrite(operand: Operand): Node {
    if (operand.kind !== 'memory') return this.read(operand);
    return this.loadForWrite(operand, this.offset(operand), operand.size);
  }

  write(operand: Operand, value: Node): void {
    switch (operand.kind) {
      case 'register':
        this.storeAt(this.field(operand.field === 'rm' ? Field.rm : Field.reg, 2), operand.size, value);
        break;
      case 'fixed':
        this.setRegister(operand.register, value);
        break;
      case 'memory': {
        const place = this.pending.get('memory');
        if (place) this.storeThrough(place, operand.size, value);
        else this.store(operand, this.offset(operand), operand.size, value);
        break;
      }
      case 'source':
      case 'destination':
        this.store(operand, this.offset(operand), operand.size, value);
        break;
      default:
        throw new Error(`a ${operand.kind} operand cannot be written`);
    }
  }

  offset(operand: Operand, displacement?: Node): Node {
    const extra = displacement ?? this.k(0);
    if (operand.kind === 'source' || operand.kind === 'destination') {
      const pointer = this.add(this.register(operand.kind === 'source' ? 'esi' : 'edi'), extra);
      return operand.addressing === 'flat' ? pointer : this.and(pointer, this.addressMask());
    }
    if (operand.kind !== 'memory') throw new Error(`a ${operand.kind} operand has no address`);
    const base = this.op(Op.i32_add, this.loadAt(this.field(Field.base, 2), 0, 4), this.field(Field.displacement, 4));
    if (operand.addressing === 'flat') return this.add(base, extra);
    const index = this.shl(this.loadAt(this.field(Field.addressIndex, 2), 0, 4), this.field(Field.scale, 1));
    const sum = this.add(this.add(base, index), extra);
    return operand.addressing === 'indexed' ? sum : this.and(sum, this.addressMask());
  }

  addressMask(): Node {
    return this.or(this.shl(this.field(Field.addressHigh, 2), this.k(16)), this.k(0xffff));
  }

  special(operand: Operand): Node {
    return this.field(operand.kind === 'source' || operand.kind === 'memory' ? Field.segment : Field.reg, 2);
  }

  registerNumber(operand: Operand): Node {
    if (operand.kind !== 'register') throw new Error(`a ${operand.kind} operand is no register`);
    const address = this.field(operand.field === 'rm' ? Field.rm : Field.reg, 2);
    return this.shr(this.sub(address, this.k(registerAddress('eax'))), this.k(2));
  }

  readSelector(): Node {
    return this.field(Field.imm2, 4);
  }

  escapeCode(): Node {
    return this.field(Field.imm, 4);
  }

  segmentBase(operand: Operand): Node {
    if (operand.kind === 'memory' && operand.addressing !== 'segmented') return this.k(0);
    return this.loadAt(this.field(Field.segment, 2), SegmentCache.base, 4);
  }

  // Memory

  load(segment: SegmentName | Operand, offset: Node, size: Size): Node {
    const place = this.access(segment, offset, size, 'read');
    return this.loadPlace(place, size);
  }

  protected loadPlace(place: Node, size: Size): Node {
    const local = this.temporary();
    this.emit(place);
    this.code.load(size, this.bias).set(local.index);
    return local;
  }

  loadForWrite(segment: SegmentName | Operand, offset: Node, size: Size): Node {
    const place = this.access(segment, offset, size, 'modify');
    if (typeof segment !== 'string') this.pending.set(segment.kind, place);
    return this.loadPlace(place, size);
  }

  store(segment: SegmentName | Operand, offset: Node, size: Size, value: Node): void {
    const held = this.let(value);
    this.storeThrough(this.access(segment, offset, size, 'write'), size, held);
  }

  private storeThrough(place: Node, size: Size, value: Node): void {
    this.emit(place);
    this.emit(value);
    this.code.store(size, this.bias);
    this.stored(place);
  }

  probe(segment: SegmentName | Operand, offset: Node, size: number, write: boolean): void {
    this.access(segment, offset, size, write ? 'probe-write' : 'probe-read');
  }

  /** Segment check, then translation: a place. */
  protected access(segment: SegmentName | Operand, offset: Node, size: number, access: Access): Node {
    const write = isWrite(access);
    const linear = this.linear(segment, offset, size, write);
    return this.resolve(linear, this.tlbWord(linear, write), size, access);
  }

  /** The linear address, once the segment allows the access. */
  protected linear(segment: SegmentName | Operand, offset: Node, size: number, write: boolean): Node {
    const held = this.let(offset);
    if (this.isFlat(segment)) return held;
    const cache = this.let(this.segmentNode(segment));
    this.checkSegment(cache, held, size, write);
    return this.let(this.add(held, this.loadAt(cache, SegmentCache.base, 4)));
  }

  /** Where the TLB has the word of a linear address, within its table. */
  protected tlbOffset(linear: Node): Node {
    return this.and(this.shr(linear, this.k(10)), this.k(0x3ffffc));
  }

  /** A word of the TLB that does not let an access go by at once. */
  protected isBarred(entry: Node): Node {
    return this.eqz(this.and(entry, this.k(Tlb.plain)));
  }

  /** The access is not a plain hit in the TLB. */
  protected isSlow(linear: Node, entry: Node, size: number): Node {
    const barred = this.isBarred(entry);
    const crosses = this.ltu(this.k(0x1000 - size), this.and(linear, this.k(PAGE_MASK)));
    return size === 1 ? barred : this.or(barred, crosses);
  }

  protected isFlat(segment: SegmentName | Operand): boolean {
    if (typeof segment === 'string') return this.form.addressing === 'flat';
    return 'addressing' in segment && segment.addressing !== 'segmented';
  }

  /** Address of the segment's cache. */
  protected segmentNode(segment: SegmentName | Operand): Node {
    if (typeof segment === 'string') return this.k(segmentAddress(segment));
    return segment.kind === 'destination' ? this.k(segmentAddress('es')) : this.field(Field.segment, 2);
  }
}

export type Access = 'read' | 'write' | 'modify' | 'probe-read' | 'probe-write';

export const isWrite = (access: Access): boolean => access !== 'read' && access !== 'probe-read';
