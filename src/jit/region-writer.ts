/**
 * Writes the function of one region: structured control flow found by dominators (structure.ts), the instructions of its blocks
 * (region-builder.ts), what is called of the interpreter (cold-call.ts), within a frame (region-frame.ts).
 *
 * Instructions are taken off the budget block by block; the budget covers the whole region at its entry, at every loop header and after every call,
 * so none runs past it.
 */
import type { ExecutableForm } from '../cpu/form-enumeration.ts';
import { RECORD_SIZE } from '../cpu/record.ts';
import { fieldAddress } from '../cpu/state.ts';
import { Code, Op } from '../wasm/code.ts';
import type { Locals } from '../wasm/module.ts';
import { type ColdCallImports, callCold } from './cold-call.ts';
import type { FormTraits } from './form-traits.ts';
import type { Block, Region } from './region.ts';
import { successors, targetsOf } from './region.ts';
import { type Homes, Local, RegionBuilder, type RegionContext, type StackState, takeOff } from './region-builder.ts';
import { type FrameImports, type Link, RegionFrame, Site, stateEip } from './region-frame.ts';
import { type ExtraLocals, firstTemporary, regionLocals, x87Locals } from './simd-homes.ts';
import { RegionVectors, type VectorCounts, type VectorPlan } from './simd-region.ts';
import { isTrusted } from './simd-unit-checks.ts';
import { findWindow, type StackUse, type StackWindow } from './stack-window.ts';
import { Status } from './status.ts';
import { DISPATCH, edge, shapeOf } from './structure.ts';
import { planX87, RegionX87, type X87Entry, type X87Plan } from './x87-region.ts';

/** Guest calls deeper than this unwind, so that no guest can exhaust the host's stack. */
const DEEPEST = 200;
const CR0 = fieldAddress('cr0');
const CR0_PG = 0x80000000;
/** Slack above the region's instructions: what the interpreter needs to enter a block. */
export const MARGIN = 64;
/** Jumps within a region reach this many bytes from the first of their targets. */
const MAP_BYTES = 0x1000;

export interface RegionSource {
  readonly region: Region;
  readonly user: boolean;
  /** Linear address of its entry. */
  readonly linear: number;
  /** Address of the word that is not zero while the region's code is unchanged. */
  readonly validAt: number;
  /** Its stack window has often not fitted into one page. */
  readonly straddles: boolean;
  /** Words of the read TLB that must hold for the region's pages: [address, word]. */
  readonly pages: readonly (readonly [number, number])[];
}

export interface WriterImports extends FrameImports, ColdCallImports {
  readonly view: DataView;
  readonly traits: FormTraits;
  /** The way to the region that begins at an EIP. */
  link(eip: number): Link;
  /** Function index of an x87 function, by its place. */
  x87(place: number): number;
  /** An inline cache for the indirect jump or call at an EIP. */
  site(eip: number): Link;
  /** The instruction of this record is one whose accesses are often slow. */
  asks(record: number): boolean;
  /** Function index of the dispatcher's place(). */
  readonly place: number;
  /** Address of `bytes` bytes for a map of jump targets, which stay zero but for what `fill` writes. */
  map(bytes: Uint8Array): number;
}

export interface RegionFunction {
  readonly code: Code;
  readonly locals: Locals;
}

/** The next instruction that has to do with flags looks at a condition; SIMD instructions that come between leave flags alone, or are noticed. */
export function conditionFollows({ forms }: Block, index: number): boolean {
  for (let i = index + 1; i < forms.length; i++) {
    if (forms[i]!.mnemonic !== 'SIMD') return forms[i]!.mnemonic.endsWith('cc');
  }
  return false;
}

/** What of a region's function depends on the region, and the state of the processor when it was found, alone. */
export interface RegionPlan extends VectorPlan {
  readonly homes: Homes;
  readonly guards: Map<number, number>;
  /** See RegionContext. */
  readonly unpaged: boolean;
  /** Forms whose interpreter functions are called. */
  readonly cold: Set<number>;
  /** x87 functions called, by place. */
  readonly x87: Set<number>;
  readonly window: StackWindow | undefined;
  readonly vectors: VectorCounts;
  readonly unit: X87Plan | undefined;
  /** What each version of its function takes of the pool of words: links, inline caches and maps, by length. */
  readonly words: readonly number[];
}

/** Which version of a region is written: the one with the stack window, given the function that goes on where that does not fit; or without. */
type Version =
  | { readonly window: StackWindow; readonly plain: number | undefined }
  | 'plain'
  /** A trial, which tells what blocks do with the stack. */
  | { readonly uses: Map<number, StackUse> };

