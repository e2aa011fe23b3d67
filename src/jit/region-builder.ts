/**
 * The region reading of a definition: WebAssembly for one instruction of a compiled region. What the interpreter loads from the record is a constant
 * here, and so are segment bounds, which the region's entry checks; general registers, flag words and segment bases are locals. An access that is
 * not a plain TLB hit leaves the region before anything has changed, and the interpreter does the instruction.
 */
import type { ExecutableForm } from '../cpu/form-enumeration.ts';
import { fieldAddress, MEMORY_BIAS, registerAddress, SegmentCache, TLB, TLB_SIZE, Tlb } from '../cpu/state.ts';
import type { LocalNode, Node } from '../cpu/wasm-arithmetic.ts';
import { type Access, isWrite, WasmBuilder } from '../cpu/wasm-builder.ts';
import type { Operand, ServiceName, Size } from '../isa/builder.ts';
import { type Condition, type FlagKind, type FlagWords, flagWordsBy } from '../isa/flags.ts';
import type { SegmentName } from '../isa/registers.ts';
import { type Label, Op } from '../wasm/code.ts';
import { CODE_LIMIT } from './block-finder.ts';
import type { Address } from './neighbours.ts';
import { type Range, rangeOf } from './ranges.ts';
import { type Branches, ESP, HOMES, Local, type RegionContext, type Surroundings, UNPAGED } from './region-context.ts';
import { conditionFrom } from './region-flags.ts';
import type { ScalarFormat } from './simd-scalar-format.ts';

/** What is added to an address for its host address where linear addresses are physical ones. */
const UNPAGED_BIAS = MEMORY_BIAS + UNPAGED;

const GENERAL = registerAddress('eax');
const NONE = fieldAddress('none');
const PAGE_MASK = 0xfff;
const PC_BASE = fieldAddress('pcBase');
/** Flag of place() for a write; the size is in the low bits. */
export const ASK_WRITE = 0x100;
/** Their conditions decide about jumps alone: nothing is written in them. */
const BRANCHES = new Set(['Jcc', 'JCXZ', 'LOOP', 'LOOPZ', 'LOOPNZ']);
/** A subtraction or addition of three. */
const TAKES_CARRY = new Set(['ADC', 'SBB']);
/** Of flags. */
const WORDS = 3;
const GUARDED = new Set([fieldAddress('stackMask'), fieldAddress('cpl')]);

export class RegionBuilder extends WasmBuilder {
  protected readonly context: RegionContext;
  private readonly record: number;
  protected readonly pcBase: number;
  private readonly branches: Branches;
  private readonly surroundings: Surroundings;
  /** Within an if(): how deep. */
  private arms = 0;
  /** Local.eip is the record. */
  private leavable = false;
  /** Nodes that stand for a home, until it is written: then they come to stand for a copy of what it was. */
  private readonly standing = new Map<number, { kind: 'local'; index: number }[]>();
  /** Locals that hold ESP as it was before this instruction, plus so many bytes. */
  private readonly nearStack = new Map<number, number>();
  private readonly before: number | undefined;
  /** What other locals hold, as sums. */
  private readonly addresses = new Map<number, Address>();
  /** So far. */
  private accesses = 0;
  /** What is known of other locals. */
  private readonly ranges = new Map<number, Range>();

  constructor(
    form: ExecutableForm,
    context: RegionContext,
    record: number,
    pcBase: number,
    branches: Branches,
    surroundings: Surroundings,
  ) {
    super(form, context.code, context.pool);
    this.surroundings = surroundings;
    this.before = context.stack.position;
    this.context = context;
    this.record = record;
    this.pcBase = pcBase;
    this.branches = branches;
  }

  // What the record holds is constant.

  protected override field(offset: number, size: 1 | 2 | 4): Node {
    return this.k(this.fieldValue(offset, size));
  }

