/**
 * The x87 instructions of a region while it is written. Where the stack is known at every place (x87-flow.ts), registers and words of the unit's state are
 * locals, and the entry checks TOP and tags: code that is run with the stack elsewhere gets another region. Where it is not, or MMX instructions use the same
 * registers, the interpreter's functions are called, which find everything in memory.
 */

import { Status as FpuStatus } from '../cpu/fpu-stack.ts';
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import { vectorInstruction } from '../cpu/simd-operations.ts';
import { fieldAddress } from '../cpu/state.ts';
import type { Cores } from '../cpu/x87/cores.ts';
import { CorePlaces } from '../cpu/x87/functions.ts';
import { Op } from '../wasm/code.ts';
import { type ColdCallImports, callCold } from './cold-call.ts';
import { type Block, callsOut, type Region } from './region.ts';
import { Local, type RegionContext, takeOff } from './region-context.ts';
import type { RegionFrame } from './region-frame.ts';
import type { RegionSource } from './region-plan.ts';
import { x87HomeNumber } from './simd-homes.ts';
import { CR0_EM_TS } from './simd-unit-checks.ts';
import { Status } from './status.ts';
import { parentsOf, type Shape } from './structure.ts';
import { X87Builder } from './x87-builder.ts';
import { type Escape, effectOf, escapeAt, findFlow, type X87Flow } from './x87-flow.ts';
import { wordHome, x87Local } from './x87-homes.ts';
import { type After, type Stack, stackOf, tagWord } from './x87-row.ts';

const STACK = ['fpuTop', 'fpuFull0', 'fpuFull4'] as const;
const CONTROL = fieldAddress('fpuControl');
/** Addresses of the words that say where the stack is. */
export const STACK_WORDS: readonly number[] = STACK.map(fieldAddress);
/** Addresses of the words that x87 code is written for. */
export const UNIT_WORDS: readonly number[] = [...STACK_WORDS, CONTROL];
/** With more additions and multiplications than this a region calls them: written out they would take the host long to compile. */
const MOST_WRITTEN_OUT = 32;

/** What a region's plan says of x87. */
export type X87Plan =
  | {
      readonly flow: X87Flow;
      /** The control word, which the entry checks, or undefined where it is not the usual one, or changes. */
      readonly control: number | undefined;
      readonly brief: boolean;
    }
  | 'called';

export interface X87Imports extends ColdCallImports {
  readonly view: DataView;
  /** Function index of an x87 function, by its place. */
  x87(place: number): number;
}

/** What a plan says beside that. */
interface Around {
  readonly shape: Shape;
  /** Records of instructions whose accesses are often slow, or whose operands are unusual. */
  readonly asks: ReadonlySet<number>;
}

/** Undefined for regions without x87. Adds to the words that the entry checks. */
export function planX87(
  { region, state, isSettled }: Pick<RegionSource, 'region' | 'state' | 'isSettled'>,
  view: DataView,
  guards: Map<number, number>,
): X87Plan | undefined {
  const escapes = [...region.blocks.values()].flatMap(block => block.forms.map((_, i) => escapeAt(block, i, view)));
  if (!escapes.some(escaped => escaped)) return undefined;
  if (!isSettled || usesMmx(region, view)) return 'called';
  const words = (at: number) => state[at >> 2]!;
  const [top, full0, full4] = STACK_WORDS.map(words) as [number, number, number];
  const flow = findFlow(region, stackOf(top, full0, full4), view);
  if (!flow) return 'called';
  for (const at of STACK_WORDS) guards.set(at, words(at));
  const has = (test: RegExp) => escapes.filter(escaped => escaped && test.test(escaped.mnemonic)).length;
  const control = words(CONTROL);
  const isFixed = has(/^FLDCW$/) === 0 && !callsOut(region);
  if (isFixed) guards.set(CONTROL, control);
  return { flow, control: isFixed ? control : undefined, brief: has(/^F(ADD|SUB|MUL)/) > MOST_WRITTEN_OUT };
}

