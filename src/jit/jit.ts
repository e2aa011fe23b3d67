/**
 * The second tier: direct jumps that the interpreter has taken often have their targets compiled as regions. All live regions stand in one module, so
 * that they jump to and call each other directly; the module is made anew when enough regions wait. The entry record of a compiled region says so
 * (Pseudo.compiled), and that is how the interpreter comes upon it.
 *
 * Nothing here can be seen by a guest: a region executes exactly what the interpreter would, and leaves with the same state and count.
 */
import type { Engine, EngineHost, MakeEngine } from '../cpu/engine.ts';
import { wasmEngine } from '../cpu/engine.ts';
import { type ExecutableForm, FormSource } from '../cpu/form-enumeration.ts';
import { Pseudo } from '../cpu/forms.ts';
import { Outcome } from '../cpu/outcome.ts';
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import { HOT_JUMP, REGION_VALID, REGION_VALID_COUNT, TLB, TLB_SIZE } from '../cpu/state.ts';
import { Code, I32 } from '../wasm/code.ts';
import { Module } from '../wasm/module.ts';
import { FormTraits } from './form-traits.ts';
import { type Block, discover, type End, type Region } from './region.ts';
import {
  DECLINE,
  OUTCOME,
  planRegion,
  type RegionFunction,
  type RegionPlan,
  type RegionSource,
  writeRegion,
} from './region-writer.ts';

const STATUS = { params: [I32], results: [I32] } as const;

interface Compiled extends RegionSource {
  readonly region: Region;
  readonly record: number;
  /** Its function in every module: gaps are filled by functions that decline. */
  readonly index: number;
  /** How it is written, found when it first is. */
  plan: RegionPlan | undefined;
  /** What was written of it for the last module, and the exits that had no function then. */
  written: { readonly fn: RegionFunction; readonly open: ReadonlySet<number> } | undefined;
  /** What the entry record's form was. */
  readonly form: number;
  readonly pcBase: number;
  run: ((depth: number) => number) | undefined;
  /** How often it could not run at its entry. */
  declines: number;
}

export interface JitStatistics {
  regions: number;
  instructions: number;
  modules: number;
  bytes: number;
  milliseconds: number;
  invalidated: number;
  entries: number;
  leaves: number;
  declines: number;
}

export interface JitOptions {
  /** How often a direct jump is taken before its target is compiled. */
  readonly hotJump: number;
  /** Instructions before anything is compiled: short programs end before that pays. */
  readonly warmUp: number;
  /** Times a region may be lost to writes, in short order, before its code is left to the interpreter. */
  readonly losses: number;
  /** Instructions after which whoever waits is compiled, however few they are. */
  readonly patience: number;
}

const DEFAULTS: JitOptions = { hotJump: 8000, warmUp: 2_000_000, losses: 8, patience: 2_000_000 };
/** Compiles at first sight, for tests. */
export const EAGER: JitOptions = { hotJump: 2, warmUp: 0, losses: 8, patience: 0 };

/** Regions compile at once while there are few; later they wait for company. */
const AT_ONCE = 4;
const MOST_DECLINES = 50;
const FORGIVEN_AFTER = 50_000_000;

export class Jit implements Engine {
  readonly forms: Engine['forms'];
  readonly table: WebAssembly.Table;
  readonly statistics: JitStatistics = {
    regions: 0,
    instructions: 0,
    modules: 0,
    bytes: 0,
    milliseconds: 0,
    invalidated: 0,
    entries: 0,
    leaves: 0,
    declines: 0,
  };
  private readonly options: JitOptions;
  private readonly interpreter: Engine;
  private readonly memory: WebAssembly.Memory;
  private readonly view: DataView;
  private readonly words: Int32Array;
  private readonly source: FormSource;
  private readonly traits: FormTraits;
  private host: EngineHost | undefined;
  private readonly byRecord = new Map<number, Compiled>();
  private readonly byEip = new Map<number, Compiled>();
  /** Regions that have a block at this record. */
  private readonly users = new Map<number, Set<Compiled>>();
  private waiting: Compiled[] = [];
  private waitingSince = 0;
  /** How often a region at an EIP has been lost to a write: code that keeps changing is left to the interpreter. */
  private readonly losses = new Map<number, { count: number; last: number }>();
  /** Entries whose regions keep to one page. */
  private readonly confined = new Set<number>();
  /** How often a region ended at an EIP where none begins. */
  private readonly misses = new Map<number, number>();
  private nextIndex = 0;

