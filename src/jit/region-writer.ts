/**
 * Writes the function of one region: structured control flow found by dominators (structure.ts), the instructions of its blocks
 * (region-builder.ts), what is called of the interpreter (cold-call.ts), within a frame (region-frame.ts).
 *
 * Instructions are taken off the budget block by block; the budget covers the whole region at its entry, at every loop header and after every call,
 * so none runs past it.
 */
import type { ExecutableForm } from '../cpu/form-enumeration.ts';
import { RECORD_SIZE } from '../cpu/record.ts';
import { Code, Op } from '../wasm/code.ts';
import { callCold } from './cold-call.ts';
import { type AccessId, type Extent, Neighbours } from './neighbours.ts';
import type { Range } from './ranges.ts';
import type { Block, Region } from './region.ts';
import { targetsOf } from './region.ts';
import { RegionBuilder } from './region-builder.ts';
import { Local, type RegionContext, type StackState, takeOff } from './region-context.ts';
import { flagsDie, RegionFlags, wantWords } from './region-flags.ts';
import { type Link, RegionFrame, stateEip } from './region-frame.ts';
import {
  MARGIN,
  type RegionFunction,
  type RegionPlan,
  type RegionSource,
  type Version,
  type WriterImports,
} from './region-plan.ts';
import { type ExtraLocals, firstTemporary, regionLocals, x87Locals } from './simd-homes.ts';
import { RegionVectors } from './simd-region.ts';
import type { StackWindow } from './stack-window.ts';
import { Status } from './status.ts';
import { DISPATCH, edge } from './structure.ts';
import { RegionX87 } from './x87-region.ts';

/** Guest calls deeper than this unwind, so that no guest can exhaust the host's stack. */
const DEEPEST = 200;
/** Jumps within a region reach this many bytes from the first of their targets. */
const MAP_BYTES = 0x1000;

/** The next instruction that has to do with flags looks at a condition; SIMD instructions that come between leave flags alone, or are noticed. */
export function conditionFollows({ forms }: Block, index: number): boolean {
  for (let i = index + 1; i < forms.length; i++) {
    if (forms[i]!.mnemonic !== 'SIMD') return forms[i]!.mnemonic.endsWith('cc');
  }
  return false;
}

const hasVectors = ({ blocks }: Region): boolean =>
  [...blocks.values()].some(({ forms }) => forms.some(({ mnemonic }) => mnemonic === 'SIMD'));

/** The region's function, and behind it, where it has a stack window that often does not fit, the one without; `next` is the index of the second. */
export function writeRegion(
  source: RegionSource,
  plan: RegionPlan,
  imports: WriterImports,
  next: number,
): RegionFunction[] {
  const version = (which: Version): RegionFunction => new RegionWriter(source, plan, imports, which).write();
  const { window } = plan;
  if (!window) return [version('plain')];
  if (!source.straddles) return [version({ window, plain: undefined })];
  return [version({ window, plain: next }), version('plain')];
}

export class RegionWriter {
  private readonly source: RegionSource;
  private readonly imports: WriterImports;
  private readonly code = new Code();
  private readonly plan: RegionPlan;
  private readonly context: RegionContext;
  private readonly frame: RegionFrame;
  private readonly labels = new Map<number, number>();
  private readonly version: Version;
  /** Where there are SIMD instructions. */
  readonly vectors: RegionVectors | undefined;
  /** Where there are x87 instructions. */
  private readonly unit: RegionX87 | undefined;
  private readonly extra: ExtraLocals;
  /** Locals for words of the TLB that are kept. */
  private readonly keptWords: number;
  /** Blocks that begin with the flags in words. */
  private readonly wanting: ReadonlySet<number>;

