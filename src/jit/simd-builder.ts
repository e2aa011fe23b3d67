/**
 * What one SIMD instruction of a region is written with: its operands, by what they are pushed as; what must hold before it may run here (the unit is there,
 * memory is a plain hit, MXCSR makes results what the host's arithmetic gives); and what happens where that does not hold: nothing has changed then, and
 * the region is left to the interpreter, or, where that happens often, its function is called. See src/cpu/simd.ts for what is modelled.
 */
import type { ExecutableForm } from '../cpu/form-enumeration.ts';
import { Field } from '../cpu/record.ts';
import { type VectorInstruction, vectorInstruction } from '../cpu/simd-operations.ts';
import { fieldAddress, VECTOR_STATE, xmmAddress } from '../cpu/state.ts';
import type { LocalNode, Node } from '../cpu/wasm-arithmetic.ts';
import type { Operand } from '../isa/builder.ts';
import { type Row, Rows } from '../isa/opcode-map.ts';
import type { SegmentName } from '../isa/registers.ts';
import type { Code, Label } from '../wasm/code.ts';
import { LaneOp, StoreLaneOp, VectorMemoryOp } from '../wasm/vector-op.ts';
import { RegionBuilder } from './region-builder.ts';
import { NO_BRANCHES, type RegionContext, type Surroundings } from './region-context.ts';
import { becomes, type Effect, forget, isPlain, type Plain, type UnitFacts } from './simd-facts.ts';
import { VectorLocal, vectorHome, vectorHomeLocal } from './simd-homes.ts';
import { isNotZero, isSpecial, isTiny, type ScalarFormat } from './simd-scalar-format.ts';
import { leaveUnlessReady, type UnitNeeds } from './simd-unit-checks.ts';

const FPU_STATUS = fieldAddress('fpuStatus');
const FPU_TOP = fieldAddress('fpuTop');
const FPU_FULL = [fieldAddress('fpuFull0'), fieldAddress('fpuFull4')] as const;
const FPU_ES = 1 << 7;
/** Four registers that are not empty. */
const ALL_FULL = 0x01010101;
/** Sign and exponent of an x87 register that an MMX instruction has written. */
const MMX_TOP = 0xffff;

/** What differs from site to site. */
export interface VectorSite {
  readonly record: number;
  readonly pcBase: number;
  readonly surroundings: Surroundings;
  readonly facts: UnitFacts;
  /** What is known of registers before the instruction. */
  readonly plain: Plain;
  /** Hears of what the instruction makes of that. */
  effect(effect: Effect): void;
  /** Hears of what it looks for in a register because it is not known. */
  want(kind: number, address: number): void;
  /** Inexact results must be looked for. */
  readonly exact: boolean;
  /** Calls the interpreter's function and goes on behind the instruction; undefined where the region is left instead. */
  readonly call: (() => void) | undefined;
}

export class VectorBuilder extends RegionBuilder {
  declare readonly code: Code;
  readonly row: Row;
  readonly instruction: VectorInstruction;
  readonly immediate: number;
  /** Inexact results must be looked for. */
  readonly exact: boolean;
  /** Addresses in state of the operands that are registers. */
  readonly to: number;
  readonly from: number;
  readonly hasMemory: boolean;
  private readonly facts: UnitFacts;
  private readonly site: VectorSite;
  private readonly call: (() => void) | undefined;
  private place: Node = this.k(0);
  private bail: Label = 0;
  /** That the memory operand is aligned is not known yet, and must be. */
  private mustAlign = false;

  constructor(form: ExecutableForm, context: RegionContext, site: VectorSite) {
    const { record, facts, exact, call } = site;
    super(form, context, record, site.pcBase, NO_BRANCHES, site.surroundings);
    this.site = site;
    const { view } = context;
    const number = view.getInt32(record + Field.imm2, true);
    this.row = Rows[number]!;
    this.instruction = vectorInstruction(number);
    this.immediate = view.getInt32(record + Field.imm, true);
    this.exact = exact;
    this.facts = facts;
    this.call = call;
    this.hasMemory = form.operands.length > 0;
    const reg = view.getUint16(record + Field.reg, true);
    const rm = view.getUint16(record + Field.rm, true);
    this.to = this.instruction.toRm ? rm : reg;
    this.from = this.instruction.toRm ? reg : rm;
  }

  get bytes(): 8 | 16 {
    return this.instruction.bytes;
  }

  /** A new i32 local. */
  word(): number {
    return this.temporary().index;
  }

  /** Both operands are the same register. */
  get isReflexive(): boolean {
    return !this.hasMemory && this.to === this.from;
  }

  // ---- before the instruction

