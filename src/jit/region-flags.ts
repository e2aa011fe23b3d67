/**
 * The flags within a region. An addition or the like leaves what its flags follow from in locals: which operation it was, its operands, its result. The three words
 * that stand for flags elsewhere (isa/flags.ts) are found from those where somebody wants them. Mostly nobody does: the next such operation replaces
 * them, and only what is seldom taken, the ways out on the way there, would have them. So they cost a loop nothing.
 *
 * In a local, too, is which operation it was, 0 for "the words are in their homes": at a place that is come to by several ways only that tells.
 */

import type { ExecutableForm } from '../cpu/form-enumeration.ts';
import { fieldAddress } from '../cpu/state.ts';
import { type LocalNode, type LocalPool, type Node, WasmArithmetic } from '../cpu/wasm-arithmetic.ts';
import type { Size } from '../isa/builder.ts';
import { type Condition, type FlagKind, FlagKinds, type FlagWords, wordsOf } from '../isa/flags.ts';
import { Code, I32, Op } from '../wasm/code.ts';
import type { FormTraits } from './form-traits.ts';
import type { Range } from './ranges.ts';
import { type Region, successors, targetsOf } from './region.ts';
import { type Homes, homeOf, Local } from './region-context.ts';

/** What left the flags. `exact`: the operands alone tell the carry, as there was none coming in. */
export interface FlagSource {
  readonly kind: FlagKind;
  readonly size: Size;
  readonly exact: boolean;
}

/** How flags stand where code is being written: in their homes; as an operation's; one or the other, as Local.flagKind says. */
export type FlagForm = 'words' | FlagSource | 'either';

const WORDS = ['zero', 'sign', 'carry'] as const;
const ZERO = homeOf('zero');
const SIGN = homeOf('sign');
const CARRY = homeOf('carry');
const FLAG_HOMES = [ZERO, SIGN, CARRY];
const SIZES: readonly Size[] = [1, 2, 4];

const a: LocalNode = { kind: 'local', index: Local.flagA };
const b: LocalNode = { kind: 'local', index: Local.flagB };
const result: LocalNode = { kind: 'local', index: Local.homes + ZERO };
const carry: LocalNode = { kind: 'local', index: Local.homes + CARRY };

/** Value of Local.flagKind. Logic is an addition of zeros as far as its carries go, and known as such. */
const numberOf = ({ kind, size }: FlagSource): number =>
  1 + FlagKinds.indexOf(kind === 'logic' ? 'add' : kind) * SIZES.length + SIZES.indexOf(size);

/** storeFlags(): from Local.flagKind, the operands, the result and the carry before it: stores the words. */
export const STORE_FLAGS_TYPE = { params: [I32, I32, I32, I32, I32], results: [] } as const;

export function storeFlagsCode(pool: LocalPool): Code {
  const code = new Code();
  const arithmetic = new WasmArithmetic(code, pool);
  const [x, y, value, before] = [1, 2, 3, 4].map(index => ({ kind: 'local', index }) as const);
  const sources = FlagKinds.flatMap(kind => SIZES.map(size => ({ kind, size })));
  const labels = sources.map(() => code.block()).reverse();
  code.get(0).const(1).op(Op.i32_sub).brTable(labels, labels[0]!);
  for (const { kind, size } of sources) {
    code.end();
    const words = wordsOf<Node>(arithmetic, kind, size, x!, y!, value!, () => before!);
    for (const name of WORDS) {
      code.const(0);
      arithmetic.emit(words[name]);
      code.store(4, fieldAddress(name));
    }
    code.op(Op.return);
  }
  return code;
}

/** RegionFlags.store() sees to them. */
export const isFlagHome = (home: number): boolean => FLAG_HOMES.includes(home);

export class RegionFlags {
  form: FlagForm = 'words';
  private readonly code: Code;
  private readonly homes: Homes;
  private readonly ranges: Map<number, Range>;
  /** Function index of storeFlags(). */
  private readonly storeFlags: number;