  constructor(source: RegionSource, plan: RegionPlan, imports: WriterImports, version: Version) {
    this.version = version;
    this.source = source;
    this.plan = plan;
    this.imports = imports;
    this.extra = { vectors: hasVectors(source.region), x87: plan.unit !== undefined };
    const ranges = new Map<number, Range>();
    const first = firstTemporary(this.extra);
    const neighbours = new Neighbours(plan.neighbours, first);
    this.keptWords = plan.neighbours ? Neighbours.words(plan.neighbours) : 0;
    this.context = {
      code: this.code,
      pool: { first: first + this.keptWords, used: 0 },
      x87: x87Locals(this.extra),
      ranges,
      view: imports.view,
      state: source.state,
      user: source.user,
      word: source.word,
      homes: plan.homes,
      guards: plan.guards,
      pages: [...new Set([...source.region.blocks.values()].map(({ pcBase }) => pcBase))],
      neighbours,
      flags: new RegionFlags(this.code, plan.homes, ranges, imports.storeFlags),
      compared: undefined,
      exit: 0,
      leaves: [],
      stack: { position: undefined, window: this.window, note: this.noteOf(version) },
      place: imports.place,
    };
    this.wanting = wantWords(source.region, imports.traits);
    this.frame = new RegionFrame(this.context, imports, source.region.instructions + MARGIN);
    if (plan.unit) this.unit = new RegionX87(source.region, plan.unit, plan, this.context, this.frame, imports);
    if (this.extra.vectors) this.vectors = new RegionVectors(source.region, plan, this.context, this.frame, imports);
  }

  private get window(): StackWindow | undefined {
    return typeof this.version === 'object' && 'window' in this.version ? this.version.window : undefined;
  }

  private noteOf(version: Version): StackState['note'] {
    if (typeof version !== 'object' || !('uses' in version)) return undefined;
    return (offset, size) => version.uses.get(this.writing)!.accesses.push({ offset, size });
  }

  /** Those that have been found, or were. */
  get neighbours(): Map<AccessId, Extent> {
    return this.context.neighbours.found;
  }

  /** EIP of the block being written. */
  private writing = 0;

  write(): RegionFunction {
    const { code, context, frame, source, plan, version } = this;
    frame.checkEntry(source.linear, source.validAt, [...source.pages, ...plan.guards]);
    if (typeof version === 'object' && 'window' in version)
      frame.checkEntryWindow(source.region.entry, version.window, version.plain);
    frame.surround(() => {
      this.unit?.atEntry();
      this.vectors?.checkInvariants();
      this.tree(source.region.entry);
    });
    return { code, locals: regionLocals(this.extra, this.keptWords + context.pool.used) };
  }

  // ---- structure

  private tree(node: number): void {
    const { code } = this;
    const { shape } = this.plan;
    const merges = shape.children.get(node)!.filter(child => shape.merges.has(child));
    if (!shape.loops.has(node)) {
      this.within(node, merges, 0);
      return;
    }
    this.vectors?.beginLoop(node);
    this.unit?.beginLoop(node);
    this.labels.set(node, code.loop());
    this.meet(node);
    this.within(node, merges, 0);
    code.end();
  }

  /** `merges` by descending rank: the last to come is the outermost block. */
  private within(node: number, merges: readonly number[], index: number): void {
    const merge = merges[index];
    if (merge === undefined) {
      if (node === DISPATCH) this.dispatch();
      else this.block(this.source.region.blocks.get(node)!);
      return;
    }
    this.labels.set(merge, this.code.block());
    this.within(node, merges, index + 1);
    this.code.end();
    this.meet(merge);
    this.tree(merge);
  }

  private dispatch(): void {
    const { targets, loops } = this.plan.shape;
    const labels = targets.map(to => this.labels.get(to)!);
    // Ways back lead to here, or on from here. Local.eip is where it goes.
    if (loops.has(DISPATCH) || targets.some(to => this.isBack(DISPATCH, to))) this.frame.checkBudget(undefined);
    this.code.get(Local.target).brTable(labels, labels[0]!);
  }

  /** Ways meet here. */
  private meet(node: number): void {
    const { flags, homes, neighbours } = this.context;
    flags.form = this.wanting.has(node) || !homes.lazyFlags ? 'words' : 'either';
    neighbours.clear();
  }

  private branch(from: number, to: number): void {
    const { flags, neighbours } = this.context;
    const { form } = flags;
    const known = neighbours.save();
    this.follow(from, to);
    // The other way begins with what there was before.
    flags.form = form;
    neighbours.restore(known);
  }

