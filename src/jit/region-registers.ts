/**
 * What an instruction of a region sees of the processor's state: what its record holds is constant, general registers, flags and segment bases are locals, and what is known
 * of them - how large they are, how far from ESP, of which registers they are the sum - is known while it is written.
 */
import type { ExecutableForm } from '../cpu/form-enumeration.ts';
import { fieldAddress, registerAddress } from '../cpu/state.ts';
import type { LocalNode, Node } from '../cpu/wasm-arithmetic.ts';
import { WasmBuilder } from '../cpu/wasm-builder.ts';
import type { Size } from '../isa/builder.ts';
import { type Condition, type FlagKind, type FlagWords, flagWordsBy } from '../isa/flags.ts';
import { Op } from '../wasm/code.ts';
import type { Address } from './neighbours.ts';
import { type Range, rangeOf } from './ranges.ts';
import { ESP, HOMES, Local, type RegionContext, type Surroundings } from './region-context.ts';
import { conditionFrom } from './region-flags.ts';
import type { ScalarFormat } from './simd-scalar-format.ts';

const GENERAL = registerAddress('eax');
const NONE = fieldAddress('none');
const PC_BASE = fieldAddress('pcBase');
/** Their conditions decide about jumps alone: nothing is written in them. */
const BRANCHES = new Set(['Jcc', 'JCXZ', 'LOOP', 'LOOPZ', 'LOOPNZ']);
/** A subtraction or addition of three. */
const TAKES_CARRY = new Set(['ADC', 'SBB']);
/** Of flags. */
const WORDS = 3;
const GUARDED = new Set([fieldAddress('stackMask'), fieldAddress('cpl')]);

export abstract class RegionRegisters extends WasmBuilder {
  protected readonly context: RegionContext;
  protected readonly record: number;
  protected readonly pcBase: number;
  protected readonly surroundings: Surroundings;
  /** Within an if(): how deep. */
  protected arms = 0;
  /** Nodes that stand for a home, until it is written: then they come to stand for a copy of what it was. */
  private readonly standing = new Map<number, { kind: 'local'; index: number }[]>();
  /** Locals that hold ESP as it was before this instruction, plus so many bytes. */
  private readonly nearStack = new Map<number, number>();
  /** Where ESP was then: see StackState. */
  protected readonly before: number | undefined;
  /** What other locals hold, as sums. */
  protected readonly addresses = new Map<number, Address>();
  /** What is known of other locals. */
  private readonly ranges = new Map<number, Range>();

  constructor(
    form: ExecutableForm,
    context: RegionContext,
    record: number,
    pcBase: number,
    surroundings: Surroundings,
  ) {
    super(form, context.code, context.pool);
    this.surroundings = surroundings;
    this.before = context.stack.position;
    this.context = context;
    this.record = record;
    this.pcBase = pcBase;
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

  protected homeOf(address: number): number {
    if (address >= GENERAL && address < GENERAL + 32) return (address - GENERAL) >> 2;
    return HOMES.indexOf(address);
  }

  /** A word of state that the region's entry makes sure of. */
  protected guarded(address: number): number {
    const { guards, state } = this.context;
    const known = guards.get(address) ?? state[address >> 2]!;
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

  /** A variable of which nothing is to be known. */
  protected unknown(initial: Node): Node {
    return super.variable(initial);
  }

  protected rangeOf(node: Node): Range {
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
  protected stackOffset(node: Node): number | undefined {
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
}
