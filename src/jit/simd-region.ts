/**
 * The SIMD instructions of a region while it is written: which of them are inline, and what is known where (simd-facts.ts).
 *
 * An inline instruction that meets numbers it does not know leaves the region before it has changed anything. Where one has often done so the region is
 * made anew and calls the interpreter's function there: a call within a loop costs engines their registers, so it is not written before it is wanted.
 */
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import { vectorInstruction } from '../cpu/simd-operations.ts';
import { type Row, Rows } from '../isa/opcode-map.ts';
import { type ColdCallImports, callCold } from './cold-call.ts';
import { type Block, callsOut, type Region } from './region.ts';
import { Local, type RegionContext } from './region-context.ts';
import type { RegionFrame } from './region-frame.ts';
import { isXmm, VectorBuilder } from './simd-builder.ts';
import {
  bits,
  type Effect,
  nothingKnown,
  ofRegister,
  type Plain,
  plainAtBlocks,
  type UnitFacts,
} from './simd-facts.ts';
import { hostHasVectors, vectorHomeNumber } from './simd-homes.ts';
import { checkInvariants } from './simd-invariants.ts';
import { Rounding, VectorEmitters } from './simd-table.ts';
import { leaveUnlessReady, type UnitNeeds } from './simd-unit-checks.ts';
import { parentsOf, type Shape } from './structure.ts';

/** How many SIMD instructions of a region are inline, and how many call the interpreter's function. */
export interface VectorCounts {
  readonly inline: number;
  readonly called: number;
}

/** What a region's plan says of SIMD. */
export interface VectorPlan {
  readonly shape: Shape;
  /** Inexact results must be looked for: MXCSR does not say that they change nothing. */
  readonly exact: boolean;
  /** Records of instructions that often do not find what they are written for. */
  readonly asks: ReadonlySet<number>;
  /** What is known of registers at the beginning of blocks. */
  readonly plain: ReadonlyMap<number, Plain>;
  /** What the entry makes sure of, of registers that are only read. */
  readonly invariant: Plain;
}

export class RegionVectors {
  private readonly region: Region;
  private readonly plan: VectorPlan;
  private readonly context: RegionContext;
  private readonly frame: RegionFrame;
  private readonly imports: ColdCallImports;
  private readonly parents: ReadonlyMap<number, number>;
  /** By block, at its end; and at the beginning of loops that check before they begin. */
  private readonly known = new Map<number, UnitFacts>();
  private readonly atLoops = new Map<number, UnitFacts>();
  private readonly lasting: { readonly trusted: boolean; readonly mmx: boolean };
  private readonly effects = new Map<number, Effect[]>();
  private facts = nothingKnown();
  private plain: Plain = 0;
  private noted: Effect[] = [];
  private wanted: Plain = 0;
  private inline = 0;
  private called = 0;

  constructor(region: Region, plan: VectorPlan, context: RegionContext, frame: RegionFrame, imports: ColdCallImports) {
    this.region = region;
    this.plan = plan;
    this.context = context;
    this.frame = frame;
    this.imports = imports;
    this.parents = parentsOf(plan.shape);
    this.lasting = this.whatLasts();
  }

  get counts(): VectorCounts {
    return { inline: this.inline, called: this.called };
  }

  /** For the plan, once all has been written. */
  findPlain(): Pick<VectorPlan, 'plain' | 'invariant'> {
    const invariant = this.findInvariant();
    return { invariant, plain: plainAtBlocks(this.region, invariant, this.effects) };
  }

  /** What is wanted of registers that the region does not write, nor anybody it calls. */
  private findInvariant(): Plain {
    const { region, plan, context } = this;
    const entry = region.blocks.get(region.entry)!;
    if (callsOut(region) || this.called > 0 || plan.asks.has(entry.record)) return 0;
    let invariant: Plain = 0;
    for (let i = 0; i < 8; i++) {
      if (!context.homes.written.has(vectorHomeNumber(i))) invariant |= ofRegister(this.wanted, i);
    }
    return invariant;
  }

  /** At the entry: makes sure of what the plan says of registers that are only read. */
  checkInvariants(): void {
    const { code, leaves, pages } = this.context;
    const { record, pcBase } = this.region.blocks.get(this.region.entry)!;
    checkInvariants(code, this.plan.invariant, () => {
      code.const(record).set(Local.eip).br(leaves[pages.indexOf(pcBase)]!);
    });
  }