  private follow(from: number, to: number): void {
    const { shape } = this.plan;
    if (this.wanting.has(to) && (shape.loops.has(to) || this.meets(from, to))) this.context.flags.settle();
    if (to !== DISPATCH && !shape.rank.has(to)) {
      this.code.const(to).set(Local.eip);
      this.frame.exitBy(this.imports.link(to));
    } else if (shape.dispatched.has(edge(from, to))) {
      this.code.const(shape.targets.indexOf(to)).set(Local.target).const(to).set(Local.eip);
      this.go(from, DISPATCH);
    } else this.go(from, to);
  }

  private go(from: number, to: number): void {
    if (!this.meets(from, to)) {
      this.tree(to);
      return;
    }
    // Here, and not where the loop begins, the form of the flags is known, and often nobody wants them there.
    if (to !== DISPATCH && this.isBack(from, to)) this.frame.checkBudget(to);
    this.code.br(this.labels.get(to)!);
  }

  private isBack(from: number, to: number): boolean {
    const { rank } = this.plan.shape;
    return rank.get(to)! <= rank.get(from)!;
  }

  /** It has been begun already, or is written where several ways meet. */
  private meets(from: number, to: number): boolean {
    const { shape } = this.plan;
    return this.isBack(from, to) || shape.merges.has(to);
  }

  // ---- a block

  private block(block: Block): void {
    const { code, context } = this;
    const { eip, forms, end, next } = block;
    context.compared = undefined;
    context.ranges.clear();
    this.startStack(eip);
    context.neighbours.begin(eip);
    this.vectors?.begin(eip);
    this.unit?.begin(eip);
    const last = forms.length - 1;
    // These cannot leave before they are done, so the block can be counted before them, once for both ways.
    const countsFirst = end.kind === 'branch' || end.kind === 'jump';
    forms.forEach((form, i) => {
      if (i === last && countsFirst) {
        takeOff(code, forms.length);
        this.endStack(eip, 0);
      }
      const trait = this.imports.traits.of(form);
      if (trait === 'inline') this.inline(block, form, i);
      else {
        // It must hear of x87 instructions too.
        if (this.vectors?.write(block, i) || this.unit?.write(block, i)) return;
        callCold(context, this.frame, this.imports, block, i, trait);
        context.flags.form = 'words';
        if (this.imports.traits.movesStack(form)) context.stack.position = undefined;
      }
    });
    this.endStack(eip, 0);
    switch (end.kind) {
      case 'next':
        takeOff(code, forms.length);
        this.branch(eip, next);
        break;
      case 'branch':
        this.branch(eip, next);
        break;
      case 'leave':
        code.const(block.record + forms.length * RECORD_SIZE).set(Local.eip);
        code.br(context.leaves[context.pages.indexOf(block.pcBase)]!);
        break;
      default:
        // The last instruction has gone.
        break;
    }
  }

  private startStack(eip: number): void {
    const { version, context } = this;
    if (typeof version === 'object' && 'uses' in version) {
      this.writing = eip;
      version.uses.set(eip, { accesses: [], end: undefined });
      context.stack.position = 0;
    } else context.stack.position = this.window?.positions.get(eip);
  }

  /** Before the way to the next block is written, which may come within this one. `popped`: bytes that whoever is called takes off the stack. */
  private endStack(eip: number, popped: number): void {
    const { version, context, ended } = this;
    if (typeof version !== 'object' || !('uses' in version) || ended.has(eip)) return;
    ended.add(eip);
    const { position } = context.stack;
    if (position !== undefined) version.uses.get(eip)!.end = position + popped;
  }

  private readonly ended = new Set<number>();