  constructor(memory: WebAssembly.Memory, interpreter: Engine, options: JitOptions = DEFAULTS) {
    this.options = options;
    this.memory = memory;
    this.interpreter = interpreter;
    this.forms = interpreter.forms;
    this.table = interpreter.table!;
    this.view = new DataView(memory.buffer);
    this.words = new Int32Array(memory.buffer);
    this.words[HOT_JUMP >> 2] = options.hotJump;
    this.source = new FormSource(interpreter.forms.table);
    this.traits = new FormTraits(this.source);
  }

  attach(host: EngineHost): void {
    this.host = host;
    host.code.onStale = record => this.stale(record);
    host.code.onClear = () => this.reset();
  }

  /** The form a record had before a region took it over. */
  formAt(record: number): number {
    return this.byRecord.get(record)?.form ?? this.view.getUint16(record + Field.form, true);
  }

  run(record: number): number {
    const host = this.host!;
    const { state } = host;
    if (this.waiting.length > 0 && host.insns - this.waitingSince > this.patience()) this.compile();
    const outcome = this.interpreter.run(record);
    if (outcome === Outcome.hot) {
      if (host.insns >= this.options.warmUp) this.request(state.eip);
      else this.view.setInt32(state.exitRecord + Field.taken, 0, true);
      return Outcome.next;
    }
    if (outcome !== Outcome.enter) return outcome;
    let compiled = this.byRecord.get(state.exitRecord);
    if (!compiled?.run || compiled.pcBase !== state.pcBase || compiled.user !== (state.cpl === 3))
      return Outcome.decline;
    for (;;) {
      const before = state.budget;
      const entry = state.eip;
      this.statistics.entries++;
      const status = compiled.run!(0);
      if (status >= OUTCOME) return status - OUTCOME;
      // Nothing was executed: the interpreter must do the first instruction by itself, or it would only come back here.
      if (status !== 0 && state.budget === before && state.eip === entry) {
        this.statistics.declines++;
        if (++compiled.declines > MOST_DECLINES && compiled.pages.length > 1) this.confine(compiled);
        return Outcome.decline;
      }
      if (status !== 0) {
        this.statistics.leaves++;
        return Outcome.next;
      }
      const next = this.byEip.get(state.eip);
      if (!next?.run || next.user !== compiled.user) {
        if (!next) this.missed(state.eip);
        return Outcome.next;
      }
      state.pcBase = next.pcBase;
      compiled = next;
    }
  }

  /**
   * After a change of address spaces the TLB fills as code runs, and a region that lies on several pages must wait for all of them. One that waits too
   * often is made anew from its first page alone.
   */
  private confine(compiled: Compiled): void {
    const { entry } = compiled.region;
    this.confined.add(entry);
    this.drop(compiled);
    this.losses.delete(entry);
    this.request(entry);
  }

  /** A region ended by a jump to where none begins: the return from a call, often. Hot continuations become regions of their own. */
  private missed(eip: number): void {
    const count = (this.misses.get(eip) ?? 0) + 1;
    this.misses.set(eip, count);
    if (count === this.options.hotJump) this.request(eip);
  }

  /** A module of many regions costs more to make: waiting for company is longer then. */
  private patience(): number {
    return this.options.patience * Math.max(1, this.byRecord.size >> 4);
  }

  // ---- discovery