  protected fieldValue(offset: number, size: 1 | 2 | 4): number {
    const { view } = this.context;
    const at = this.record + offset;
    return size === 4 ? view.getInt32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at);
  }

  protected override loadAt(address: Node, offset: number, size: Size): Node {
    if (address.kind === 'const') return this.loadState(address.value + offset, size);
    return this.loaded(super.loadAt(address, offset, size), size);
  }

  protected override loadPlace(place: Node, size: Size): Node {
    return this.loaded(super.loadPlace(place, size), size);
  }

  /** Notes how large it can be. */
  private loaded(value: Node, size: Size): Node {
    if (value.kind === 'local' && size < 4) this.ranges.set(value.index, { low: 0, high: size === 1 ? 0xff : 0xffff });
    return value;
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

  /** A word of state that the region's entry makes sure of. */
  private guarded(address: number): number {
    const { guards, view } = this.context;
    const known = guards.get(address) ?? view.getInt32(address, true);
    guards.set(address, known);
    return known;
  }

  override variable(initial: Node): Node {
    const local = super.variable(initial);
    if (local.kind !== 'local') return local;
    this.ranges.set(local.index, this.rangeOf(initial));
    const address = this.context.neighbours.addressOf(initial, known => this.addresses.get(known));
    if (address) this.addresses.set(local.index, address);
    const bytes = this.stackOffset(initial);
    if (bytes !== undefined) this.nearStack.set(local.index, bytes);
    return local;
  }

  private rangeOf(node: Node): Range {
    return rangeOf(node, index => this.ranges.get(index) ?? this.context.ranges.get(index - Local.homes));
  }

  override assign(variable: Node, value: Node): void {
    super.assign(variable, value);
    if (variable.kind !== 'local') return;
    this.ranges.delete(variable.index);
    this.addresses.delete(variable.index);
    this.nearStack.delete(variable.index);
  }

  /** How far a value is from ESP as it was before this instruction; undefined when nobody knows. */
  private stackOffset(node: Node): number | undefined {
    if (node.kind === 'local') return this.nearStack.get(node.index);
    if (node.kind !== 'op' || (node.op !== Op.i32_add && node.op !== Op.i32_sub)) return undefined;
    const [a, b] = node.args as [Node, Node];
    if (node.op === Op.i32_add && a.kind === 'const') return this.shifted(b, a.value);
    if (b.kind !== 'const') return undefined;
    return this.shifted(a, node.op === Op.i32_add ? b.value : -b.value);
  }

  private shifted(node: Node, by: number): number | undefined {
    const at = this.stackOffset(node);
    return at === undefined || Math.abs(by) > 0x10000 ? undefined : at + by;
  }

  protected override loadState(address: number, size: 1 | 2 | 4 = 4): Node {
    if (address === NONE) return this.k(0);
    if (address === PC_BASE) return this.k(this.pcBase);
    if (GUARDED.has(address)) return this.k(this.guarded(address));
    const home = this.homeOf(address);
    if (home < 0) return super.loadState(address, size);
    this.context.homes.read.add(home);
    const whole = { kind: 'local' as const, index: Local.homes + home };
    if (size === 4) {
      const isStack = home === ESP && !this.movedStack;
      if (this.arms > 0) {
        const copy = super.variable(whole) as LocalNode;
        if (isStack) this.nearStack.set(copy.index, 0);
        return copy;
      }
      if (isStack) this.nearStack.set(whole.index, 0);
      const known = this.standing.get(home);
      if (known) known.push(whole);
      else this.standing.set(home, [whole]);
      return whole;
    }
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
    const index = Local.homes + home;
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
    const moved = home === ESP ? (size === 4 ? this.stackOffset(value) : undefined) : 0;
    this.keep(home);
    this.context.neighbours.changed(home);
    this.noteRange(home, address, size, value);
    this.code.set(index);
    if (home === ESP) this.moveStack(moved);
  }

  /** A home is about to be written, and what has been read of it kept: what will be known of it. */
  private noteRange(home: number, address: number, size: 1 | 2 | 4, value: Node): void {
    const { ranges } = this.context;
    const before = ranges.get(home);
    if (this.arms > 0 || (size < 4 && !before)) ranges.delete(home);
    else if (size === 4) ranges.set(home, this.rangeOf(value));
    else
      ranges.set(home, { low: 0, high: (before!.high | ((size === 1 ? 0xff : 0xffff) << ((address & 3) * 8))) >>> 0 });
  }

  private movedStack = false;

  /** ESP has been set to what it was plus `by`. */
  private moveStack(by: number | undefined): void {
    const { stack } = this.context;
    this.movedStack = true;
    this.nearStack.delete(Local.homes + ESP);
    // In an arm nobody knows whether it is taken.
    stack.position = by === undefined || this.before === undefined || this.arms > 0 ? undefined : this.before + by;
  }

  /** A home is about to be written: what has been read of it stays what it is. */
  private keep(home: number): void {
    const standing = this.standing.get(home);
    if (!standing) return;
    this.standing.delete(home);
    const copy = this.temporary();
    this.code.get(Local.homes + home).set(copy.index);
    const bytes = this.nearStack.get(Local.homes + home);
    if (bytes !== undefined) this.nearStack.set(copy.index, bytes);
    const range = this.context.ranges.get(home);
    if (range) this.ranges.set(copy.index, range);
    for (const node of standing) node.index = copy.index;
  }

  /** What is written in one arm must not change what was read before it, in either. */
  override if(condition: Node, then: () => void, otherwise?: () => void): void {
    const { code } = this;
    this.emit(condition);
    if (!BRANCHES.has(this.form.mnemonic)) for (const home of [...this.standing.keys()]) this.keep(home);
    code.if();
    this.arms++;
    then();
    if (otherwise) {
      code.else();
      otherwise();
    }
    this.arms--;
    code.end();
  }

  // Compare and branch in one.

  override flags(kind: FlagKind, size: Size, a: Node, b: Node, result: Node): void {
    const { context, surroundings, code } = this;
    const { flags } = context;
    context.compared = undefined;
    if (surroundings.flagsDead) return;
    if (this.arms > 0) {
      super.flags(kind, size, a, b, result);
      return;
    }
    const signed = this.let(this.signExtend(result, size));
    if (kind === 'inc' || kind === 'dec') flags.keepCarry(this);
    const [x, y] = kind === 'logic' ? [this.k(0), this.k(0)] : [a, b];
    this.emit(x);
    this.emit(y);
    code.set(Local.flagB).set(Local.flagA);
    this.storeState(fieldAddress('zero'), signed);
    // ADC and SBB take the carry in as well: their operands alone decide nothing.
    flags.set({ kind, size, exact: !TAKES_CARRY.has(this.form.mnemonic) });
  }

  override flagWords(): FlagWords<Node> {
    const { flags } = this.context;
    if (flags.form === 'words') return super.flagWords();
    const words = flags.words(this);
    return flagWordsBy(name => super.variable(words[name]));
  }

  override setFlagWords(words: Partial<FlagWords<Node>>): void {
    const { flags } = this.context;
    this.context.compared = undefined;
    if (this.surroundings.flagsDead) return;
    if (this.arms > 0 || Object.keys(words).length < WORDS) {
      if (flags.form !== 'words') throw new Error('flags that nobody has settled are changed in part');
      super.setFlagWords(words);
      return;
    }
    super.setFlagWords(words);
    flags.becomeWords();
  }

  override condition(condition: Condition): Node {
    const { compared, flags } = this.context;
    if (compared) return this.floatComparison(condition, compared);
    const fused = typeof flags.form === 'object' ? conditionFrom(flags.form, condition, this) : undefined;
    return fused ?? super.condition(condition);
  }

  /** The condition from the operands of the ordered comparison that set the flags: OF, SF and PF are clear. */
  private floatComparison(condition: Condition, { eq, ne, lt, le, local }: ScalarFormat): Node {
    const x: Node = { kind: 'local', index: local.x };
    const y: Node = { kind: 'local', index: local.y };
    switch (condition) {
      case 'b':
        return this.op(lt, x, y);
      case 'nb':
        return this.op(le, y, x);
      case 'be':
        return this.op(le, x, y);
      case 'nbe':
        return this.op(lt, y, x);
      case 'z':
      case 'le':
        return this.op(eq, x, y);
      case 'nz':
      case 'nle':
        return this.op(ne, x, y);
      default:
        return this.k(condition.startsWith('n') ? 1 : 0);
    }
  }

  // Memory

  protected override access(segment: SegmentName | Operand, offset: Node, size: number, access: Access): Node {
    const { stack } = this.context;
    this.accesses++;
    const bytes = this.isFlat(segment) ? this.stackOffset(offset) : undefined;
    if (bytes === undefined || this.before === undefined) return this.elsewhere(segment, offset, size, access);
    const position = this.before + bytes;
    stack.note?.(position, size);
    const { window } = stack;
    if (!window || position < window.low || position + size > window.high)
      return super.access(segment, offset, size, access);
    return this.placeBy(offset, { kind: 'local', index: Local.stack }, access);
  }

  /** What a plain word of the TLB makes of an address. */
  private placeBy(linear: Node, entry: Node, access: Access): Node {
    const place = this.context.unpaged ? linear : this.add(linear, entry);
    return access === 'modify' ? super.variable(place) : place;
  }

  /** An access that is not to the stack: it may have neighbours. */
  private elsewhere(segment: SegmentName | Operand, offset: Node, size: number, access: Access): Node {
    const address = this.addressIn(segment, offset);
    const { neighbours } = this.context;
    const write = isWrite(access);
    const mayLead = this.arms === 0 && !this.surroundings.asks;
    const id = `${this.record}.${this.accesses}` as const;
    const role = address && neighbours.roleOf(id, address, size, write, mayLead);
    if (!role || role.kind === 'alone') return super.access(segment, offset, size, access);
    const linear = this.linear(segment, offset, size, write);
    const word: LocalNode = { kind: 'local', index: role.word };
    if (role.kind === 'first') {
      const { low, high, write } = role.extent;
      this.loadTlbWord(linear, write, word);
      this.makeSure(word, this.add(linear, this.k(low - address.displacement)), high - low, write);
    }
    return this.placeBy(linear, word, access);
  }

  private addressIn(segment: SegmentName | Operand, offset: Node): Address | undefined {
    const { neighbours } = this.context;
    const address = neighbours.addressOf(offset, local => this.addresses.get(local));
    if (!address || this.isFlat(segment)) return address;
    const cache = this.segmentNode(segment);
    const home = cache.kind === 'const' ? this.homeOf(cache.value + SegmentCache.base) : -1;
    const base =
      home < 0 ? undefined : neighbours.addressOf({ kind: 'local', index: Local.homes + home }, () => undefined);
    return base && { terms: [...address.terms, ...base.terms], displacement: address.displacement };
  }

  /** Leaves unless `entry`, the word of a page in which some of the bytes lie, is plain and that of all of them. */
  private makeSure(entry: LocalNode, start: Node, bytes: number, write: boolean): void {
    const { code } = this;
    this.prepareLeave();
    this.emit(this.isBarred(entry));
    this.brUnlikely(this.leaveLabel);
    this.ifUnlikely(this.ltu(this.k(0x1000 - bytes), this.and(start, this.k(PAGE_MASK))), () => {
      for (const address of [start, this.add(start, this.k(bytes - 1))]) {
        this.emit(this.tlbOffset(address));
        code.load(4, this.tableFor(write));
        this.emit(entry);
        code.op(Op.i32_ne).brIf(this.leaveLabel);
      }
    });
  }

  private tableFor(write: boolean): number {
    return TLB + ((this.context.user ? 2 : 0) + (write ? 1 : 0)) * TLB_SIZE;
  }

  protected override tlbWord(linear: Node, write: boolean): LocalNode {
    const entry = this.temporary();
    this.loadTlbWord(linear, write, entry);
    return entry;
  }

  private loadTlbWord(linear: Node, write: boolean, entry: LocalNode): void {
    const table = this.tableFor(write);
    const { low, high } = this.rangeOf(linear);
    if (low >>> 12 === high >>> 12) this.code.const(0).load(4, table + (low >>> 12) * 4);
    else {
      this.emit(this.tlbOffset(linear));
      this.code.load(4, table);
    }
    this.code.set(entry.index);
  }

  protected override get bias(): number {
    return this.context.unpaged ? UNPAGED_BIAS : MEMORY_BIAS;
  }

  protected override resolve(linear: Node, entry: LocalNode, size: number, access: Access): Node {
    if (this.surroundings.asks) return this.askPlace(linear, entry, size, access);
    this.prepareLeave();
    this.emit(this.isBarred(entry));
    this.brUnlikely(this.leaveLabel);
    // An access within a page may be misaligned, but telling that costs more: where it happens often this is written anew.
    const misaligned = this.misaligned(linear, size);
    if (misaligned) {
      this.emit(misaligned);
      this.brUnlikely(this.leaveLabel);
    }
    return this.placeBy(linear, entry, access);
  }

  private isBarred(entry: Node): Node {
    return this.context.unpaged ? this.ne(entry, this.k(UNPAGED)) : this.eqz(this.and(entry, this.k(Tlb.plain)));
  }

  /** Whether the access is not aligned, or, where that is known beforehand or seldom so, reaches into the next page; undefined when it cannot. */
  private misaligned(linear: Node, size: number): Node | undefined {
    if (linear.kind === 'const' || size > 4) return this.crosses(linear, size);
    return size === 1 ? undefined : this.and(linear, this.k(size - 1));
  }

  /** Whether the access reaches into the next page; undefined when it cannot. */
  protected crosses(linear: Node, size: number): Node | undefined {
    if (size === 1 || (linear.kind === 'const' && (linear.value & PAGE_MASK) <= 0x1000 - size)) return undefined;
    return this.ltu(this.k(0x1000 - size), this.and(linear, this.k(PAGE_MASK)));
  }

  /** As resolve(), where accesses are often not plain: a function finds the place, if there is one. */
  private askPlace(linear: Node, entry: Node, size: number, access: Access): Node {
    const { code, context } = this;
    const place = super.variable(this.placeBy(linear, entry, 'read')) as LocalNode;
    const crosses = this.crosses(linear, size);
    this.emit(crosses ? this.or(this.isBarred(entry), crosses) : this.isBarred(entry));
    code.notExpected().if();
    this.emit(linear);
    code.const(size | (isWrite(access) ? ASK_WRITE : 0));
    code.call(context.place).tee(place.index).op(Op.i32_eqz).if();
    this.leaveToInterpreter();
    code.end();
    if (context.unpaged) code.get(place.index).const(UNPAGED).op(Op.i32_sub).set(place.index);
    code.end();
    return place;
  }

  private brUnlikely(label: Label): void {
    this.code.notExpected().brIf(label);
  }

  private get leaveLabel(): Label {
    const { pages, leaves } = this.context;
    return leaves[pages.indexOf(this.pcBase)]!;
  }

  /** From here on a branch to leaveLabel goes on with this instruction in the interpreter. */
  private prepareLeave(): void {
    if (this.leavable) return;
    this.code.const(this.record).set(Local.eip);
    this.leavable = this.arms === 0;
  }

  protected ifUnlikely(condition: Node, then: () => void): void {
    this.emit(condition);
    this.code.notExpected().if();
    then();
    this.code.end();
  }

  protected override stored(): void {}

  /** Bounds are constant, so most of the check is done while compiling. */
  protected override checkSegment(segment: Node, offset: Node, size: number, write: boolean): void {
    if (segment.kind !== 'const') throw new Error('a segment that is not constant');
    const low = this.guarded(segment.value + (write ? SegmentCache.writeLow : SegmentCache.readLow));
    const high = this.guarded(segment.value + (write ? SegmentCache.writeHigh : SegmentCache.readHigh));
    if (low === 0 && high === -1) return;
    if (low >>> 0 > high >>> 0 || high >>> 0 < size - 1) {
      this.leaveToInterpreter();
      return;
    }
    const last = (high - (size - 1)) >>> 0;
    if (offset.kind === 'const' && offset.value >>> 0 >= low >>> 0 && offset.value >>> 0 <= last) return;
    if (low === 0 && this.rangeOf(offset).high <= last) return;
    const above = this.ltu(this.k(last), offset);
    const outside = low === 0 ? above : this.or(above, this.ltu(offset, this.k(low)));
    this.ifUnlikely(outside, () => this.leaveToInterpreter());
  }

  /** Before anything of this instruction has taken effect. */
  leaveToInterpreter(): void {
    this.code.const(this.record).set(Local.eip).br(this.leaveLabel);
  }

  // Ends

  /** Direct jumps beyond the limit are not part of any region. */
  override checkTarget(target: Node | Operand): void {
    if (this.form.addressing === 'flat' || target.kind === 'relative') return;
    const limit = this.guarded(CODE_LIMIT);
    if (limit !== -1) this.ifUnlikely(this.ltu(this.k(limit), target as Node), () => this.leaveToInterpreter());
  }

  override jump(eip: Node): void {
    this.leavable = false;
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

  override service(_name: ServiceName, ..._operands: Node[]): void {
    throw new Error(`${this.form.mnemonic} is not for a region`);
  }

  override repeat(): void {
    throw new Error(`${this.form.mnemonic} is not for a region`);
  }
}
