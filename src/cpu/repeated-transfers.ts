/**
 * The fast way through transfers that have been noted (transfer-cache.ts), as functions of the interpreter's module: each compares what the transfer would
 * read with its note and, when all is the same, does what then remains to be done. 0, with nothing changed, means that the service must do it.
 */
import type { Form } from '../isa/builder.ts';
import { Flag, unpackFlags } from '../isa/flags.ts';
import { flagsImage } from '../isa/lift/stack.ts';
import { Code, I32, Op } from '../wasm/code.ts';
import type { Module } from '../wasm/module.ts';
import { KEY_SHIFT, Mode, PROTECTED, SOME, USER } from './decode-mode.ts';
import { Outcome } from './outcome.ts';
import { Field } from './record.ts';
import { Access, Flat } from './segments.ts';
import { type FieldName, fieldAddress, MEMORY_BIAS, SegmentCache, segmentAddress, TLB, TLB_SIZE } from './state.ts';
import {
  CPL_IN_DELIVERY,
  CPL_IN_LOAD,
  CPL_IN_RETURN,
  DELIVERIES,
  Entry,
  IOPL_IN_RETURN,
  LOADS,
  Load,
  NOTED,
  RETURNS,
  Transfer,
} from './transfer-cache.ts';
import type { LocalPool, Node } from './wasm-arithmetic.ts';
import { WasmBuilder } from './wasm-builder.ts';

/** Indices of the functions. */
export interface RepeatedTransfers {
  /** (cache, selector) -> 1 when done. */
  readonly load: number;
  /** (vector, SOFTWARE or 0, whether there is an error code, it, flags to be or'ed to those pushed) -> Outcome.jump when done. EIP is the one pushed. */
  readonly deliver: number;
  /** (record) -> an Outcome when done: a 32-bit IRET. */
  readonly return: number;
}

const NO_FORM: Form = { mnemonic: '', size: 4, operands: [], condition: 'o', repeat: 'none', addressing: 'flat' };
/** Bytes of EIP, CS and EFLAGS, and of these with ESP and SS. */
const FRAME = 12;
const OUTER_FRAME = 20;
const FLAT_STACK = Flat.data | Access.big;
/** Of what a reading of instructions needs and these functions do not. */
const unused = (): never => {
  throw new Error('not part of a transfer');
};

export function addRepeatedTransfers(module: Module): RepeatedTransfers {
  const add = (params: number, write: (b: TransferBuilder) => void): number => {
    const code = new Code();
    // A 64-bit local, which all readings have, comes first.
    const pool: LocalPool = { first: params + 1, used: 0 };
    write(new TransferBuilder(code, pool));
    return module.addFunction(
      { params: Array.from({ length: params }, () => I32), results: [I32] },
      { i64: 1, i32: pool.used },
      code,
    );
  };
  return {
    load: add(2, b => b.loadSegment()),
    deliver: add(5, b => b.deliverThroughGate()),
    return: add(1, b => b.interruptReturn()),
  };
}

class TransferBuilder extends WasmBuilder {
  constructor(code: Code, pool: LocalPool) {
    super(NO_FORM, code, pool);
  }

  loadSegment(): void {
    const cache = this.parameter(0);
    const selector = this.let(this.and(this.parameter(1), this.k(0xffff)));
    this.refuse(this.eq(cache, this.k(segmentAddress('ss'))));
    this.refuse(this.eqz(this.word('protection')));
    const cpl = this.word('cpl');
    const note = this.note(LOADS, this.xor(this.shr(selector, this.k(3)), this.shl(cpl, this.k(6))));
    const key = this.or(selector, this.shl(cpl, this.k(CPL_IN_LOAD)));
    this.same(note, Load.key, this.or(key, this.k(NOTED)));
    this.sameTable(note, 'gdtBase', 'gdtLimit');
    this.sameEntry(note, Load.entry);
    // A change of this might be one of the decode mode.
    const access = this.wordAt(note, Load.cache + SegmentCache.access);
    const change = this.xor(access, this.wordAt(cache, SegmentCache.access));
    this.refuse(this.and(change, this.k(Flat.place | Flat.data)));
    this.copyCache(cache, note, Load.cache);
    this.answer(this.k(1));
  }