  private request(eip: number): void {
    const host = this.host!;
    const known = this.byEip.get(eip);
    if (!host.flat || this.thrashes(eip) || (known && known.user === (host.state.cpl === 3))) return;
    const narrow = this.confined.has(eip);
    const region = discover(eip, at => {
      const block = this.blockAt(at);
      return block && narrow && !sharesPage(block, eip) ? undefined : block;
    });
    if (!region) return;
    if (this.nextIndex >= REGION_VALID_COUNT) this.startOver();
    const entry = region.blocks.get(eip)!;
    const user = host.state.cpl === 3;
    const pages = new Map<number, number>();
    for (const block of region.blocks.values()) {
      // An instruction may lie on two pages.
      for (const linear of [block.pcBase, block.next - 1]) {
        const at = TLB + (user ? 2 : 0) * TLB_SIZE + (linear >>> 12) * 4;
        pages.set(at, this.words[at >> 2]!);
      }
    }
    if ([...pages.values()].includes(0)) return;
    const index = this.nextIndex++;
    const validAt = REGION_VALID + index * 4;
    this.words[validAt >> 2] = 1;
    const compiled: Compiled = {
      region,
      user,
      validAt,
      pages: [...pages],
      record: entry.record,
      form: this.formAt(entry.record),
      pcBase: entry.pcBase,
      run: undefined,
      index,
      declines: 0,
      plan: undefined,
      written: undefined,
    };
    for (const block of region.blocks.values()) {
      const users = this.users.get(block.record) ?? new Set();
      users.add(compiled);
      this.users.set(block.record, users);
    }
    this.byEip.set(eip, compiled);
    if (this.waiting.length === 0) this.waitingSince = host.insns;
    this.waiting.push(compiled);
    const live = this.byRecord.size;
    if (this.waiting.length >= (live < AT_ONCE ? 1 : live >> 2)) this.compile();
  }

  /** Regions at this EIP have been lost again and again, and lately: other programs come to lie there too, but not so often. */
  private thrashes(eip: number): boolean {
    const lost = this.losses.get(eip);
    if (!lost || lost.count < this.options.losses) return false;
    if (this.host!.insns - lost.last < FORGIVEN_AFTER) return true;
    this.losses.delete(eip);
    return false;
  }

  private blockAt(eip: number): Block | undefined {
    const host = this.host!;
    const record = host.blockAt(eip);
    if (record === 0) return undefined;
    const { view } = this;
    const pcBase = (eip - view.getUint16(record + Field.offset, true)) | 0;
    const forms: ExecutableForm[] = [];
    const eips: number[] = [];
    let at = record;
    let end: End = { kind: 'next' };
    let taken = 0;
    for (;;) {
      const id = this.formAt(at);
      if (id <= Pseudo.compiled) break;
      const form = this.source.form(id);
      const trait = this.traits.of(form);
      if (trait === 'leave') {
        end = { kind: 'leave' };
        break;
      }
      forms.push(form);
      eips.push((pcBase + view.getUint16(at + Field.offset, true)) | 0);
      at += RECORD_SIZE;
      const control = controlOf(form);
      if (control) {
        end = control;
        const last = at - RECORD_SIZE;
        taken = (pcBase + view.getUint16(last + Field.next, true) + view.getInt32(last + Field.imm, true)) | 0;
        break;
      }
    }
    // A block that begins with what the interpreter must do is none.
    if (forms.length === 0) return undefined;
    const next = (pcBase + view.getUint16(at - RECORD_SIZE + Field.next, true)) | 0;
    return { eip, record, forms, eips, pcBase, end, taken, next };
  }

  // ---- compilation

