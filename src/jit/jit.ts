/**
 * The second tier: direct jumps that the interpreter has taken often have their targets compiled as regions. The entry record of a compiled region says so
 * (Pseudo.compiled), and that is how the interpreter comes upon it; from there regions go on to each other by links (linker.ts), or through the dispatcher.
 *
 * Nothing here can be seen by a guest: a region executes exactly what the interpreter would, and leaves with the same state and count.
 */
import type { Engine, EngineHost, MakeEngine } from '../cpu/engine.ts';
import { wasmEngine } from '../cpu/engine.ts';
import { FormSource } from '../cpu/form-enumeration.ts';
import { Pseudo } from '../cpu/forms.ts';
import { Outcome } from '../cpu/outcome.ts';
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import { RESUME_RECORD } from '../cpu/state.ts';
import { BlockFinder } from './block-finder.ts';
import { FormTraits } from './form-traits.ts';
import { DEFAULTS, EAGER, type JitOptions } from './options.ts';
import { RegionTable } from './region-table.ts';
import { newStatistics } from './statistics.ts';
import { Status } from './status.ts';

type ColdFunction = (record: number) => number;

export class Jit implements Engine {
  readonly forms: Engine['forms'];
  readonly table: WebAssembly.Table;
  /** A function compiled in a hurry stays as it is until it is entered again: so regions are left now and then. */
  readonly longestSlice = 1 << 20;
  readonly statistics = newStatistics();
  private readonly options: JitOptions;
  private readonly interpreter: Engine;
  private readonly view: DataView;
  private readonly cold: ColdFunction[] = [];
  private readonly regions: RegionTable;
  private host!: EngineHost;

  constructor(memory: WebAssembly.Memory, interpreter: Engine, options: JitOptions = DEFAULTS) {
    this.options = options;
    this.interpreter = interpreter;
    this.forms = interpreter.forms;
    this.table = interpreter.table!;
    this.view = new DataView(memory.buffer);
    this.view.setUint16(RESUME_RECORD + Field.form, Pseudo.resume, true);
    const source = new FormSource(interpreter.forms.table);
    const traits = new FormTraits(source);
    const finder = new BlockFinder(memory.buffer, source, traits, record => this.formAt(record));
    const cold = (form: number) => this.coldFunction(form);
    this.regions = new RegionTable({ memory, traits, finder, cold, options, statistics: this.statistics });
  }

  attach(host: EngineHost): void {
    this.host = host;
    this.regions.attach(host);
  }

  /** The form a record had before a region took it over. */
  formAt(record: number): number {
    return this.regions.formAt(record);
  }

  private coldFunction(form: number): ColdFunction {
    this.cold[form] ??= this.table.get(form) as ColdFunction;
    return this.cold[form]!;
  }

  run(record: number): number {
    const { host, regions, interpreter } = this;
    const { state } = host;
    regions.compileWhenDue();
    let outcome = interpreter.run(record);
    for (;;) {
      if (outcome === Outcome.hot) {
        if (host.now() + host.effort >= this.options.warmUp) {
          regions.request(state.eip);
          regions.compileWhenDue();
        } else this.view.setInt32(state.exitRecord + Field.taken, 0, true);
        outcome = interpreter.run(RESUME_RECORD);
      } else if (outcome === Outcome.enter) outcome = this.enter(state.exitRecord);
      else return outcome;
    }
  }

  /** From the entry of a region, which the interpreter has come upon; returns an Outcome once the interpreter has gone on from where regions ended. */
  private enter(record: number): number {
    const { regions, statistics, host } = this;
    const { state } = host;
    let region = regions.enterable(record);
    if (!region) return this.interpret(record);
    for (;;) {
      statistics.entries++;
      state.codeDropped = 0;
      const before = state.budget;
      const status = regions.run(region);
      statistics.executed += before - state.budget;
      switch (status) {
        case Status.fill:
        case Status.continue:
        case Status.turn: {
          if (status === Status.fill) regions.fill(state.linkSite, state.eip);
          const next = regions.current();
          if (next) {
            regions.cache(next);
            region = next;
            continue;
          }
          statistics.misses++;
          regions.missed(state.eip);
          return this.resume();
        }
        case Status.leave:
          statistics.leaves++;
          regions.left(state.exitRecord);
          return this.interpret(state.exitRecord);
        case Status.decline: {
          statistics.declines++;
          const other = regions.matching();
          if (!other) return this.resume();
          if (regions.isCovered(other) && !state.codeDropped) {
            regions.makeCurrent(other);
            region = other;
            continue;
          }
          state.pcBase = other.pcBase;
          return this.interpret(other.record);
        }
        case Status.resume:
          statistics.resumes++;
          return this.resume();
        default:
          statistics.outcomes++;
          return status - Status.outcome;
      }
    }
  }

  private resume(): number {
    return this.interpreter.run(RESUME_RECORD);
  }

  /** Has the interpreter go on at a record, by its own means even where a region begins; pcBase is set. */
  private interpret(record: number): number {
    const { view, host, interpreter } = this;
    const { state } = host;
    if (view.getUint16(record + Field.form, true) !== Pseudo.compiled) return interpreter.run(record);
    state.exitRecord = record;
    const outcome = this.coldFunction(this.formAt(record))(record);
    if (outcome === Outcome.next) return interpreter.run(record + RECORD_SIZE);
    state.budget -= view.getUint8(record + Field.index) + 1;
    if (outcome === Outcome.jump) return this.resume();
    if (outcome === Outcome.fault) state.eip = (state.pcBase + view.getUint16(record + Field.offset, true)) | 0;
    return outcome;
  }
}

export { EAGER };

export const jitEngine: MakeEngine = (memory, imports) => new Jit(memory, wasmEngine(memory, imports));

export const eagerJitEngine: MakeEngine = (memory, imports) => new Jit(memory, wasmEngine(memory, imports), EAGER);