  deliverThroughGate(): void {
    const vector = this.parameter(0);
    const [software, hasError, error, restart] = [1, 2, 3, 4].map(n => this.parameter(n)) as [Node, Node, Node, Node];
    const eflags = this.word('eflags');
    this.refuse(this.eqz(this.word('protection')));
    this.refuse(this.and(eflags, this.k(Flag.TF)));
    const cpl = this.word('cpl');
    const note = this.note(DELIVERIES, this.xor(vector, this.shl(cpl, this.k(5))));
    const key = this.or(this.or(vector, software), this.shl(cpl, this.k(CPL_IN_DELIVERY)));
    this.same(note, Transfer.key, this.or(key, this.k(NOTED)));
    this.sameTable(note, 'gdtBase', 'gdtLimit', 'idtBase', 'idtLimit', 'taskBase', 'taskLimit', 'taskAccess');
    this.sameEntry(note, Transfer.gate);
    this.sameEntry(note, Transfer.code);
    const stackSelector = this.wordAt(note, Transfer.stackSelector);
    const pointer = this.variable(this.word('esp'));
    this.if(
      stackSelector,
      () => {
        const task = this.systemPlace(this.wordAt(note, Transfer.stackPointerAt));
        this.refuse(this.ne(this.loadFrom(task, 4, 2), stackSelector));
        this.sameEntry(note, Transfer.stack);
        this.assign(pointer, this.loadFrom(task, 0, 4));
      },
      () => this.refuseUnlessFlatStack(),
    );
    const newCpl = this.wordAt(note, Transfer.cpl);
    const values = this.select(stackSelector, this.k(5), this.k(3));
    const bytes = this.let(this.shl(this.add(values, hasError), this.k(2)));
    const top = this.let(this.sub(pointer, bytes));
    const tlb = this.let(this.tlbOf(this.eq(newCpl, this.k(3)), true));
    const place = this.plainPlace(tlb, top);
    this.refuseUnlessWhole(tlb, top, place, bytes);

    this.if(hasError, () => this.storeTo(place, 0, error));
    const frame = this.let(this.add(place, this.shl(hasError, this.k(2))));
    this.storeTo(frame, 0, this.word('eip'));
    this.storeTo(frame, 4, this.selector('cs'));
    this.storeTo(frame, 8, this.or(flagsImage<Node>(this), restart));
    this.if(stackSelector, () => {
      this.storeTo(frame, 12, this.word('esp'));
      this.storeTo(frame, 16, this.selector('ss'));
      this.copyCache(this.k(segmentAddress('ss')), note, Transfer.stackCache);
    });
    this.setWord('eflags', this.and(eflags, this.xor(this.wordAt(note, Transfer.flags), this.k(-1))));
    this.copyCache(this.k(segmentAddress('cs')), note, Transfer.codeCache);
    this.setWord('esp', top);
    this.setWord('eip', this.wordAt(note, Transfer.eip));
    this.enter(newCpl);
    this.answer(this.k(Outcome.jump));
  }