/** MMX registers are x87's, and it changes TOP and the tags. */
function usesMmx({ blocks }: Region, view: DataView): boolean {
  return [...blocks.values()].some(({ forms, record }) =>
    forms.some(({ mnemonic }, i) => {
      if (mnemonic === 'FXRSTOR') return true;
      if (mnemonic !== 'SIMD') return false;
      return vectorInstruction(view.getInt32(record + i * RECORD_SIZE + Field.imm2, true)).mmx !== 'never';
    }),
  );
}

/** Has words of state say what is likely where the function begins that is being executed: x87 registers are empty there, by all calling conventions. */
export function assumeEmptyStack(state: Int32Array): void {
  const [top, full0, full4] = STACK_WORDS.map(at => at >> 2) as [number, number, number];
  let full = 0;
  // A byte a register, 1 where it is full.
  for (const at of [full0, full4]) for (let word = state[at]!; word !== 0; word &= word - 1) full++;
  state[top] = (state[top]! + full) & 7;
  state[full0] = 0;
  state[full4] = 0;
}

export class RegionX87 {
  private readonly region: Region;
  private readonly plan: X87Plan;
  private readonly asks: ReadonlySet<number>;
  private readonly context: RegionContext;
  private readonly frame: RegionFrame;
  private readonly imports: X87Imports;
  private readonly parents: ReadonlyMap<number, number>;
  /** By block: whether the unit is known to be there with nothing pending, at its end. */
  private readonly ready = new Map<number, boolean>();
  private readonly lasts: boolean;
  private isReady = false;
  private stack: After;
  private readonly cores: Cores;

  constructor(
    region: Region,
    plan: X87Plan,
    { shape, asks }: Around,
    context: RegionContext,
    frame: RegionFrame,
    imports: X87Imports,
  ) {
    this.region = region;
    this.plan = plan;
    this.asks = asks;
    this.context = context;
    this.frame = frame;
    this.imports = imports;
    this.parents = parentsOf(shape);
    this.lasts = !callsOut(region);
    this.cores = {
      get sum() {
        return imports.x87(CorePlaces.sum);
      },
      get product() {
        return imports.x87(CorePlaces.product);
      },
      get quotient() {
        return imports.x87(CorePlaces.quotient);
      },
    };
  }

  /** Once the entry has made sure of the stack: the engine should know where it is. */
  atEntry(): void {
    const { plan, region } = this;
    if (plan !== 'called') this.setStack(plan.flow.before.get(region.entry)!);
  }

  private setStack(stack: Stack): void {
    const { code, homes, x87 } = this.context;
    for (const name of STACK) {
      const home = wordHome(name)!;
      const isLocal = homes.read.has(x87HomeNumber(home)) || homes.written.has(x87HomeNumber(home));
      if (isLocal) code.const(wordOf(stack, name)).set(x87Local(home, x87));
    }
  }

  private inherited(eip: number): boolean {
    if (!this.lasts) return false;
    let above = this.parents.get(eip);
    while (above !== undefined && !this.ready.has(above)) above = this.parents.get(above);
    return above !== undefined && this.ready.get(above)!;
  }

  /** A loop is about to begin: what the block at its head needs is checked here, and not each time round. */
  beginLoop(eip: number): void {
    const block = this.region.blocks.get(eip);
    if (!block || !this.lasts || this.inherited(eip)) return;
    if (!block.forms.some((_, i) => escapeAt(block, i, this.imports.view)?.row?.waits)) return;
    const { code, leaves, pages } = this.context;
    code.const(0).load(4, fieldAddress('cr0')).const(CR0_EM_TS).op(Op.i32_and);
    this.loadStatus();
    code.const(FpuStatus.ES).op(Op.i32_and).op(Op.i32_or).notExpected().if();
    code.const(block.record).set(Local.eip).br(leaves[pages.indexOf(block.pcBase)]!);
    code.end();
    this.loops.add(eip);
  }

  private readonly loops = new Set<number>();

  private loadStatus(): void {
    const { code, homes, x87 } = this.context;
    if (this.plan === 'called') {
      code.const(0).load(4, fieldAddress('fpuStatus'));
      return;
    }
    const home = wordHome('fpuStatus')!;
    homes.read.add(x87HomeNumber(home));
    code.get(x87Local(home, x87));
  }