/** Finds the control flow, and by writing once what is used. `unit`: see planX87(). */
export function planRegion(
  source: RegionSource,
  view: DataView,
  traits: FormTraits,
  asks: ReadonlySet<number>,
  unit: X87Entry,
): RegionPlan {
  const { blocks, entry } = source.region;
  const guards = new Map<number, number>();
  const within = (list: readonly number[]) => list.filter(to => blocks.has(to));
  const shape = shapeOf(
    entry,
    eip => within(successors(blocks.get(eip)!)),
    eip => within(targetsOf(blocks.get(eip)!)),
  );
  const plan = {
    shape,
    homes: { read: new Set<number>(), written: new Set<number>() },
    guards,
    unpaged: (view.getUint32(CR0, true) & CR0_PG) === 0,
    unit: planX87(source.region, view, unit, guards),
    cold: new Set<number>(),
    x87: new Set<number>(),
    window: undefined,
    exact: !isTrusted(view),
    asks: new Set([...blocks.values()].flatMap(recordsOf).filter(record => asks.has(record))),
    plain: new Map<number, number>(),
    invariant: 0,
    vectors: { inline: 0, called: 0 },
    words: [],
  };
  const words: number[] = [];
  const uses = new Map<number, StackUse>();
  const imports: WriterImports = {
    view,
    traits,
    regionType: 0,
    dispatch: 0,
    place: 0,
    asks: () => false,
    link: () => {
      words.push(1);
      return { kind: 'slot', address: 0 };
    },
    site: () => {
      words.push(Site.words);
      return { kind: 'site', address: 0 };
    },
    map: bytes => {
      words.push((bytes.length + 3) >> 2);
      return 0;
    },
    cold: form => {
      plan.cold.add(form);
      return 0;
    },
    x87: place => {
      plan.x87.add(place);
      return 0;
    },
  };
  const trial = new RegionWriter(source, plan, imports, { uses });
  trial.write();
  const found = { ...plan, window: findWindow(source.region, uses), words };
  return trial.vectors ? { ...found, ...trial.vectors.findPlain(), vectors: trial.vectors.counts } : found;
}

const hasVectors = ({ blocks }: Region): boolean =>
  [...blocks.values()].some(({ forms }) => forms.some(({ mnemonic }) => mnemonic === 'SIMD'));

const recordsOf = ({ record, forms }: Block): number[] => forms.map((_, i) => record + i * RECORD_SIZE);

/** How many functions writeRegion() makes. */
export const functionsOf = ({ straddles, plan }: { straddles: boolean; plan: RegionPlan }): number =>
  plan.window && straddles ? 2 : 1;

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

class RegionWriter {
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

  constructor(source: RegionSource, plan: RegionPlan, imports: WriterImports, version: Version) {
    this.version = version;
    this.source = source;
    this.plan = plan;
    this.imports = imports;
    this.extra = { vectors: hasVectors(source.region), x87: plan.unit !== undefined };
    this.context = {
      code: this.code,
      pool: { first: firstTemporary(this.extra), used: 0 },
      x87: x87Locals(this.extra),
      ranges: new Map(),
      view: imports.view,
      user: source.user,
      unpaged: plan.unpaged,
      homes: plan.homes,
      guards: plan.guards,
      pages: [...new Set([...source.region.blocks.values()].map(({ pcBase }) => pcBase))],
      compared: undefined,
      exit: 0,
      leaves: [],
      stack: { position: undefined, window: this.window, note: this.noteOf(version) },
      place: imports.place,
    };
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
    return { code, locals: regionLocals(this.extra, context.pool.used) };
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
    this.checkLoop(node);
    this.within(node, merges, 0);
    code.end();
  }

  private checkLoop(node: number): void {
    if (node !== DISPATCH) {
      this.frame.checkBudget(node);
      return;
    }
    // Local.eip is where it goes, by whatever way it has come here.
    this.frame.checkBudget(undefined);
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
    this.tree(merge);
  }

  private dispatch(): void {
    const { targets } = this.plan.shape;
    const labels = targets.map(to => this.labels.get(to)!);
    this.code.get(Local.target).brTable(labels, labels[0]!);
  }

  private branch(from: number, to: number): void {
    const { shape } = this.plan;
    if (to !== DISPATCH && !shape.rank.has(to)) {
      this.code.const(to).set(Local.eip);
      this.frame.exitBy(this.imports.link(to));
    } else if (shape.dispatched.has(edge(from, to))) {
      this.code.const(shape.targets.indexOf(to)).set(Local.target).const(to).set(Local.eip);
      this.go(from, DISPATCH);
    } else this.go(from, to);
  }

  private go(from: number, to: number): void {
    const { shape } = this.plan;
    if (shape.rank.get(to)! <= shape.rank.get(from)! || shape.merges.has(to)) this.code.br(this.labels.get(to)!);
    else this.tree(to);
  }

  // ---- a block

  private block(block: Block): void {
    const { code, context } = this;
    const { eip, forms, end, next } = block;
    context.compared = undefined;
    context.ranges.clear();
    this.startStack(eip);
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
      flagsDead: this.flagsDie(block, index),
      conditionFollows: conditionFollows(block, index),
      asks: this.imports.asks(record),
    };
    form.lift(new RegionBuilder(form, context, record, block.pcBase, branches, surroundings), form);
  }

  /** Whether the flags after instruction `index` are overwritten before anything reads them or leaves. */
  private flagsDie({ forms }: Block, index: number): boolean {
    const { traits } = this.imports;
    for (let i = index + 1; i < forms.length; i++) {
      const { readsFlags, mayLeave, replacesFlags } = traits.flagUse(forms[i]!);
      if (readsFlags || mayLeave) return false;
      if (replacesFlags) return true;
    }
    return false;
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
    frame.exitWith(Status.continue);
  }

  /** Goes on at Local.eip: within the region where a target lies there. */
  private jumpIndirect(block: Block): void {
    const { code, frame } = this;
    const { shape } = this.plan;
    const inside = targetsOf(block).filter(to => shape.rank.has(to));
    const first = Math.min(...inside.map(to => to >>> 0));
    const near = inside.filter(to => (to >>> 0) - first < MAP_BYTES);
    if (near.length > 0) {
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