  interruptReturn(): void {
    const eflags = this.word('eflags');
    this.refuse(this.eqz(this.word('protection')));
    this.refuse(this.and(eflags, this.k(Flag.NT | Flag.TF)));
    this.refuse(this.word('nmiBlocked'));
    this.refuseUnlessFlatStack();
    const cpl = this.word('cpl');
    const pointer = this.word('esp');
    const tlb = this.let(this.tlbOf(this.eq(cpl, this.k(3)), false));
    const place = this.plainPlace(tlb, pointer);
    this.refuseUnlessWhole(tlb, pointer, place, this.k(FRAME));
    const selector = this.loadFrom(place, 4, 2);
    const image = this.loadFrom(place, 8, 4);
    this.refuse(this.and(image, this.k(Flag.VM | Flag.TF)));
    const note = this.note(RETURNS, this.xor(this.shr(selector, this.k(3)), this.shl(cpl, this.k(3))));
    const iopl = this.shl(this.and(this.shr(eflags, this.k(12)), this.k(3)), this.k(IOPL_IN_RETURN));
    const key = this.or(this.or(selector, this.shl(cpl, this.k(CPL_IN_RETURN))), iopl);
    this.same(note, Transfer.key, this.or(key, this.k(NOTED)));
    this.sameTable(note, 'gdtBase', 'gdtLimit');
    this.sameEntry(note, Transfer.code);
    const stackSelector = this.wordAt(note, Transfer.stackSelector);
    const newCpl = this.wordAt(note, Transfer.cpl);
    this.if(stackSelector, () => {
      this.refuseUnlessWhole(tlb, pointer, place, this.k(OUTER_FRAME));
      this.refuse(this.ne(this.loadFrom(place, 16, 2), stackSelector));
      this.sameEntry(note, Transfer.stack);
      for (const name of ['es', 'ds', 'fs', 'gs'] as const) this.refuseIfPrivileged(name, newCpl);
    });
    const loaded = this.wordAt(note, Transfer.flags);
    const kept = this.and(eflags, this.xor(loaded, this.k(-1)));
    const next = this.let(this.or(kept, this.and(image, loaded)));
    // Alignment is checked or no longer.
    this.refuse(this.and(this.xor(eflags, next), this.k(Flag.AC)));
    const enabled = this.ne(this.and(next, this.k(Flag.IF)), this.k(0));
    const interrupted = this.let(this.and(enabled, this.word('interruptLine')));
    // RF is gone once the next instruction has begun, if it is certain that one will.
    this.refuse(this.and(this.ne(this.and(next, this.k(Flag.RF)), this.k(0)), this.or(interrupted, this.isLast())));

    this.setFlagWords(unpackFlags<Node>(this, image));
    this.setWord('eflags', this.and(next, this.k(~Flag.RF)));
    this.setWord('eip', this.loadFrom(place, 0, 4));
    this.copyCache(this.k(segmentAddress('cs')), note, Transfer.codeCache);
    this.if(
      stackSelector,
      () => {
        this.copyCache(this.k(segmentAddress('ss')), note, Transfer.stackCache);
        this.setWord('esp', this.loadFrom(place, 12, 4));
      },
      () => this.setWord('esp', this.add(pointer, this.k(FRAME))),
    );
    this.enter(newCpl);
    this.answer(this.select(interrupted, this.k(Outcome.event), this.k(Outcome.jump)));
  }

  /** What follows from code and stack segments that are flat and 32 bits wide: see Cpu.updateMode(). */
  private enter(cpl: Node): void {
    const user = this.let(this.eq(cpl, this.k(3)));
    const data = this.and(this.wordAt(this.k(segmentAddress('ds')), SegmentCache.access), this.k(Flat.data));
    const flat = this.and(data, this.wordAt(this.k(segmentAddress('es')), SegmentCache.access));
    const mode = this.select(flat, this.k(SOME | Mode.flat | Mode.big), this.k(SOME | Mode.big));
    const codeKey = this.let(this.or(mode, this.select(user, this.k(USER), this.k(0))));
    this.setWord('cpl', cpl);
    this.setWord('protection', this.or(cpl, this.k(PROTECTED)));
    this.setWord('codeKey', codeKey);
    this.setWord('key', this.or(this.and(this.word('key'), this.k(-1 << KEY_SHIFT)), codeKey));
    this.setWord('csBase', this.k(0));
    this.setWord('fetchLimit', this.k(-1));
    this.setWord('stackMask', this.k(-1));
    const tlb = this.let(this.tlbOf(user, false));
    this.setWord('tlbRead', tlb);
    this.setWord('tlbWrite', this.add(tlb, this.k(TLB_SIZE)));
  }

  /** No instruction is certain to follow the one at the record, parameter 0: the budget may end with it. */
  private isLast(): Node {
    const index = this.temporary();
    this.code.get(0).load(1, Field.index).set(index.index);
    return this.lts(this.word('budget'), this.add(index, this.k(2)));
  }

  /** A more privileged data segment, which must be given up. */
  private refuseIfPrivileged(name: 'es' | 'ds' | 'fs' | 'gs', cpl: Node): void {
    const cache = this.k(segmentAddress(name));
    const access = this.wordAt(cache, SegmentCache.access);
    const privilege = this.and(this.shr(access, this.k(Access.privilegeShift)), this.k(3));
    const conforming = this.eq(
      this.and(access, this.k(Access.code | Access.expandDown)),
      this.k(Access.code | Access.expandDown),
    );
    const used = this.ne(this.and(this.selector(name), this.k(0xfffc)), this.k(0));
    this.refuse(this.and(this.and(this.lts(privilege, cpl), this.eqz(conforming)), used));
  }