  constructor(code: Code, homes: Homes, ranges: Map<number, Range>, storeFlags: number) {
    this.code = code;
    this.homes = homes;
    this.ranges = ranges;
    this.storeFlags = storeFlags;
  }

  /** The operands are in their locals, and the result, sign-extended, in the home of `zero`; where the carry stays, it has been seen to by keepCarry(). */
  set(source: FlagSource): void {
    this.code.const(numberOf(source)).set(Local.flagKind);
    this.homes.lazyFlags = true;
    for (const home of FLAG_HOMES) this.homes.written.add(home);
    this.form = source;
  }

  /** The words have been put in their homes. */
  becomeWords(): void {
    if (this.form !== 'words') this.code.const(0).set(Local.flagKind);
    this.form = 'words';
  }

  /** The words, as they are to be had here; not where they may stand in either form. */
  words(arithmetic: WasmArithmetic): FlagWords<Node> {
    const { form } = this;
    if (form === 'either') throw new Error('flags that nobody has settled');
    for (const home of FLAG_HOMES) this.homes.read.add(home);
    if (form === 'words') return { zero: result, sign: { kind: 'local', index: Local.homes + SIGN }, carry };
    // The result is known to be extended already.
    const known = form.kind === 'logic' ? arithmetic.k(0) : undefined;
    return {
      zero: result,
      sign: result,
      get carry() {
        return known ?? wordsOf<Node>(arithmetic, form.kind, form.size, a, b, result, () => carry).carry;
      },
    };
  }

  /** Puts the words in their homes. */
  settle(): void {
    const { code, form, ranges } = this;
    if (form === 'words') return;
    for (const home of FLAG_HOMES) ranges.delete(home);
    if (form === 'either') {
      code.get(Local.flagKind).if();
      this.callStore();
      for (const name of WORDS)
        code
          .const(0)
          .load(4, fieldAddress(name))
          .set(Local.homes + homeOf(name));
      code.const(0).set(Local.flagKind).end();
      for (const home of FLAG_HOMES) this.homes.read.add(home);
    } else {
      const arithmetic = this.arithmetic();
      arithmetic.emit(this.words(arithmetic).carry);
      code.set(carry.index);
      code.get(result.index).set(Local.homes + SIGN);
      code.const(0).set(Local.flagKind);
    }
    this.form = 'words';
  }

  /** Has the carry before an operation that leaves it alone in the top bit of its home. */
  keepCarry(arithmetic: WasmArithmetic): void {
    const { form, code } = this;
    if (form === 'either') throw new Error('flags that nobody has settled');
    this.ranges.delete(CARRY);
    // INC and DEC have kept it there themselves.
    if (form === 'words' || form.kind === 'inc' || form.kind === 'dec') return;
    const top = (condition: Node): Node => arithmetic.shl(condition, arithmetic.k(31));
    if (form.kind === 'logic') code.const(0);
    else if (form.exact && form.kind === 'sub') arithmetic.emit(top(arithmetic.ltu(a, b)));
    else if (form.exact && form.size === 4) arithmetic.emit(top(arithmetic.ltu(result, a)));
    else arithmetic.emit(this.words(arithmetic).carry);
    code.set(carry.index);
  }

  /** Stores the words, wherever they are now; locals stay what they are. */
  store(): void {
    const { code, form } = this;
    if (form === 'either') {
      code.get(Local.flagKind).notExpected().if();
      this.callStore();
      code.else();
      this.storeHomes();
      code.end();
      return;
    }
    if (form === 'words') {
      this.storeHomes();
      return;
    }
    const arithmetic = this.arithmetic();
    const words = this.words(arithmetic);
    for (const name of WORDS) {
      const value = arithmetic.let(words[name]);
      code.const(0);
      arithmetic.emit(value);
      code.store(4, fieldAddress(name));
    }
  }

  /** After the words have been loaded into their homes. Where that is one of several ways to where code goes on, nobody knows by which one has come. */
  loaded(): void {
    if (!this.homes.lazyFlags) return;
    this.code.const(0).set(Local.flagKind);
    if (this.form !== 'words') this.form = 'either';
  }

