/**
 * Writes the function of one region: entry checks, registers into locals, structured control flow, and one way out that stores what was written.
 *
 * The function takes the depth of guest calls that are WebAssembly calls and returns a status: 0, the state is complete and EIP is where to go on (a
 * caller checks whether that is its return address); LEAVE, the interpreter goes on at EIP; DECLINE, nothing was executed; OUTCOME + n, an
 * interpreter function ended with Outcome n. Instructions are taken off the budget block by block; the budget covers the whole region at its entry, at
 * every loop header and after every call, so none runs past it.
 */
import type { ExecutableForm } from '../cpu/form-enumeration.ts';
import { Outcome } from '../cpu/outcome.ts';
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import { fieldAddress } from '../cpu/state.ts';
import { Code, type Label, Op } from '../wasm/code.ts';
import type { FormTraits } from './form-traits.ts';
import type { Block, Region } from './region.ts';
import { successors } from './region.ts';
import {
  HOMES,
  type Homes,
  LEAVE,
  Local,
  leaveBefore,
  RegionBuilder,
  type RegionContext,
  takeOff,
} from './region-builder.ts';
import { edge, type Shape, shapeOf } from './structure.ts';

export const DECLINE = 2;
export const OUTCOME = 16;
/** Statuses from here on are links: the function to go on in. Never seen outside. */
const LINK = 0x100;
/** Guest calls deeper than this unwind, so that no guest can exhaust the host's stack. */
const DEEPEST = 200;
/** Slack above the region's instructions: what the interpreter needs to enter a block. */
export const MARGIN = 64;

export interface RegionSource {
  readonly region: Region;
  readonly user: boolean;
  /** Address of the word that is not zero while the region's code is unchanged. */
  readonly validAt: number;
  /** Words of the read TLB that must hold for the region's pages: [address, word]. */
  readonly pages: readonly (readonly [number, number])[];
}

export interface WriterImports {
  readonly view: DataView;
  readonly traits: FormTraits;
  /** Function of the region that begins at an EIP, in the module being made. */
  link(eip: number): number | undefined;
  /** Type index of interpreter functions, called through table 0. */
  readonly coldType: number;
}

export interface RegionFunction {
  readonly code: Code;
  readonly locals: { i64: number; i32: number };
}

/** What of a region's function depends on the region alone. */
export interface RegionPlan {
  readonly shape: Shape;
  readonly homes: Homes;
}

/** Finds the control flow, and by writing once which registers are used: with every exit linked, so that what follows calls is written too. */
export function planRegion(source: RegionSource, imports: WriterImports): RegionPlan {
  const { blocks, entry } = source.region;
  const shape = shapeOf(entry, eip => successors(blocks.get(eip)!).filter(to => blocks.has(to)));
  const plan = { shape, homes: { read: new Set<number>(), written: new Set<number>() } };
  writeRegion(source, plan, { ...imports, link: () => 0 });
  return plan;
}

export function writeRegion(source: RegionSource, plan: RegionPlan, imports: WriterImports): RegionFunction {
  return new RegionWriter(source, plan, imports).write();
}

const stateEip = fieldAddress('eip');
const stateBudget = fieldAddress('budget');

class RegionWriter {
  private readonly source: RegionSource;
  private readonly imports: WriterImports;
  private readonly homes: Homes;
  private readonly code = new Code();
  private readonly shape: Shape;
  private readonly context: RegionContext;
  private readonly labels = new Map<number, Label>();
  private readonly links: number[] = [];
  private readonly need: number;

  constructor(source: RegionSource, { shape, homes }: RegionPlan, imports: WriterImports) {
    this.source = source;
    this.imports = imports;
    this.homes = homes;
    this.shape = shape;
    this.need = source.region.instructions + MARGIN;
    this.context = {
      code: this.code,
      pool: { first: Local.temporaries, used: 0 },
      view: imports.view,
      user: source.user,
      homes,
      compared: undefined,
      exit: 0,
    };
  }

