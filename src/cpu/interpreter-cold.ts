/** Cold functions, a form each: they can do everything; see interpreter.ts. */
import { type Exception, type Operand, type ServiceName, ServiceNames, Services } from '../isa/builder.ts';
import { type Code, Op } from '../wasm/code.ts';
import { Bulk } from './bulk.ts';
import type { ExecutableForm } from './form-enumeration.ts';
import { Pseudo } from './forms.ts';
import { AccessKind, type Helpers, Vector } from './interpreter-imports.ts';
import { Outcome } from './outcome.ts';
import { Field, MAX_BLOCK } from './record.ts';
import { fieldAddress, HOT_JUMP, SCRATCH_PLACE, SegmentCache, segmentAddress } from './state.ts';
import { SOFTWARE } from './transfer-cache.ts';
import { type LocalNode, type LocalPool, type Node, RECORD } from './wasm-arithmetic.ts';
import type { Access } from './wasm-builder.ts';
import { EscapeBuilder, isX87Service } from './x87/escape-builder.ts';

/** Counts above this are worth a call. */
const BULK_LEAST = 16;

/** Locals: the record, the 64-bit temporary. */
export const FIRST_COLD_TEMPORARY = 2;

export class ColdBuilder extends EscapeBuilder {
  private readonly helpers: Helpers;

  constructor(form: ExecutableForm, code: Code, pool: LocalPool, helpers: Helpers) {
    super(form, code, pool);
    this.helpers = helpers;
  }

  protected tlb(write: boolean): Node {
    return this.loadState(fieldAddress(write ? 'tlbWrite' : 'tlbRead'));
  }

  protected resolve(linear: Node, entry: LocalNode, size: number, access: Access): Node {
    const { code } = this;
    const place = this.variable(this.add(linear, entry)) as LocalNode;
    this.emit(this.isSlow(linear, entry, size));
    code.if();
    this.emit(linear);
    code.const(size).const(AccessKind[access]);
    if (access === 'write' || access === 'modify') {
      // place is linear + entry.
      this.emit(this.sub(place, linear));
      code.call(this.helpers.writeSlow);
    } else {
      code.call(this.helpers.imports.slow);
    }
    code.set(place.index);
    this.if(this.eqz(place), () => this.leave(this.k(Outcome.fault)));
    code.end();
    return place;
  }

  private leave(outcome: Node): void {
    this.emit(outcome);
    this.code.op(Op.return);
  }

  protected stored(place: Node): void {
    this.if(this.eq(place, this.k(SCRATCH_PLACE)), () => this.code.call(this.helpers.imports.commit));
  }

  protected checkSegment(segment: Node, offset: Node, size: number, write: boolean): void {
    const { code } = this;
    this.emit(segment);
    this.emit(offset);
    code
      .const(size)
      .const(write ? 1 : 0)
      .call(this.helpers.outside);
    code.if();
    this.emit(segment);
    code.call(this.helpers.imports.segmentFault).const(Outcome.fault).op(Op.return);
    code.end();
  }

  private setEip(eip: Node): void {
    this.storeState(fieldAddress('eip'), eip);
  }

  /** With a 16-bit operand the target wraps at 64 KiB, in any code segment. */
  private relativeTarget(): Node {
    const target = this.add(this.nextEip(), this.field(Field.imm, 4));
    return this.form.size === 2 ? this.and(target, this.k(0xffff)) : target;
  }

  checkTarget(target: Node | Operand): void {
    if (this.form.addressing === 'flat') return;
    const eip = this.let(target.kind === 'relative' ? this.relativeTarget() : (target as Node));
    const limit = this.loadState(segmentAddress('cs') + SegmentCache.limit);
    this.if(this.ltu(limit, eip), () => this.raise('GP', 0));
  }

  jump(eip: Node): void {
    this.setEip(eip);
    this.code.const(Outcome.jump).op(Op.return);
  }

  /** Counts as the hot function does: 16-bit jumps, and those of code with limits, are taken here. */
  jumpRelative(): void {
    this.setEip(this.relativeTarget());
    const taken = this.let(this.add(this.field(Field.taken, 4), this.k(1)));
    this.code.get(RECORD);
    this.emit(taken);
    this.code.store(4, Field.taken);
    this.if(this.eq(taken, this.loadState(HOT_JUMP)), () => this.leave(this.k(Outcome.hot)));
    this.code.const(Outcome.jump).op(Op.return);
  }

  raise(exception: Exception, errorCode = 0): void {
    this.code.const(Vector[exception]).const(errorCode).call(this.helpers.imports.raise);
    this.code.const(Outcome.fault).op(Op.return);
  }

