/**
 * The frame of a region's function: entry checks, what lives in locals to and from memory, the ways out.
 *
 * All exits meet in one place, which stores what the region writes. There Local.status is a Status, or LINK + n to go on by a tail call: through the n-th
 * link of the region.
 */
import { fieldAddress, TLB, TLB_SIZE, Tlb } from '../cpu/state.ts';
import { type Code, type Label, Op } from '../wasm/code.ts';
import { ESP, Local, type RegionContext, takeOff } from './region-context.ts';
import { isFlagHome } from './region-flags.ts';
import { loadHome, storeHome } from './simd-homes.ts';
import type { StackWindow } from './stack-window.ts';
import { Status } from './status.ts';

const LINK = 0x100;

export const stateEip = fieldAddress('eip');
export const stateBudget = fieldAddress('budget');
const stateCsBase = fieldAddress('csBase');
const statePcBase = fieldAddress('pcBase');
const stateExitRecord = fieldAddress('exitRecord');
const stateLinkSite = fieldAddress('linkSite');

/** Where an exit goes on. */
export type Link =
  /** In a region of the same module: a function index. */
  | { readonly kind: 'direct'; readonly target: number }
  /** Through the table slot that the word at this address names: 0 is the dispatcher. */
  | { readonly kind: 'slot'; readonly address: number }
  /** Through an inline cache: see Site. */
  | { readonly kind: 'site'; readonly address: number };

export interface FrameImports {
  readonly regionType: number;
  /** Function index of the dispatcher's dispatch(). */
  readonly dispatch: number;
}

/** An inline cache: a word that counts misses, then ways of two words, EIP and table slot. Which way is told by siteWay(). */
export const Site = { misses: 0, ways: 8, eip: 8, slot: 12, words: 18 } as const;
/** Byte offset of the way for an EIP. Computed as in siteHits(). */
export const siteWay = (eip: number): number => ((eip ^ (eip >>> 3)) >>> 1) & 0x38;
/** A site that has missed this often stays as it is. */
const MOST_MISSES = 0x10000;

export class RegionFrame {
  private readonly code: Code;
  private readonly context: RegionContext;
  private readonly imports: FrameImports;
  private readonly links: Link[] = [];
  /** The budget that covers every acyclic path. */
  private readonly need: number;

  constructor(context: RegionContext, imports: FrameImports, need: number) {
    this.code = context.code;
    this.context = context;
    this.imports = imports;
    this.need = need;
  }

  /**
   * `validAt`: word that is not zero while the region's code is unchanged; `words`: others that must be as they are told, by address. Callers of the same
   * module leave it to the region to say where it would have begun: at `linear`, by whatever CS there is now.
   */
  checkEntry(linear: number, validAt: number, words: Iterable<readonly [number, number]>): void {
    const { code } = this;
    const fine = code.block();
    const decline = code.block();
    code.const(0).load(4, stateBudget).tee(Local.budget).const(this.need).op(Op.i32_lt_s).notExpected().brIf(decline);
    code.const(0).load(4, validAt).op(Op.i32_eqz).notExpected().brIf(decline);
    for (const [address, word] of words)
      code.const(0).load(4, address).const(word).op(Op.i32_ne).notExpected().brIf(decline);
    code.br(fine);
    code.end();
    code.const(0).const(linear).const(0).load(4, stateCsBase).op(Op.i32_sub).store(4, stateEip);
    code.const(Status.decline).op(Op.return);
    code.end();
    this.load();
  }

  /** At the entry: where the window does not fit, `plain`, the same region without it, goes on; if there is none, the host must know. */
  checkEntryWindow(entry: number, window: StackWindow, plain: number | undefined): void {
    const { code } = this;
    const fine = code.block();
    const other = code.block();
    this.checkWindow(window, 0, other);
    code.br(fine);
    code.end();
    if (plain !== undefined) code.get(Local.depth).returnCall(plain);
    else {
      code.const(0).const(entry).store(4, stateEip);
      code.const(Status.window).op(Op.return);
    }
    code.end();
  }

  /** Before a call that should leave ESP `popped` bytes higher than it is now. */
  expectStack(popped: number): void {
    this.code
      .get(Local.homes + ESP)
      .const(popped)
      .op(Op.i32_add)
      .set(Local.expected);
  }

