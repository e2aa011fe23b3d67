/**
 * The region reading of a definition: WebAssembly for one instruction of a compiled region. What the interpreter loads from the record is a constant
 * here; general registers and flag words are locals. An access that is not a plain TLB hit leaves the region before anything has changed, and the
 * interpreter does the instruction.
 */
import type { ExecutableForm } from '../cpu/form-enumeration.ts';
import { Field } from '../cpu/record.ts';
import { CODE_BITMAP, fieldAddress, registerAddress, TLB, TLB_SIZE, Tlb } from '../cpu/state.ts';
import { type Access, type LocalPool, type Node, WasmBuilder } from '../cpu/wasm-builder.ts';
import type { Size } from '../isa/builder.ts';
import type { Condition, FlagKind } from '../isa/flags.ts';
import { type Code, type Label, Op } from '../wasm/code.ts';

/** Locals of a region's function, after its parameter and the 64-bit temporary. */
export const Local = {
  depth: 0,
  budget: 2,
  eip: 3,
  status: 4,
  registers: 5,
  flags: 13,
  left: 16,
  right: 17,
  temporaries: 18,
} as const;

/** General registers, then the lazy flag words: what lives in locals. */
export const HOMES: readonly number[] = [
  ...Array.from({ length: 8 }, (_, i) => registerAddress('eax') + 4 * i),
  ...(['zero', 'sign', 'carry'] as const).map(fieldAddress),
];

/** Which of HOMES a region reads and writes. */
export interface Homes {
  readonly read: Set<number>;
  readonly written: Set<number>;
}

/** What instructions of one region share while it is written out. */
export interface RegionContext {
  readonly code: Code;
  readonly pool: LocalPool;
  readonly view: DataView;
  readonly user: boolean;
  readonly homes: Homes;
  /** Size of the comparison whose operands are in Local.left and Local.right, or undefined. */
  compared: Size | undefined;
  /** The common way out: Local.eip and Local.status are set. */
  exit: Label;
}

/** Where an instruction goes that jumps; the region writer knows. */
export interface Branches {
  direct(): void;
  /** Local.eip is set. */
  indirect(): void;
}

const GENERAL = registerAddress('eax');
const NONE = fieldAddress('none');
const PAGE_MASK = 0xfff;
const PC_BASE = fieldAddress('pcBase');
/** Status of a region that leaves to the interpreter at Local.eip. */
export const LEAVE = 1;

export class RegionBuilder extends WasmBuilder {
  private readonly context: RegionContext;
  private readonly record: number;
  private readonly pcBase: number;
  private readonly branches: Branches;

  constructor(form: ExecutableForm, context: RegionContext, record: number, pcBase: number, branches: Branches) {
    super(form, context.code, context.pool);
    this.context = context;
    this.record = record;
    this.pcBase = pcBase;
    this.branches = branches;
  }

  // What the record holds is constant.