  service(name: ServiceName, ...operands: Node[]): void {
    const values = operands.map(node => this.let(node));
    const { code } = this;
    const { x87 } = this.helpers;
    if (x87 && isX87Service(name)) {
      const refused = code.block();
      this.tryX87(x87, name, values, when => {
        this.emit(when);
        code.brIf(refused);
      });
      code.const(Outcome.next).op(Op.return);
      code.end();
    }
    if (Services[name].ends) this.setEip(this.nextEip());
    if (this.repeats(name, values)) return;
    this.callService(name, values);
  }

  /** The services that a repeated transfer may do without. False: it is none of them. */
  private repeats(name: ServiceName, values: readonly Node[]): boolean {
    const { code } = this;
    const { repeated } = this.helpers;
    switch (name) {
      case 'loadSegment':
      case 'popSegment': {
        const [cache, selector, size] = values as [Node, Node, Node];
        this.emit(cache);
        this.emit(selector);
        code.call(repeated.load).op(Op.i32_eqz).if();
        this.callService(name, values);
        code.end();
        if (name === 'popSegment') {
          const mask = this.loadState(fieldAddress('stackMask'));
          const esp = this.register('esp');
          const high = this.and(esp, this.xor(mask, this.k(-1)));
          this.setRegister('esp', this.or(high, this.and(this.add(esp, size), mask)));
        }
        return true;
      }
      case 'interrupt':
        this.emit(values[0]!);
        code.const(SOFTWARE).const(0).const(0).const(0).call(repeated.deliver);
        break;
      case 'interruptReturn':
        if (this.form.size !== 4) return false;
        code.get(RECORD).call(repeated.return);
        break;
      default:
        return false;
    }
    const outcome = this.temporary();
    code.set(outcome.index);
    this.if(outcome, () => this.leave(outcome));
    this.callService(name, values);
    return true;
  }

  private callService(name: ServiceName, values: readonly Node[]): void {
    const { code } = this;
    code.const(ServiceNames.indexOf(name)).get(RECORD);
    for (let i = 0; i < 3; i++) this.emit(values[i] ?? this.k(0));
    code.call(this.helpers.imports.service);
    if (Services[name].ends) {
      code.op(Op.return);
    } else {
      const outcome = this.temporary();
      code.set(outcome.index);
      this.if(outcome, () => this.leave(outcome));
    }
  }

  protected outsideSegment(cache: Node, offset: Node, size: Node, write: Node): Node {
    for (const node of [cache, offset, size, write]) this.emit(node);
    const outside = this.temporary();
    this.code.call(this.helpers.outside).set(outside.index);
    return outside;
  }

  repeat(once: () => void, until?: () => Node): void {
    const { code } = this;
    const mask = this.let(this.addressMask());
    const keep = this.let(this.xor(mask, this.k(-1)));
    const count = this.variable(this.and(this.register('ecx'), mask)) as Node & { kind: 'local' };
    const done = code.block();
    this.emit(this.eqz(count));
    code.brIf(done);
    const again = code.loop();
    if (this.form.mnemonic in Bulk) {
      this.if(this.ltu(this.k(BULK_LEAST), count), () => {
        const what = Bulk[this.form.mnemonic as keyof typeof Bulk] | (this.form.size << 4);
        code.get(RECORD).const(what).call(this.helpers.imports.bulk);
        this.assign(count, this.and(this.register('ecx'), mask));
      });
    }
    once();
    this.assign(count, this.sub(count, this.k(1)));
    this.setRegister('ecx', this.or(this.and(this.register('ecx'), keep), count));
    if (until) {
      this.emit(until());
      code.brIf(done);
    }
    this.emit(this.eqz(count));
    code.brIf(done);
    // Another iteration is one more instruction; without budget for it the instruction is left half done, to be entered again.
    const budget = this.let(this.sub(this.loadState(fieldAddress('budget')), this.k(1)));
    const left = this.sub(budget, this.field(Field.index, 1));
    // An iteration that wrote over the instruction itself is its last: what stands there now goes on.
    const intact = this.ne(this.field(Field.form, 2), this.k(Pseudo.stale));
    this.if(this.and(this.lts(this.k(MAX_BLOCK), left), intact), () => {
      this.storeState(fieldAddress('budget'), budget);
      code.br(again);
    });
    this.jump(this.sub(this.nextEip(), this.sub(this.field(Field.next, 2), this.field(Field.offset, 2))));
    code.end();
    code.end();
    this.jump(this.nextEip());
  }
}