  private compile(): void {
    const start = performance.now();
    const all = [...this.byRecord.values(), ...this.waiting];
    this.waiting = [];
    const module = new Module();
    module.importMemory('env', 'memory', 1);
    module.importTable('cpu', 'forms', this.table.length);
    const coldType = module.typeIndex(STATUS);
    const functions = new Map<string, number>(all.map(c => [key(c.region.entry, c.user), c.index]));
    const byIndex = new Map(all.map(c => [c.index, c]));
    for (let index = 0; index < this.nextIndex; index++) {
      const compiled = byIndex.get(index);
      const { code, locals } = compiled ? this.write(compiled, functions, coldType) : declining();
      module.addFunction(STATUS, locals, code);
      if (compiled) module.export(String(index), index);
    }
    const bytes = module.bytes();
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      env: { memory: this.memory },
      cpu: { forms: this.table },
    });
    all.forEach(compiled => {
      compiled.run = instance.exports[String(compiled.index)] as (depth: number) => number;
      this.byRecord.set(compiled.record, compiled);
      this.view.setUint16(compiled.record + Field.form, Pseudo.compiled, true);
    });
    const { statistics } = this;
    statistics.modules++;
    statistics.regions = all.length;
    statistics.instructions = all.reduce((sum, { region }) => sum + region.instructions, 0);
    statistics.bytes = bytes.length;
    statistics.milliseconds += performance.now() - start;
  }

  /** The region's function: as it stands, unless an exit can now go straight to another region. */
  private write(compiled: Compiled, functions: ReadonlyMap<string, number>, coldType: number): RegionFunction {
    const { written } = compiled;
    const find = (eip: number) => functions.get(key(eip, compiled.user));
    if (written && ![...written.open].some(eip => find(eip) !== undefined)) return written.fn;
    const open = new Set<number>();
    const link = (eip: number): number | undefined => {
      const target = find(eip);
      if (target === undefined) open.add(eip);
      return target;
    };
    const imports = { view: this.view, traits: this.traits, link, coldType };
    compiled.plan ??= planRegion(compiled, imports);
    const fn = writeRegion(compiled, compiled.plan, imports);
    compiled.written = { fn, open };
    return fn;
  }

  // ---- invalidation

  /** The code of the block at `record` has been overwritten. */
  private stale(record: number): void {
    for (const compiled of this.users.get(record) ?? []) this.drop(compiled);
    this.users.delete(record);
  }

  private drop(compiled: Compiled): void {
    this.statistics.invalidated++;
    const { entry } = compiled.region;
    this.losses.set(entry, { count: (this.losses.get(entry)?.count ?? 0) + 1, last: this.host!.insns });
    this.words[compiled.validAt >> 2] = 0;
    for (const block of compiled.region.blocks.values()) this.users.get(block.record)?.delete(compiled);
    if (this.byRecord.get(compiled.record) === compiled) {
      this.byRecord.delete(compiled.record);
      const at = compiled.record + Field.form;
      if (this.view.getUint16(at, true) === Pseudo.compiled) this.view.setUint16(at, compiled.form, true);
    }
    if (this.byEip.get(compiled.region.entry) === compiled) this.byEip.delete(compiled.region.entry);
    this.waiting = this.waiting.filter(other => other !== compiled);
  }

  /** Numbers have run out: all regions go, and what is hot is found anew. */
  private startOver(): void {
    for (const compiled of [...this.byRecord.values(), ...this.waiting]) this.drop(compiled);
    this.reset();
  }

  /** All decoded code is gone. */
  private reset(): void {
    for (const compiled of [...this.byRecord.values(), ...this.waiting]) this.words[compiled.validAt >> 2] = 0;
    this.byRecord.clear();
    this.byEip.clear();
    this.users.clear();
    this.misses.clear();
    this.waiting = [];
    this.nextIndex = 0;
  }
}

/** The block lies wholly on the page of an EIP. */
function sharesPage({ eip, next }: Block, with_: number): boolean {
  return eip >>> 12 === with_ >>> 12 && (next - 1) >>> 12 === with_ >>> 12;
}

/** Stands where a region was that is gone. */
function declining(): RegionFunction {
  return { code: new Code().const(DECLINE), locals: { i64: 0, i32: 0 } };
}

const key = (eip: number, user: boolean): string => `${eip}${user ? 'u' : 's'}`;

/** How a form that goes elsewhere ends its block; undefined for the others. */
function controlOf({ mnemonic, operands }: ExecutableForm): End | undefined {
  const direct = operands[0]?.kind === 'relative';
  switch (mnemonic) {
    case 'Jcc':
    case 'LOOP':
    case 'LOOPZ':
    case 'LOOPNZ':
    case 'JCXZ':
      return { kind: 'branch' };
    case 'JMP':
      return direct ? { kind: 'jump' } : { kind: 'indirect', call: false };
    case 'CALL':
      return direct ? { kind: 'call' } : { kind: 'indirect', call: true };
    case 'RET':
      return { kind: 'indirect', call: false };
    default:
      return undefined;
  }
}

export const jitEngine: MakeEngine = (memory, imports) => new Jit(memory, wasmEngine(memory, imports));

export const eagerJitEngine: MakeEngine = (memory, imports) => new Jit(memory, wasmEngine(memory, imports), EAGER);