  /** Makes sure of all that the instruction needs but its numbers, and finds its place in memory. What x87 makes of MMX is done. */
  begin(): void {
    const { instruction, facts, hasMemory } = this;
    const mmx = instruction.mmx === 'always' || (instruction.mmx === 'unless-memory' && !hasMemory);
    this.need({ present: true, enabled: instruction.sse, trusted: false });
    if (mmx && !facts.mmx) {
      const pending = this.and(this.loadState(FPU_STATUS), this.k(FPU_ES));
      this.ifUnlikely(pending, () => this.leaveToInterpreter());
    }
    if (hasMemory) this.locate(instruction.toRm);
    if (mmx && !facts.mmx) {
      const { code } = this;
      code.const(0).const(0).store(4, FPU_TOP);
      for (const full of FPU_FULL) code.const(0).const(ALL_FULL).store(4, full);
      facts.mmx = true;
    }
  }

  private need(needs: UnitNeeds): void {
    leaveUnlessReady(this.context, this.site, needs, this.facts);
  }

  private locate(write: boolean): void {
    const { memoryBytes, aligned } = this.instruction;
    const operand = this.form.operands[0]!;
    const offset = this.let(this.offset(operand));
    this.mustAlign = aligned;
    this.place = this.let(this.access(operand, offset, memoryBytes, write ? 'write' : 'read'));
    // In the stack window, where the offset is the address.
    if (this.mustAlign) this.leaveIfMisaligned(offset);
  }

  /** What is not aligned is #GP before there is a walk, which would leave its marks in the page tables. */
  protected override linear(segment: SegmentName | Operand, offset: Node, size: number, write: boolean): Node {
    const linear = super.linear(segment, offset, size, write);
    if (this.mustAlign) this.leaveIfMisaligned(linear);
    return linear;
  }

  private leaveIfMisaligned(address: Node): void {
    this.mustAlign = false;
    this.ifUnlikely(this.and(address, this.k(15)), () => this.leaveToInterpreter());
  }

  /** What is aligned lies within a page; what is not may do so, too. */
  protected override crosses(linear: Node, size: number): Node | undefined {
    if (this.instruction.aligned) return undefined;
    const crosses = super.crosses(linear, size);
    if (!crosses || size < 8) return crosses;
    this.ifUnlikely(this.and(linear, this.k(size - 1)), () => {
      this.ifUnlikely(crosses, () => this.leaveToInterpreter());
    });
    return undefined;
  }

  /** Makes sure that a rounded result is all there is to an operation; where inexact ones are looked for, that is told result by result. */
  trust(): void {
    if (!this.exact) this.need({ present: false, enabled: false, trusted: true });
  }

  // ---- operands: each of these leaves its value on the stack

  /** A register as a vector: of an MMX register the high half is zero. */
  register128(address: number): void {
    const { code } = this;
    if (isXmm(address)) {
      const home = vectorHome(address);
      this.context.homes.read.add(home);
      code.get(vectorHomeLocal(home));
    } else code.const(0).vectorAccess(VectorMemoryOp.v128_load64_zero, address);
  }

  destination(): void {
    this.register128(this.to);
  }

  /** The source as a vector; of a shorter memory operand the rest is zero. */
  source(): void {
    if (!this.hasMemory) {
      this.register128(this.from);
      return;
    }
    const { memoryBytes } = this.instruction;
    const op =
      memoryBytes === 16
        ? VectorMemoryOp.v128_load
        : memoryBytes === 8
          ? VectorMemoryOp.v128_load64_zero
          : VectorMemoryOp.v128_load32_zero;
    this.emit(this.place);
    this.code.vectorAccess(op, this.bias);
  }

  /** The low element of the source. */
  sourceElement({ load, extract }: ScalarFormat): void {
    const { code } = this;
    if (this.hasMemory) {
      this.emit(this.place);
      code.access(load, this.bias);
    } else {
      this.register128(this.from);
      code.lane(extract, 0);
    }
  }

  destinationElement({ extract }: ScalarFormat): void {
    this.destination();
    this.code.lane(extract, 0);
  }

  /** The highest word of the low element of a register. */
  private high(address: number, { bytes }: ScalarFormat): void {
    this.register128(address);
    this.code.lane(LaneOp.i32x4_extract_lane, bytes / 4 - 1);
  }

  /** The same of the source. */
  sourceHigh(format: ScalarFormat): void {
    if (this.hasMemory) {
      this.emit(this.place);
      this.code.load(4, this.bias + format.bytes - 4);
    } else this.high(this.from, format);
  }

  /**
   * Bails out where the low element of an operand, which is in `local` too, is denormal; or, if `finite`, is not finite. Unless it is known. `refuses` has the
   * last word on what is neither zero nor, if `finite`, ordinary.
   */
  checkDestination(format: ScalarFormat, local: number, finite = false, refuses = isNotZero): void {
    if (this.destinationIsPlain(format.kind)) return;
    this.high(this.to, format);
    this.checkHigh(format, local, finite, refuses);
  }