  /** What nothing in the region undoes once it holds. */
  private whatLasts(): { trusted: boolean; mmx: boolean } {
    const blocks = [...this.region.blocks.values()];
    const calls = callsOut(this.region);
    const has = (test: (mnemonic: string) => boolean) =>
      blocks.some(block => block.forms.some((_, i) => test(this.mnemonic(block, i))));
    return { trusted: !calls && !has(loadsControl), mmx: !calls && !has(leavesMmx) };
  }

  /** The row of a SIMD instruction. */
  private row({ record, forms }: Block, index: number): Row | undefined {
    if (forms[index]!.mnemonic !== 'SIMD') return undefined;
    return Rows[this.context.view.getInt32(record + index * RECORD_SIZE + Field.imm2, true)]!;
  }

  private mnemonic(block: Block, index: number): string {
    return this.row(block, index)?.mnemonic ?? block.forms[index]!.mnemonic;
  }

  private inherited(eip: number): UnitFacts {
    let above = this.parents.get(eip);
    while (above !== undefined && !this.known.has(above)) above = this.parents.get(above);
    return above === undefined ? nothingKnown() : { ...this.known.get(above)! };
  }

  /** A loop is about to begin: what the block at its head needs is checked here, and not each time round. */
  beginLoop(eip: number): void {
    const block = this.region.blocks.get(eip);
    if (!block || !hostHasVectors()) return;
    const needs: UnitNeeds = { present: false, enabled: false, trusted: false };
    block.forms.forEach((_, i) => {
      const row = this.row(block, i);
      if (!row || !(row.mnemonic in VectorEmitters)) return;
      const record = block.record + i * RECORD_SIZE;
      needs.present = true;
      if (vectorInstruction(Rows.indexOf(row)).sse) needs.enabled = true;
      if (Rounding.has(row.mnemonic) && !this.plan.exact && !this.plan.asks.has(record)) needs.trusted = true;
    });
    const facts = this.inherited(eip);
    leaveUnlessReady(this.context, block, needs, facts);
    this.atLoops.set(eip, facts);
  }

  /** A block is about to be written. */
  begin(eip: number): void {
    const { trusted, mmx } = this.lasting;
    const inherited = this.atLoops.get(eip) ?? this.inherited(eip);
    this.facts = { ...inherited, trusted: trusted && inherited.trusted, mmx: mmx && inherited.mmx };
    this.known.set(eip, this.facts);
    this.plain = this.plan.plain.get(eip) ?? 0;
    this.noted = [];
    this.effects.set(eip, this.noted);
  }

  private note(effect: Effect): void {
    this.plain = effect(this.plain);
    this.noted.push(effect);
  }

  /** Writes an instruction inline, if it can be; `index` is its place in the block. */
  write(block: Block, index: number): boolean {
    const { context, imports, frame, facts, plan } = this;
    const form = block.forms[index]!;
    const mnemonic = this.mnemonic(block, index);
    if (loadsControl(mnemonic)) facts.trusted = false;
    if (leavesMmx(mnemonic)) facts.mmx = false;
    const isVector = form.mnemonic === 'SIMD';
    const emitter = isVector && hostHasVectors() ? VectorEmitters[mnemonic] : undefined;
    if (!emitter) {
      if (isVector) this.called++;
      if (mnemonic === 'FXRSTOR') this.called++;
      if (isVector || mnemonic === 'FXRSTOR') this.note(() => 0);
      return false;
    }
    this.inline++;
    // The floats that have been compared give way to others.
    if (typeof context.compared === 'object') context.compared = undefined;
    const record = block.record + index * RECORD_SIZE;
    const asks = plan.asks.has(record);
    const builder = new VectorBuilder(form, context, {
      record,
      pcBase: block.pcBase,
      surroundings: {
        flagsDead: false,
        conditionFollows: endsInCondition(block, index + 1),
        asks,
      },
      facts,
      plain: this.plain,
      effect: effect => this.note(effect),
      want: (kind, address) => {
        if (isXmm(address)) this.wanted |= bits(kind, address);
      },
      exact: plan.exact || asks,
      call: asks ? () => callCold(context, frame, imports, block, index, 'call') : undefined,
    });
    builder.begin();
    emitter(builder);
    return true;
  }
}

const endsInCondition = ({ forms }: Block, index: number): boolean => forms[index]?.mnemonic.endsWith('cc') ?? false;
const loadsControl = (mnemonic: string): boolean => mnemonic === 'LDMXCSR' || mnemonic === 'FXRSTOR';
const leavesMmx = (mnemonic: string): boolean => mnemonic === 'ESC' || mnemonic === 'EMMS' || mnemonic === 'FXRSTOR';