  /**
   * After a call. Where ESP is what was expected the window is still good: whatever changes translations or makes a page one of code has all compiled code
   * left first. `position`: ESP's, by plan.
   */
  checkWindowAgain(window: StackWindow, position: number, next: number): void {
    const { code } = this;
    code
      .get(Local.homes + ESP)
      .get(Local.expected)
      .op(Op.i32_ne)
      .notExpected()
      .if();
    const fine = code.block();
    const other = code.block();
    this.checkWindow(window, position, other);
    code.br(fine);
    code.end();
    this.exitAt(next, Status.resume);
    code.end();
    code.end();
  }

  /** Branches to `other` when the window does not fit; else the TLB word of its page, or pages, is in Local.stack. */
  private checkWindow({ low, high }: StackWindow, position: number, other: Label): void {
    const { code, context } = this;
    const table = TLB + (context.user ? 3 : 1) * TLB_SIZE;
    const word = () => code.const(10).op(Op.i32_shr_u).const(0x3ffffc).op(Op.i32_and).load(4, table);
    code
      .get(Local.homes + ESP)
      .const(low - position)
      .op(Op.i32_add)
      .tee(Local.left);
    word().tee(Local.stack);
    if (context.word !== 0) code.const(context.word).op(Op.i32_ne);
    else code.const(Tlb.plain).op(Op.i32_and).op(Op.i32_eqz);
    code.notExpected().brIf(other);
    // In two pages it is in one piece where the second has the same word.
    code
      .get(Local.left)
      .const(0xfff)
      .op(Op.i32_and)
      .const(0x1000 - (high - low))
      .op(Op.i32_gt_u)
      .notExpected()
      .if();
    code
      .get(Local.left)
      .const(high - low - 1)
      .op(Op.i32_add);
    word().get(Local.stack).op(Op.i32_ne).brIf(other);
    code.end();
  }

  private load(): void {
    const { homes } = this.context;
    for (const home of new Set([...homes.read, ...homes.written])) loadHome(this.context, home);
  }

  /** Registers and budget, after somebody else has worked on them. */
  reload(): void {
    this.load();
    this.code.const(0).load(4, stateBudget).set(Local.budget);
    this.context.flags.loaded();
    this.context.neighbours.clear();
  }

  spill(): void {
    const { context } = this;
    for (const home of context.homes.written) if (!isFlagHome(home)) storeHome(context, home);
    context.flags.store();
    this.code.const(0).get(Local.budget).store(4, stateBudget);
  }

  // ---- ways out

  /** Local.eip is set. */
  exitWith(status: number): void {
    this.code.const(status).set(Local.status).br(this.context.exit);
  }

  /** The same without a detour, where that is often gone. */
  returnWith(status: number): void {
    const { code } = this;
    this.spill();
    code.const(0).get(Local.eip).store(4, stateEip);
    code.const(status).op(Op.return);
  }

  exitAt(eip: number, status: number): void {
    this.code.const(eip).set(Local.eip);
    this.exitWith(status);
  }

  /** Goes on in another region by a tail call; Local.eip is set. */
  exitBy(link: Link): void {
    const same = (other: Link): boolean => JSON.stringify(other) === JSON.stringify(link);
    let index = this.links.findIndex(same);
    if (index < 0) index = this.links.push(link) - 1;
    this.exitWith(LINK + index);
  }

  /** Leaves when the budget does not cover another way through the region. `eip`: where to go on, undefined when it is in Local.eip. */
  checkBudget(eip: number | undefined): void {
    const { code } = this;
    code.get(Local.budget).const(this.need).op(Op.i32_lt_s).notExpected().if();
    if (eip !== undefined) code.const(eip).set(Local.eip);
    this.exitWith(Status.resume);
    code.end();
  }

  /** The same within a block of which `instructions` have been executed but not counted. */
  checkBudgetAfter(eip: number, instructions: number): void {
    const { code } = this;
    code.get(Local.budget).const(this.need).op(Op.i32_lt_s).notExpected().if();
    takeOff(code, instructions);
    this.exitAt(eip, Status.resume);
    code.end();
  }