  private refuseUnlessFlatStack(): void {
    const access = this.wordAt(this.k(segmentAddress('ss')), SegmentCache.access);
    this.refuse(this.ne(this.and(access, this.k(FLAT_STACK)), this.k(FLAT_STACK)));
  }

  // ---- notes

  private note({ at, count, size }: { at: number; count: number; size: number }, index: Node): Node {
    const place = this.shl(this.and(index, this.k(count - 1)), this.k(Math.log2(size)));
    return this.let(this.add(place, this.k(at)));
  }

  private same(note: Node, offset: number, value: Node): void {
    this.refuse(this.ne(this.wordAt(note, offset), value));
  }

  private sameTable(note: Node, ...names: (keyof typeof Transfer & FieldName)[]): void {
    for (const name of names) this.same(note, Transfer[name], this.word(name));
  }

  private sameEntry(note: Node, offset: number): void {
    const place = this.systemPlace(this.wordAt(note, offset + Entry.at));
    this.same(note, offset + Entry.low, this.loadFrom(place, 0, 4));
    this.same(note, offset + Entry.high, this.loadFrom(place, 4, 4));
  }

  private copyCache(cache: Node, note: Node, offset: number): void {
    for (const part of Object.values(SegmentCache)) {
      const value = this.wordAt(note, offset + part);
      this.emit(cache);
      this.emit(value);
      this.code.store(4, part);
    }
  }

  // ---- memory

  /** The word of the TLB for a linear address; `user`: 0 or 1. */
  private tlbOf(user: Node, write: boolean): Node {
    return this.select(user, this.k(TLB + (write ? 3 : 2) * TLB_SIZE), this.k(TLB + (write ? 1 : 0) * TLB_SIZE));
  }

  /** Of a table entry or part of the TSS, none of which crosses a page. */
  private systemPlace(linear: Node): Node {
    return this.plainPlace(this.k(TLB), linear);
  }

  private plainPlace(tlb: Node, linear: Node): Node {
    const word = this.temporary();
    this.emit(this.add(tlb, this.and(this.shr(linear, this.k(10)), this.k(0x3ffffc))));
    this.code.load(4, 0).set(word.index);
    this.refuse(this.isBarred(word));
    return this.let(this.add(linear, word));
  }

  /** `bytes` bytes of a frame are in one piece: two pages may be so too, neighbours also in the host's memory. */
  private refuseUnlessWhole(tlb: Node, linear: Node, place: Node, bytes: Node): void {
    const last = this.sub(bytes, this.k(1));
    this.refuse(this.ne(this.plainPlace(tlb, this.let(this.add(linear, last))), this.add(place, last)));
  }

  private loadFrom(place: Node, offset: number, size: 2 | 4): Node {
    const local = this.temporary();
    this.emit(place);
    this.code.load(size, MEMORY_BIAS + offset).set(local.index);
    return local;
  }

  private storeTo(place: Node, offset: number, value: Node): void {
    this.emit(place);
    this.emit(value);
    this.code.store(4, MEMORY_BIAS + offset);
  }

  private wordAt(address: Node, offset: number): Node {
    return this.loadAt(address, offset, 4);
  }

  private selector(name: 'es' | 'cs' | 'ss' | 'ds' | 'fs' | 'gs'): Node {
    return this.loadAt(this.k(segmentAddress(name)), SegmentCache.selector, 2);
  }

  private word(name: FieldName): Node {
    return this.loadState(fieldAddress(name));
  }

  private setWord(name: FieldName, value: Node): void {
    this.storeState(fieldAddress(name), value);
  }

  protected tlbWord = unused;
  protected resolve = unused;
  protected stored = unused;
  protected checkSegment = unused;
  jump = unused;
  jumpRelative = unused;
  checkTarget = unused;
  raise = unused;
  service = unused;
  repeat = unused;

  // ---- control

  private parameter(index: number): Node {
    return { kind: 'local', index };
  }

  private refuse(condition: Node): void {
    this.if(condition, () => this.answer(this.k(0)));
  }

  private answer(value: Node): void {
    this.emit(value);
    this.code.op(Op.return);
  }
}