  write(): RegionFunction {
    const { code, context } = this;
    this.checkEntry();
    this.load();
    context.exit = code.block();
    this.tree(this.source.region.entry);
    code.op(Op.unreachable);
    code.end();
    this.store();
    this.followLinks();
    code.get(Local.status);
    return { code, locals: { i64: 1, i32: Local.temporaries - 2 + context.pool.used } };
  }

  // ---- in and out

  private checkEntry(): void {
    const { code, source } = this;
    code.const(0).load(4, stateBudget).tee(Local.budget).const(this.need).op(Op.i32_lt_s);
    code.const(0).load(4, source.validAt).op(Op.i32_eqz).op(Op.i32_or);
    for (const [address, word] of source.pages) {
      code.const(0).load(4, address).const(word).op(Op.i32_ne).op(Op.i32_or);
    }
    code.if();
    code.const(DECLINE).op(Op.return);
    code.end();
  }

  private load(): void {
    const { code, homes } = this;
    for (const home of new Set([...homes.read, ...homes.written])) {
      code
        .const(0)
        .load(4, HOMES[home]!)
        .set(Local.registers + home);
    }
  }

  /** Registers and budget, after somebody else has worked on them. */
  private reload(): void {
    this.load();
    this.code.const(0).load(4, stateBudget).set(Local.budget);
  }

  private spill(): void {
    for (const home of this.homes.written) {
      this.code
        .const(0)
        .get(Local.registers + home)
        .store(4, HOMES[home]!);
    }
    this.code.const(0).get(Local.budget).store(4, stateBudget);
  }

  private store(): void {
    this.spill();
    this.code.const(0).get(Local.eip).store(4, stateEip);
  }

  private followLinks(): void {
    const { code, links } = this;
    if (links.length === 0) return;
    code.get(Local.status).const(LINK).op(Op.i32_ge_s).if();
    const labels = links.map(() => code.block()).reverse();
    code.get(Local.status).const(LINK).op(Op.i32_sub);
    code.brTable(labels, labels.at(-1)!);
    for (const target of links) {
      code.end();
      code.get(Local.depth).returnCall(target);
    }
    code.end();
  }

  /** Goes on at `eip` outside the region. */
  private exitTo(eip: number): void {
    const { code, context } = this;
    const target = this.imports.link(eip);
    let status = 0;
    if (target !== undefined) {
      let index = this.links.indexOf(target);
      if (index < 0) index = this.links.push(target) - 1;
      status = LINK + index;
    }
    code.const(eip).set(Local.eip).const(status).set(Local.status).br(context.exit);
  }

  private leaveAt(eip: number): void {
    this.code.const(eip).set(Local.eip).const(LEAVE).set(Local.status).br(this.context.exit);
  }

  /** Leaves when the budget does not cover another way through the region. */
  private checkBudget(eip: number): void {
    const { code } = this;
    code.get(Local.budget).const(this.need).op(Op.i32_lt_s).if();
    this.leaveAt(eip);
    code.end();
  }

  // ---- structure

  private tree(eip: number): void {
    const { code, shape } = this;
    const merges = shape.children.get(eip)!.filter(child => shape.merges.has(child));
    if (shape.loops.has(eip)) {
      this.labels.set(eip, code.loop());
      this.checkBudget(eip);
      this.within(eip, merges, 0);
      code.end();
    } else {
      this.within(eip, merges, 0);
    }
  }

  /** `merges` by descending rank: the last to come is the outermost block. */
  private within(eip: number, merges: readonly number[], index: number): void {
    const merge = merges[index];
    if (merge === undefined) {
      this.block(this.source.region.blocks.get(eip)!);
      return;
    }
    this.labels.set(merge, this.code.block());
    this.within(eip, merges, index + 1);
    this.code.end();
    this.tree(merge);
  }

  private branch(from: number, to: number): void {
    const { shape } = this;
    if (!shape.rank.has(to) || shape.cut.has(edge(from, to))) this.exitTo(to);
    else if (shape.rank.get(to)! <= shape.rank.get(from)! || shape.merges.has(to)) this.code.br(this.labels.get(to)!);
    else this.tree(to);
  }

  // ---- a block