  /** Writes what lies between the entry and where all exits meet. */
  surround(body: () => void): void {
    const { code, context } = this;
    context.exit = code.block();
    const leave = code.block();
    context.leaves = context.pages.map(() => code.block()).reverse();
    body();
    code.op(Op.unreachable);
    context.pages.forEach((pcBase, i) => {
      code.end();
      code.const(pcBase).set(Local.target);
      if (i < context.pages.length - 1) code.br(leave);
    });
    code.end();
    code.const(Status.leave).set(Local.status);
    code.end();
    this.finish();
  }

  /** What stands where all exits meet. */
  private finish(): void {
    const { code, links, context } = this;
    context.flags.form = context.homes.lazyFlags ? 'either' : 'words';
    this.spill();
    code.get(Local.status).const(Status.leave).op(Op.i32_eq).if();
    code.const(0).get(Local.eip).store(4, stateExitRecord);
    code.const(0).get(Local.target).store(4, statePcBase);
    code.const(Status.leave).op(Op.return);
    code.end();
    code.const(0).get(Local.eip).store(4, stateEip);
    if (links.length > 0) this.followLinks();
    code.get(Local.status);
  }

  private followLinks(): void {
    const { code, links } = this;
    code.get(Local.status).const(LINK).op(Op.i32_ge_s).if();
    const labels = links.map(() => code.block()).reverse();
    code.get(Local.status).const(LINK).op(Op.i32_sub);
    code.brTable(labels, labels.at(-1)!);
    for (const link of links) {
      code.end();
      this.goOn(link);
    }
    code.end();
  }

  /** Goes on in another region by a tail call: state is complete, EIP in Local.eip too. */
  private goOn(link: Link): void {
    const { code, imports } = this;
    const { regionType, dispatch } = imports;
    switch (link.kind) {
      case 'direct':
        code.get(Local.depth).returnCall(link.target);
        break;
      case 'slot':
        code.get(Local.depth).const(0).load(4, link.address).returnCallIndirect(regionType);
        break;
      case 'site':
        this.siteHits(link.address);
        code
          .get(Local.depth)
          .get(Local.left)
          .load(4, link.address + Site.slot)
          .returnCallIndirect(regionType);
        code.end();
        this.siteMisses(link.address);
        code.get(Local.depth).returnCall(dispatch);
        break;
    }
  }

  /** Calls the region at Local.eip as a guest's call is: everything is stored first. Its status is left on the stack. */
  call(link: Link): void {
    const { code, imports } = this;
    const { regionType, dispatch } = imports;
    const deeper = () => code.get(Local.depth).const(1).op(Op.i32_add);
    this.spill();
    if (link.kind !== 'direct') code.const(0).get(Local.eip).store(4, stateEip);
    switch (link.kind) {
      case 'direct':
        deeper().call(link.target);
        break;
      case 'slot':
        deeper().const(0).load(4, link.address).callIndirect(regionType);
        break;
      case 'site':
        this.siteHits(link.address);
        deeper()
          .get(Local.left)
          .load(4, link.address + Site.slot)
          .callIndirect(regionType)
          .set(Local.status);
        code.else();
        this.siteMisses(link.address);
        deeper().call(dispatch).set(Local.status);
        code.end();
        code.get(Local.status);
        break;
    }
  }

  /** Opens an `if` for the case that the site knows Local.eip; Local.left is the offset of its way. */
  private siteHits(address: number): void {
    const { code } = this;
    code.get(Local.eip).get(Local.eip).const(3).op(Op.i32_shr_u).op(Op.i32_xor).const(1).op(Op.i32_shr_u);
    code.const(0x38).op(Op.i32_and).tee(Local.left);
    code
      .load(4, address + Site.eip)
      .get(Local.eip)
      .op(Op.i32_eq)
      .if();
  }

  /** Counts; a miss whose number is a power of two asks for the site to be filled. */
  private siteMisses(address: number): void {
    const { code } = this;
    const misses = address + Site.misses;
    code.const(0).const(0).load(4, misses).const(1).op(Op.i32_add).tee(Local.left).store(4, misses);
    code.get(Local.left).get(Local.left).const(1).op(Op.i32_sub).op(Op.i32_and).op(Op.i32_eqz);
    code.get(Local.left).const(MOST_MISSES).op(Op.i32_lt_u).op(Op.i32_and).notExpected().if();
    code.const(0).const(address).store(4, stateLinkSite);
    code.const(Status.fill).op(Op.return);
    code.end();
  }
}