  private inline(block: Block, form: ExecutableForm, index: number): void {
    const { code, context } = this;
    const { end, eip, taken, forms } = block;
    const record = block.record + index * RECORD_SIZE;
    const branches = {
      direct: () => {
        if (end.kind === 'enter') {
          takeOff(code, forms.length);
          this.endStack(eip, 0);
        }
        if (end.kind !== 'call') {
          this.branch(eip, taken);
          return;
        }
        takeOff(code, forms.length);
        this.endStack(eip, form.size);
        code.const(taken).set(Local.eip);
        this.call(block, this.imports.link(taken));
      },
      indirect: () => {
        takeOff(code, forms.length);
        this.endStack(eip, end.kind === 'indirect-call' ? form.size : 0);
        if (end.kind === 'indirect-call') this.call(block, this.imports.site(block.eips.at(-1)!));
        else if (end.kind === 'indirect') this.jumpIndirect(block);
        else this.return(block);
      },
    };
    const surroundings = {
      flagsDead: flagsDie(forms, index, this.imports.traits),
      conditionFollows: conditionFollows(block, index),
      asks: this.source.asks.has(record),
    };
    this.readyFlags(form, surroundings.flagsDead);
    form.lift(new RegionBuilder(form, context, record, block.pcBase, branches, surroundings), form);
  }

  /** An instruction that looks at flags, or keeps some, finds them as it can take them. */
  private readyFlags(form: ExecutableForm, dead: boolean): void {
    const { flags } = this.context;
    const { reads, changes } = this.imports.traits.flagUse(form);
    const keeps = !dead && (changes === 'some' || (changes === 'all but CF' && flags.form === 'either'));
    if (keeps || (reads && flags.form === 'either')) flags.settle();
  }

  /** A call of the region at Local.eip: the return address has been pushed. */
  private call(block: Block, link: Link): void {
    const { code, frame } = this;
    code.get(Local.depth).const(DEEPEST).op(Op.i32_ge_s).notExpected().if();
    frame.exitWith(Status.continue);
    code.end();
    const position = this.window?.positions.get(block.next);
    if (position !== undefined) frame.expectStack(block.forms.at(-1)!.size);
    frame.call(link);
    code.tee(Local.status).notExpected().if();
    code.get(Local.status).op(Op.return);
    code.end();
    code.const(0).load(4, stateEip).const(block.next).op(Op.i32_ne).notExpected().if();
    code.const(Status.continue).op(Op.return);
    code.end();
    frame.reload();
    this.context.flags.form = 'words';
    frame.checkBudget(block.next);
    this.unit?.afterCall(block);
    if (this.window && position !== undefined) frame.checkWindowAgain(this.window, position, block.next);
    this.branch(block.eip, block.next);
  }

  /** Goes on at Local.eip: behind the call, in a function that is part of the region. */
  private return({ eip, end }: Block): void {
    const { code, frame } = this;
    if (end.kind === 'return' && end.to !== undefined) {
      code.get(Local.eip).const(end.to).op(Op.i32_eq).if();
      this.branch(eip, end.to);
      code.end();
    }
    frame.returnWith(Status.continue);
  }

  /** Goes on at Local.eip: within the region where a target lies there. */
  private jumpIndirect(block: Block): void {
    const { code, frame } = this;
    const { shape } = this.plan;
    const inside = targetsOf(block).filter(to => shape.rank.has(to));
    const first = Math.min(...inside.map(to => to >>> 0));
    const near = inside.filter(to => (to >>> 0) - first < MAP_BYTES);
    if (near.length > 0) {
      if (near.some(to => this.wanting.has(to))) this.context.flags.settle();
      const bytes = new Uint8Array(Math.max(...near.map(to => (to >>> 0) - first)) + 1);
      // One byte a target: the first 255 are within reach.
      for (const to of near) {
        const number = shape.targets.indexOf(to);
        if (number < 255) bytes[(to >>> 0) - first] = number + 1;
      }
      const at = this.imports.map(bytes);
      code.get(Local.eip).const(first).op(Op.i32_sub).tee(Local.left).const(bytes.length).op(Op.i32_lt_u).if();
      code.get(Local.left).load(1, at).const(1).op(Op.i32_sub).tee(Local.target).const(0).op(Op.i32_ge_s).if();
      this.go(block.eip, DISPATCH);
      code.end();
      code.end();
    }
    frame.exitBy(this.imports.site(block.eips.at(-1)!));
  }
}