  private storeHomes(): void {
    for (const name of WORDS) {
      const home = homeOf(name);
      if (this.homes.written.has(home))
        this.code
          .const(0)
          .get(Local.homes + home)
          .store(4, fieldAddress(name));
    }
  }

  private callStore(): void {
    const { code } = this;
    for (const index of [Local.flagKind, Local.flagA, Local.flagB, result.index, carry.index]) code.get(index);
    code.call(this.storeFlags);
  }

  private arithmetic(): WasmArithmetic {
    return new WasmArithmetic(this.code, { first: Local.flagTemporaries, used: 0 });
  }
}

/** The condition straight from what an operation left in the locals, where that is shorter than by the words. */
export function conditionFrom(
  { kind, size, exact }: FlagSource,
  condition: Condition,
  x: WasmArithmetic,
): Node | undefined {
  const not = condition.startsWith('n');
  const positive = (not ? condition.slice(1) : condition) as Condition;
  const found =
    kind === 'sub' && exact ? fromDifference(positive, size, x) : fromResult(positive, kind, size, exact, x);
  if (!found) return undefined;
  return not ? x.eqz(found) : found;
}

function fromDifference(condition: Condition, size: Size, x: WasmArithmetic): Node | undefined {
  const [left, right] = [x.signExtend(a, size), x.signExtend(b, size)];
  switch (condition) {
    case 'z':
      return x.eq(a, b);
    case 'b':
      return x.ltu(a, b);
    case 'be':
      return x.eqz(x.ltu(b, a));
    case 'l':
      return x.lts(left, right);
    case 'le':
      return x.eqz(x.lts(right, left));
    case 's':
      return x.lts(result, x.k(0));
    default:
      return undefined;
  }
}

function fromResult(
  condition: Condition,
  kind: FlagKind,
  size: Size,
  exact: boolean,
  x: WasmArithmetic,
): Node | undefined {
  if (condition === 'z') return x.eqz(result);
  if (condition === 's') return x.lts(result, x.k(0));
  if (kind === 'add' && condition === 'b' && exact && size === 4) return x.ltu(result, a);
  if (kind !== 'logic') return undefined;
  switch (condition) {
    case 'b':
    case 'o':
      return x.k(0);
    case 'be':
      return x.eqz(result);
    case 'l':
      return x.lts(result, x.k(0));
    case 'le':
      return x.eqz(x.lts(x.k(0), result));
    default:
      return undefined;
  }
}

/** Whether the flags after instruction `index` of a block are replaced before anything reads them or leaves. */
export function flagsDie(forms: readonly ExecutableForm[], index: number, traits: FormTraits): boolean {
  for (let i = index + 1; i < forms.length; i++) {
    const { reads, mayLeave, changes } = traits.flagUse(forms[i]!);
    if (reads || mayLeave) return false;
    if (changes === 'all') return true;
  }
  return false;
}

/** EIPs of the blocks that want the flags as words where they begin: one of the first things they do is to look at them, or to change some. */
export function wantWords({ blocks }: Region, traits: FormTraits): ReadonlySet<number> {
  const wanting = new Set<number>();
  const passing = new Set<number>();
  for (const [eip, { forms, end }] of blocks) {
    let use: 'wants' | 'replaces' | undefined;
    for (let i = 0; i < forms.length && !use; i++) {
      const { reads, changes } = traits.flagUse(forms[i]!);
      // What it keeps is seen by nobody where what it changes is not.
      if (reads || (changes && changes !== 'all' && !flagsDie(forms, i, traits))) use = 'wants';
      else if (changes === 'all') use = 'replaces';
    }
    // Whoever is called, or returned to, finds them in memory.
    if (!use && ['call', 'indirect-call', 'return'].includes(end.kind)) use = 'wants';
    if (use === 'wants') wanting.add(eip);
    else if (!use) passing.add(eip);
  }
  for (let before = -1; before !== wanting.size; ) {
    before = wanting.size;
    for (const eip of passing) {
      const block = blocks.get(eip)!;
      if ([...successors(block), ...targetsOf(block)].some(to => wanting.has(to))) wanting.add(eip);
    }
  }
  return wanting;
}