  checkSource(format: ScalarFormat, local: number, finite = false, refuses = isNotZero): void {
    if (this.sourceIsPlain(format.kind)) return;
    this.sourceHigh(format);
    this.checkHigh(format, local, finite, refuses);
  }

  private checkHigh(format: ScalarFormat, local: number, finite: boolean, refuses: typeof isNotZero): void {
    const { code } = this;
    if (finite) isSpecial(code, format);
    else isTiny(code, format);
    this.rarely(() => refuses(code, format, local));
  }

  sourceIsPlain(kind: number): boolean {
    return !this.hasMemory && this.registerIsPlain(kind, this.from);
  }

  destinationIsPlain(kind: number): boolean {
    return this.registerIsPlain(kind, this.to);
  }

  private registerIsPlain(kind: number, address: number): boolean {
    if (isPlain(this.site.plain, kind, address)) return true;
    this.site.want(kind, address);
    return false;
  }

  /** The source where it is a general register, or `size` bytes of memory. */
  sourceWord(size: 2 | 4 = 4): void {
    if (this.hasMemory) {
      this.emit(this.place);
      this.code.load(size, this.bias);
    } else this.emit(this.loadState(this.from));
  }

  // ---- results: each of these takes its value off the stack

  /** `effect`: what is known then of the register, where it is an XMM register. An instruction that the interpreter may have done leaves nothing known. */
  setDestination(effect?: Effect): void {
    const { code, to } = this;
    if (isXmm(to)) {
      const home = vectorHome(to);
      this.context.homes.written.add(home);
      code.set(vectorHomeLocal(home));
      this.site.effect(effect && !this.call ? effect : forget(to));
      return;
    }
    // The address comes before what is stored.
    code.set(VectorLocal.vector.spare).const(0).get(VectorLocal.vector.spare);
    code.storeLane(StoreLaneOp.v128_store64_lane, to, 0);
    code
      .const(0)
      .const(MMX_TOP)
      .store(4, to + 8);
  }

  /** A general register, which holds 32 bits. */
  setDestinationWord(): void {
    const held = this.temporary();
    this.code.set(held.index);
    this.storeState(this.to, held);
  }

  /** Stores the register that is the source of a move to memory: all of it, or its half or quarter. */
  storeSource(): void {
    const { code } = this;
    const { memoryBytes, storeFrom } = this.instruction;
    this.emit(this.place);
    this.register128(this.from);
    if (memoryBytes === 16) code.vectorAccess(VectorMemoryOp.v128_store, this.bias);
    else if (memoryBytes === 8) code.storeLane(StoreLaneOp.v128_store64_lane, this.bias, storeFrom / 8);
    else code.storeLane(StoreLaneOp.v128_store32_lane, this.bias, 0);
  }

  /** ZF, PF and CF after an ordered comparison of what the format's locals hold; OF, SF and AF are clear. */
  setComparison(format: ScalarFormat): void {
    const {
      ne,
      lt,
      local: { x, y },
    } = format;
    const operands = [local(x), local(y)];
    this.setFlagWords({
      zero: this.op(ne, ...operands),
      sign: this.k(1),
      carry: this.shl(this.sub(this.k(0), this.op(lt, ...operands)), this.k(30)),
    });
    // Where the interpreter may have compared, its flags decide.
    if (this.site.surroundings.conditionFollows && !this.call) this.context.compared = format;
  }

  /** The source has been looked at and is plain, by the kinds told. */
  noteSource(kinds: number): void {
    if (!this.hasMemory && isXmm(this.from) && !this.call) this.site.effect(becomes(kinds, this.from));
  }

  // ---- what does not hold

  /** Writes what may bail out: nothing of it has an effect before the last that does. Then the interpreter does the instruction. */
  attempt(work: () => void): void {
    const { code, call } = this;
    const { flags } = this.context;
    const before = flags.form;
    const done = code.block();
    this.bail = code.block();
    work();
    const after = flags.form;
    code.br(done);
    code.end();
    if (call) {
      // On this way nothing has been done; behind it flags are words.
      flags.form = before;
      call();
      if (after === 'words') flags.form = after;
    } else this.leaveToInterpreter();
    code.end();
  }

  /** Bails out if the condition on the stack holds. */
  bailIf(): void {
    this.code.notExpected().brIf(this.bail);
  }

  /** Where the condition on the stack holds, which it seldom does. */
  onlyIf(then: () => void): void {
    this.code.notExpected().if();
    then();
    this.code.end();
  }

  /** Where the condition on the stack holds, and then `refuses` too, bails out. */
  rarely(refuses: () => void): void {
    this.onlyIf(() => {
      refuses();
      this.bailIf();
    });
  }
}

export const isXmm = (address: number): boolean => address >= VECTOR_STATE && address < xmmAddress(8);

const local = (index: number): LocalNode => ({ kind: 'local', index });