  private block(block: Block): void {
    const { code, context } = this;
    const { eip, forms, end, taken, next } = block;
    context.compared = undefined;
    const last = forms.length - 1;
    const count = () => takeOff(code, forms.length);
    // These cannot leave before they are done, so the block can be counted before them, once for both ways.
    const countsFirst = end.kind === 'branch' || end.kind === 'jump';
    forms.forEach((form, i) => {
      const record = block.record + i * RECORD_SIZE;
      if (i === last && countsFirst) count();
      if (this.imports.traits.of(form) === 'call') {
        this.callInterpreter(block, form, record, i);
        return;
      }
      const builder = new RegionBuilder(form, context, record, block.pcBase, {
        direct: () => {
          if (end.kind === 'call') {
            count();
            this.call(block);
          } else {
            this.branch(eip, taken);
          }
        },
        indirect: () => {
          count();
          code.const(0).set(Local.status).br(context.exit);
        },
      });
      form.lift(builder, form);
    });
    switch (end.kind) {
      case 'next':
        count();
        this.branch(eip, next);
        break;
      case 'branch':
        this.branch(eip, next);
        break;
      case 'leave':
        leaveBefore(code, context, block.record + forms.length * RECORD_SIZE, block.pcBase);
        break;
      default:
        // The last instruction has gone.
        break;
    }
  }

  /** A direct call: the return address has been pushed. */
  private call(block: Block): void {
    const { code } = this;
    const target = this.imports.link(block.taken);
    if (target === undefined) {
      this.exitTo(block.taken);
      return;
    }
    code.get(Local.depth).const(DEEPEST).op(Op.i32_ge_s).if();
    code.const(block.taken).set(Local.eip).const(0).set(Local.status).br(this.context.exit);
    code.end();
    this.spill();
    code.const(0).const(block.taken).store(4, stateEip);
    code.get(Local.depth).const(1).op(Op.i32_add).call(target).tee(Local.status).if();
    code.get(Local.status).op(Op.return);
    code.end();
    code.const(0).load(4, stateEip).const(block.next).op(Op.i32_ne).if();
    code.const(0).op(Op.return);
    code.end();
    this.reload();
    this.checkBudget(block.next);
    this.branch(block.eip, block.next);
  }

  /** Has the interpreter's function do an instruction, and goes on when that is all there is to it. */
  private callInterpreter(block: Block, form: ExecutableForm, record: number, index: number): void {
    const { code, context } = this;
    this.spill();
    code.const(0).const(record).store(4, fieldAddress('exitRecord'));
    code.const(0).const(block.pcBase).store(4, fieldAddress('pcBase'));
    code.const(record).const(form.id).callIndirect(this.imports.coldType).set(Local.status);
    this.reload();
    context.compared = undefined;
    const next = block.pcBase + this.imports.view.getUint16(record + Field.next, true);
    // A REP that is through ends by a jump to the next instruction.
    code.get(Local.status).const(Outcome.jump).op(Op.i32_eq);
    code.const(0).load(4, stateEip).const(next).op(Op.i32_eq).op(Op.i32_and).op(Op.i32_eqz);
    code.get(Local.status).const(0).op(Op.i32_ne).op(Op.i32_and).if();
    takeOff(code, index + 1);
    code.get(Local.status).const(Outcome.fault).op(Op.i32_eq).if();
    code.const(block.pcBase + this.imports.view.getUint16(record + Field.offset, true)).set(Local.eip);
    code.else();
    code.const(0).load(4, stateEip).set(Local.eip);
    code.end();
    code.get(Local.status).const(Outcome.jump).op(Op.i32_eq).if();
    code.const(LEAVE).set(Local.status);
    code.else();
    code.get(Local.status).const(OUTCOME).op(Op.i32_add).set(Local.status);
    code.end();
    code.br(context.exit);
    code.end();
    // A long REP has used up budget; `next` is where the interpreter goes on.
    code.get(Local.budget).const(this.need).op(Op.i32_lt_s).if();
    takeOff(code, index + 1);
    this.leaveAt(next);
    code.end();
  }
}