  protected override field(offset: number, size: 1 | 2 | 4): Node {
    const { view } = this.context;
    const at = this.record + offset;
    const value = size === 4 ? view.getInt32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at);
    return this.k(value);
  }

  protected override loadAt(address: Node, offset: number, size: Size): Node {
    if (address.kind === 'const') return this.loadState(address.value + offset, size);
    return super.loadAt(address, offset, size);
  }

  protected override storeAt(address: Node, size: Size, value: Node): void {
    if (address.kind !== 'const') throw new Error('a register whose address is not constant');
    this.storeState(address.value, value, size);
  }

  // Registers and flags are locals.

  private homeOf(address: number): number {
    if (address >= GENERAL && address < GENERAL + 32) return (address - GENERAL) >> 2;
    return HOMES.indexOf(address);
  }

  protected override loadState(address: number, size: 1 | 2 | 4 = 4): Node {
    if (address === NONE) return this.k(0);
    if (address === PC_BASE) return this.k(this.pcBase);
    const home = this.homeOf(address);
    if (home < 0) return super.loadState(address, size);
    this.context.homes.read.add(home);
    const whole: Node = { kind: 'local', index: Local.registers + home };
    if (size === 4) return this.variable(whole);
    const shift = (address & 3) * 8;
    return this.variable(
      this.and(shift === 0 ? whole : this.shr(whole, this.k(shift)), this.k(size === 1 ? 0xff : 0xffff)),
    );
  }

  protected override storeState(address: number, value: Node, size: 1 | 2 | 4 = 4): void {
    const home = this.homeOf(address);
    if (home < 0) {
      super.storeState(address, value, size);
      return;
    }
    this.context.homes.written.add(home);
    const index = Local.registers + home;
    if (size === 4) {
      this.emit(value);
    } else {
      this.context.homes.read.add(home);
      const shift = (address & 3) * 8;
      const mask = size === 1 ? 0xff : 0xffff;
      const part = this.and(value, this.k(mask));
      const kept = this.and({ kind: 'local', index }, this.k(~(mask << shift)));
      this.emit(this.or(kept, shift === 0 ? part : this.shl(part, this.k(shift))));
    }
    this.code.set(index);
  }

  // Compare and branch in one.

  override flags(kind: FlagKind, size: Size, a: Node, b: Node, result: Node): void {
    super.flags(kind, size, a, b, result);
    // SBB subtracts the carry as well: its operands alone decide nothing.
    if (kind !== 'sub' || this.form.mnemonic === 'SBB') return;
    this.emit(a);
    this.code.set(Local.left);
    this.emit(b);
    this.code.set(Local.right);
    this.context.compared = size;
  }

  override setFlagWords(words: Parameters<WasmBuilder['setFlagWords']>[0]): void {
    super.setFlagWords(words);
    this.context.compared = undefined;
  }

  override condition(condition: Condition): Node {
    const size = this.context.compared;
    const fused = size === undefined ? undefined : this.comparison(condition, size);
    return fused ?? super.condition(condition);
  }

  /** The condition from the operands of the subtraction that set the flags; both are zero-extended. */
  private comparison(condition: Condition, size: Size): Node | undefined {
    const left: Node = { kind: 'local', index: Local.left };
    const right: Node = { kind: 'local', index: Local.right };
    const less = (signed: boolean, a: Node, b: Node): Node =>
      signed ? this.lts(this.signExtend(a, size), this.signExtend(b, size)) : this.ltu(a, b);
    switch (condition) {
      case 'z':
        return this.eq(left, right);
      case 'nz':
        return this.ne(left, right);
      case 'b':
        return less(false, left, right);
      case 'nb':
        return this.eqz(less(false, left, right));
      case 'be':
        return this.eqz(less(false, right, left));
      case 'nbe':
        return less(false, right, left);
      case 'l':
        return less(true, left, right);
      case 'nl':
        return this.eqz(less(true, left, right));
      case 'le':
        return this.eqz(less(true, right, left));
      case 'nle':
        return less(true, right, left);
      default:
        return undefined;
    }
  }

  // Memory

  protected override tlb(write: boolean): Node {
    return this.k(TLB + ((this.context.user ? 2 : 0) + (write ? 1 : 0)) * TLB_SIZE);
  }

  protected override resolve(
    place: Node & { kind: 'local' },
    linear: Node,
    size: number,
    access: Access,
    slow: Node,
  ): void {
    const { code } = this;
    this.emit(slow);
    code.if();
    if (access === 'write' || access === 'modify') this.besideCode(place, linear, size);
    else this.leaveToInterpreter();
    code.end();
  }

  /** A write to a page whose one peculiarity is code goes ahead where its lines hold none; any other leaves. */
  private besideCode(place: Node & { kind: 'local' }, linear: Node, size: number): void {
    const entry = this.sub(place, linear);
    const onlyCode = this.eq(this.and(entry, this.k(PAGE_MASK)), this.k(Tlb.valid | Tlb.code));
    const within = this.ltu(this.and(linear, this.k(PAGE_MASK)), this.k(PAGE_MASK + 2 - size));
    this.if(this.eqz(this.and(onlyCode, within)), () => this.leaveToInterpreter());
    // place - 1000h - flags is the physical address.
    const first = this.let(this.sub(place, this.k(PAGE_MASK + 1 + (Tlb.valid | Tlb.code))));
    const bit = (at: Node): Node => {
      const byte = this.loadByte(this.shr(at, this.k(9)), CODE_BITMAP);
      return this.shr(byte, this.and(this.shr(at, this.k(6)), this.k(7)));
    };
    const held = size === 1 ? bit(first) : this.or(bit(first), bit(this.add(first, this.k(size - 1))));
    this.if(this.and(held, this.k(1)), () => this.leaveToInterpreter());
    this.assign(place, this.sub(place, this.k(Tlb.code)));
  }

  private loadByte(address: Node, offset: number): Node {
    const local = this.temporary();
    this.emit(address);
    this.code.load(1, offset).set(local.index);
    return local;
  }

  protected override stored(): void {}

  protected override checkSegment(): void {
    this.leaveToInterpreter();
  }

  /** Before anything of this instruction has taken effect. */
  leaveToInterpreter(): void {
    const { code } = this;
    leaveBefore(code, this.context, this.record, this.pcBase);
  }

  // Ends

  override checkTarget(): void {}

  override jump(eip: Node): void {
    this.emit(eip);
    this.code.set(Local.eip);
    this.branches.indirect();
  }

  override jumpRelative(): void {
    this.branches.direct();
  }

  override raise(): void {
    this.leaveToInterpreter();
  }

  override service(): void {
    throw new Error(`${this.form.mnemonic} is not for a region`);
  }

  override repeat(): void {
    throw new Error(`${this.form.mnemonic} is not for a region`);
  }
}

/** Takes instructions that have been executed off the budget. */
export function takeOff(code: Code, instructions: number): void {
  code.get(Local.budget).const(instructions).op(Op.i32_sub).set(Local.budget);
}

/** Leaves the region so that the interpreter goes on with the instruction of `record`. */
export function leaveBefore(code: Code, { view, exit }: RegionContext, record: number, pcBase: number): void {
  const index = view.getUint8(record + Field.index);
  if (index > 0) takeOff(code, index);
  code.const(pcBase + view.getUint16(record + Field.offset, true)).set(Local.eip);
  code.const(LEAVE).set(Local.status).br(exit);
}