  /** A block is about to be written. */
  begin(eip: number): void {
    this.isReady = this.loops.has(eip) || this.inherited(eip);
    this.ready.set(eip, this.isReady);
    this.stack = this.plan === 'called' ? undefined : this.plan.flow.before.get(eip);
  }

  /** Writes an instruction, if it is one of x87; `index` is its place in the block. */
  write(block: Block, index: number): boolean {
    const escaped = escapeAt(block, index, this.imports.view);
    if (!escaped) return false;
    const { plan } = this;
    if (plan === 'called') this.writeCall(block, index, escaped);
    else if (this.stack) this.writeRow(block, index, escaped, plan.control, plan.brief, this.stack);
    else this.callService(block, index, undefined);
    this.ready.set(block.eip, this.isReady);
    return true;
  }

  private writeRow(
    block: Block,
    index: number,
    escaped: Escape,
    control: number | undefined,
    brief: boolean,
    stack: Stack,
  ): void {
    const after = effectOf(escaped, stack);
    // What always faults is not worth more than this.
    if (!escaped.row || !after) this.callService(block, index, after);
    else {
      const asks = this.asks.has(block.record + index * RECORD_SIZE);
      const fallback = asks ? () => this.callService(block, index, after) : undefined;
      this.build(block, index, escaped, fallback, { stack, brief, control });
    }
    this.stack = after;
  }

  private writeCall(block: Block, index: number, escaped: Escape): void {
    const { frame, imports } = this;
    const fallback = () => this.callService(block, index, 'any');
    if (!escaped.row) fallback();
    else {
      const how = { index: imports.x87(escaped.row.place), spill: () => frame.spill(), reload: () => frame.reload() };
      this.build(block, index, escaped, fallback, how);
    }
  }

  private build(
    block: Block,
    index: number,
    { row, code: escapeCode }: Escape,
    fallback: (() => void) | undefined,
    how: ConstructorParameters<typeof X87Builder>[3],
  ): void {
    const { context, isReady, cores } = this;
    const form = block.forms[index]!;
    const record = block.record + index * RECORD_SIZE;
    const surroundings = { flagsDead: false, conditionFollows: false, asks: this.asks.has(record) };
    const site = { record, pcBase: block.pcBase, surroundings, row: row!, escapeCode, ready: isReady, cores, fallback };
    form.lift(new X87Builder(form, context, site, how), form);
    if (row!.waits && how && 'stack' in how) this.isReady = true;
  }

  /** The interpreter's function does it. The region goes on where nothing is pending then, and the stack is as foretold. */
  private callService(block: Block, index: number, after: After | 'any'): void {
    const { context, frame, imports } = this;
    const { code } = context;
    callCold(context, frame, imports, block, index, 'call');
    const next = (block.pcBase + imports.view.getUint16(block.record + index * RECORD_SIZE + Field.next, true)) | 0;
    const exit = () => {
      takeOff(code, index + 1);
      frame.exitAt(next, Status.resume);
    };
    if (!after) {
      exit();
      return;
    }
    this.loadStatus();
    code.const(FpuStatus.ES).op(Op.i32_and);
    if (after !== 'any') {
      this.differs(after);
      code.op(Op.i32_or);
    }
    code.notExpected().if();
    exit();
    code.end();
    if (after !== 'any') this.setStack(after);
  }

  /** Leaves on the stack whether TOP and tags are others than told. */
  private differs(stack: Stack): void {
    const { code, homes, x87 } = this.context;
    STACK.forEach((name, i) => {
      const home = wordHome(name)!;
      homes.read.add(x87HomeNumber(home));
      code.get(x87Local(home, x87)).const(wordOf(stack, name)).op(Op.i32_ne);
      if (i > 0) code.op(Op.i32_or);
    });
  }

  /** After a call, at the instruction it returns to: the stack must be where the plan says. */
  afterCall(block: Block): void {
    const { plan, frame } = this;
    if (plan === 'called') return;
    const { code } = this.context;
    const after = plan.flow.afterCalls.get(block.eip)!;
    this.differs(after);
    code.notExpected().if();
    frame.exitAt(block.next, Status.continue);
    code.end();
    this.setStack(after);
  }
}

function wordOf(stack: Stack, name: (typeof STACK)[number]): number {
  return name === 'fpuTop' ? stack.top : tagWord(stack, name);
}
