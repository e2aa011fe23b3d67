/**
 * The region reading of a definition: WebAssembly for one instruction of a compiled region. Registers are as region-registers.ts says; segment bounds are constant too, and
 * the region's entry checks them. An access that is not a plain TLB hit leaves the region before anything has changed, and the interpreter does the instruction.
 */
import type { ExecutableForm } from '../cpu/form-enumeration.ts';
import { MEMORY_BIAS, SegmentCache, TLB, TLB_SIZE } from '../cpu/state.ts';
import type { LocalNode, Node } from '../cpu/wasm-arithmetic.ts';
import { type Access, isWrite } from '../cpu/wasm-builder.ts';
import type { Operand, ServiceName } from '../isa/builder.ts';
import type { SegmentName } from '../isa/registers.ts';
import { type Label, Op } from '../wasm/code.ts';
import { CODE_LIMIT } from './block-finder.ts';
import type { Address } from './neighbours.ts';
import { type Branches, Local, type RegionContext, type Surroundings, UNPAGED } from './region-context.ts';
import { RegionRegisters } from './region-registers.ts';

/** What is added to an address for its host address where linear addresses are physical ones. */
const UNPAGED_BIAS = MEMORY_BIAS + UNPAGED;
const PAGE_MASK = 0xfff;
/** Flag of place() for a write; the size is in the low bits. */
export const ASK_WRITE = 0x100;

export class RegionBuilder extends RegionRegisters {
  private readonly branches: Branches;
  /** Local.eip is the record. */
  private leavable = false;
  /** So far. */
  private accesses = 0;

  constructor(
    form: ExecutableForm,
    context: RegionContext,
    record: number,
    pcBase: number,
    branches: Branches,
    surroundings: Surroundings,
  ) {
    super(form, context, record, pcBase, surroundings);
    this.branches = branches;
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

  /** What a plain word of the TLB makes of an address; the expected one, where there is such. */
  private placeBy(linear: Node, entry: Node, access: Access): Node {
    const { word } = this.context;
    const place = word === UNPAGED ? linear : this.add(linear, word === 0 ? entry : this.k(word));
    return access === 'modify' ? this.unknown(place) : place;
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
    return this.context.word === UNPAGED ? UNPAGED_BIAS : MEMORY_BIAS;
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

  protected override isBarred(entry: Node): Node {
    const { word } = this.context;
    return word === 0 ? super.isBarred(entry) : this.ne(entry, this.k(word));
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
    const place = this.unknown(this.add(linear, entry)) as LocalNode;
    const crosses = this.crosses(linear, size);
    const barred = super.isBarred(entry);
    this.emit(crosses ? this.or(barred, crosses) : barred);
    code.notExpected().if();
    this.emit(linear);
    code.const(size | (isWrite(access) ? ASK_WRITE : 0));
    code.call(context.place).tee(place.index).op(Op.i32_eqz).if();
    this.leaveToInterpreter();
    code.end();
    code.end();
    if (context.word === UNPAGED) code.get(place.index).const(UNPAGED).op(Op.i32_sub).set(place.index);
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
