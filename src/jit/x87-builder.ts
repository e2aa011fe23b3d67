/**
 * One x87 instruction of a region that has a row (cpu/x87/row.ts): written out by it on locals, or, in regions whose stack nobody knows beforehand, a call of
 * the interpreter's function. What these refuse the interpreter does: the region is left before anything has changed, or, where that happens
 * often, its function is called.
 */
import type { ExecutableForm } from '../cpu/form-enumeration.ts';
import { Status } from '../cpu/fpu-stack.ts';
import { Field } from '../cpu/record.ts';
import { fieldAddress, SegmentCache, segmentAddress } from '../cpu/state.ts';
import type { Node } from '../cpu/wasm-arithmetic.ts';
import type { Cores } from '../cpu/x87/cores.ts';
import type { X87Function } from '../cpu/x87/functions.ts';
import type { ServiceName } from '../isa/builder.ts';
import { I64, type Label, Op } from '../wasm/code.ts';
import { Int32 } from '../wasm/expression.ts';
import { RegionBuilder } from './region-builder.ts';
import { homeOf, Local, NO_BRANCHES, type RegionContext, type Surroundings } from './region-context.ts';
import { x87HomeNumber } from './simd-homes.ts';
import { CR0_EM_TS } from './simd-unit-checks.ts';
import { scratchOf, WIDE_SCRATCH, wordHome, type X87Word, x87Local } from './x87-homes.ts';
import { type Stack, writeRegionRow } from './x87-row.ts';

export interface X87Site {
  readonly record: number;
  readonly pcBase: number;
  readonly surroundings: Surroundings;
  readonly row: X87Function;
  /** The 11 bits that say which instruction it is. */
  readonly escapeCode: number;
  /** The unit is there, and no exception pending. */
  readonly ready: boolean;
  /** Indices of the shared functions. */
  readonly cores: Cores;
  /** Has the interpreter's function do the whole instruction; undefined where the region is to be left for it. */
  readonly fallback: (() => void) | undefined;
}

/** Where registers are locals. */
export interface KnownStack {
  readonly stack: Stack;
  readonly brief: boolean;
  readonly control: number | undefined;
}

/** Where they are not. */
export interface CalledRow {
  /** Index of the row's function. */
  readonly index: number;
  /** Registers and flags to memory and back, for instructions that have to do with them. */
  spill(): void;
  reload(): void;
}

export class X87Builder extends RegionBuilder {
  private readonly site: X87Site;
  private readonly how: KnownStack | CalledRow;
  private scratch = 0;

  constructor(form: ExecutableForm, context: RegionContext, site: X87Site, how: KnownStack | CalledRow) {
    super(form, context, site.record, site.pcBase, NO_BRANCHES, site.surroundings);
    this.site = site;
    this.how = how;
  }

  override service(_name: ServiceName, ...operands: Node[]): void {
    const { code, site, how } = this;
    const { bytes, writes } = site.row;
    if (site.row.beside === 'reads flags' || site.row.beside === 'writes flags') this.context.flags.settle();
    const memory = bytes > 0 ? operands[1] : undefined;
    if (memory && site.surroundings.asks && !site.ready) this.leaveUnlessReady();
    const operand = memory
      ? this.let(
          this.add(this.access(this.form.operands[0]!, memory, bytes, writes ? 'write' : 'read'), this.k(this.bias)),
        )
      : this.k(site.escapeCode & 7);
    const done = code.block();
    const refused = code.block();
    if ('stack' in how) this.writeRow(how, operand, memory, refused);
    else this.callRow(how, operand, memory, refused);
    code.br(done);
    code.end();
    if (site.fallback) site.fallback();
    else this.leaveToInterpreter();
    code.end();
  }

  /** #NM and #MF come before the memory operand: who asks for its place may have its page walked to. */
  private leaveUnlessReady(): void {
    const absent = this.and(this.loadState(fieldAddress('cr0')), this.k(CR0_EM_TS));
    // In locals, where that is where it lives.
    const status =
      'stack' in this.how
        ? ({ kind: 'local', index: this.home(wordHome('fpuStatus')!, false) } as const)
        : this.loadState(fieldAddress('fpuStatus'));
    const pending = this.and(status, this.k(Status.ES));
    this.ifUnlikely(this.site.row.waits ? this.or(absent, pending) : absent, () => this.leaveToInterpreter());
  }

  private writeRow(known: KnownStack, operand: Node, memory: Node | undefined, refused: Label): void {
    const { code, context, site } = this;
    if (site.row.beside === 'writes flags') context.compared = undefined;
    writeRegionRow(
      site.row,
      {
        ...known,
        code,
        newLocal: type => (type === I64 ? this.newWide() : this.temporary().index),
        home: (home, written) => this.home(home, written),
        general: (name, written) => this.general(name, written),
        operand: operand.kind === 'const' ? operand.value : new Int32(() => this.emit(operand)),
        refused,
        ready: site.ready,
      },
      site.cores,
    );
    if (site.row.control) return;
    // See x87-homes.ts.
    const selector = (cache: Node) => this.add(cache, this.k(SegmentCache.selector));
    this.notePointers(memory, selector, (name, value) => {
      this.emit(value);
      this.code.set(this.home(wordHome(name)!, true));
    });
  }

  private newWide(): number {
    if (this.scratch === WIDE_SCRATCH) throw new Error('an x87 row of more 64-bit locals than there are');
    return scratchOf(this.context.x87) + this.scratch++;
  }

  private home(home: number, written: boolean): number {
    const { homes, x87 } = this.context;
    (written ? homes.written : homes.read).add(x87HomeNumber(home));
    return x87Local(home, x87);
  }

  private general(name: Parameters<typeof fieldAddress>[0], written: boolean): number | undefined {
    const home = homeOf(name);
    if (home < 0) return undefined;
    const { homes, ranges } = this.context;
    (written ? homes.written : homes.read).add(home);
    if (written) {
      ranges.delete(home);
      this.context.neighbours.changed(home);
    }
    return Local.homes + home;
  }

  private callRow({ index, spill, reload }: CalledRow, operand: Node, memory: Node | undefined, refused: Label): void {
    const { code, context } = this;
    const { beside, control } = this.site.row;
    if (beside !== 'nothing') spill();
    this.emit(operand);
    code.call(index).op(Op.i32_eqz).notExpected().brIf(refused);
    if (beside !== 'nothing' && beside !== 'reads flags') {
      reload();
      context.compared = undefined;
      context.ranges.clear();
    }
    if (control) return;
    const selector = (cache: Node) => this.loadAt(cache, SegmentCache.selector, 2);
    this.notePointers(memory, selector, (name, value) => this.storeState(fieldAddress(name), value));
  }

  /** As notePointers() in cpu/fpu.ts. `offset`: of the memory operand, where there is one; `selector`: what stands for that of a segment. */
  private notePointers(
    offset: Node | undefined,
    selector: (cache: Node) => Node,
    note: (name: X87Word, value: Node) => void,
  ): void {
    note('fpuOpcode', this.k(this.site.escapeCode));
    note('fpuInstruction', this.k(this.pcBase + this.fieldValue(Field.offset, 2)));
    note('fpuInstructionSelector', selector(this.k(segmentAddress('cs'))));
    if (!offset) return;
    note('fpuData', offset);
    note('fpuDataSelector', selector(this.field(Field.segment, 2)));
  }
}
