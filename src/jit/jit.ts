/**
 * The second tier: direct jumps that the interpreter has taken often have their targets compiled as regions. The entry record of a compiled region says so
 * (Pseudo.compiled), and that is how the interpreter comes upon it; from there regions go on to each other by links (linker.ts), or through the dispatcher.
 *
 * Nothing here can be seen by a guest: a region executes exactly what the interpreter would, and leaves with the same state and count.
 */
import { Mode } from '../cpu/cpu.ts';
import type { Engine, EngineExit, EngineHost, EngineReport, MakeEngine } from '../cpu/engine.ts';
import { wasmEngine } from '../cpu/engine.ts';
import { FormSource } from '../cpu/form-enumeration.ts';
import { Pseudo } from '../cpu/forms.ts';
import { Outcome } from '../cpu/outcome.ts';
import { Field, RECORD_SIZE } from '../cpu/record.ts';
import { RESUME_RECORD } from '../cpu/state.ts';
import { BlockFinder } from './block-finder.ts';
import { type Channel, ChannelCompiler } from './compile-channel.ts';
import { Compiler } from './compiler.ts';
import { NOT_FOUND } from './dispatcher.ts';
import { FormTraits } from './form-traits.ts';
import { Functions } from './functions.ts';
import { DEFAULTS, EAGER, type JitOptions } from './options.ts';
import { Profile, SAMPLE_INTERVAL } from './profile.ts';
import { RegionTable } from './region-table.ts';
import { Relay } from './relay.ts';
import { type JitStatistics, newStatistics } from './statistics.ts';
import { Status } from './status.ts';

/** Slices are short while functions are likely to be such as have been compiled in a hurry, and longer by and by: a part of the time since the last of them, as a divisor. */
const HURRIED_SLICE = 1 << 20;
const SETTLING = 16;
const LONGEST_SLICE = 1 << 23;
const LEAST_SLICE = 1000;
/** While something is being compiled beside. */
const SHORT_SLICE = 1 << 17;
/** Effort after which one looks where it went. */
const EFFORT_BETWEEN = 200_000;

let openChannel: (() => Channel) | undefined;

/** Has processors to come compile beside their runs, once their options say so, through a channel to a CompilerEnd. */
export function compileBeside(open: (() => Channel) | undefined): void {
  openChannel = open;
}

type ColdFunction = (record: number) => number;

export class Jit implements Engine {
  readonly forms: Engine['forms'];
  readonly table: WebAssembly.Table;
  readonly deliver: NonNullable<Engine['deliver']>;
  private readonly counts = newStatistics();
  private readonly options: JitOptions;
  private readonly interpreter: Engine;
  private readonly view: DataView;
  private readonly cold: ColdFunction[] = [];
  private readonly profile: Profile | undefined;
  private readonly functions: Functions;
  private readonly regions: RegionTable;
  private host!: EngineHost;

  constructor(memory: WebAssembly.Memory, interpreter: Engine, options: JitOptions = DEFAULTS) {
    this.options = options;
    this.profile = options.profile ? new Profile() : undefined;
    this.interpreter = interpreter;
    this.forms = interpreter.forms;
    this.table = interpreter.table!;
    this.deliver = interpreter.deliver!;
    this.view = new DataView(memory.buffer);
    this.view.setUint16(RESUME_RECORD + Field.form, Pseudo.resume, true);
    const source = new FormSource(interpreter.forms.table);
    const traits = new FormTraits(source);
    const { table } = interpreter.forms;
    const compiler = new Compiler(this.view, traits);
    const open = openChannel;
    const compiling = open
      ? new Relay(compiler, () => new ChannelCompiler(open(), memory, table), options.besideAfter)
      : compiler;
    const finder = new BlockFinder(memory.buffer, source, traits, record => this.formAt(record));
    const cold = (form: number) => this.coldFunction(form);
    const x87 = (place: number) => interpreter.x87Function!(place);
    this.functions = new Functions(memory.buffer, source, record => this.formAt(record));
    const { functions, counts: statistics, table: handlers } = this;
    this.regions = new RegionTable({ memory, finder, functions, compiling, handlers, cold, x87, options, statistics });
  }

  /** What has been done so far. */
  get statistics(): JitStatistics {
    this.regions.runs.count();
    return this.counts;
  }

  attach(host: EngineHost): void {
    this.host = host;
    host.effortLimit = EFFORT_BETWEEN;
    // Whoever takes notes hears of everything.
    this.regions.attach(host, this.profile ? 1 : this.options.lot);
  }

  /** A function compiled in a hurry stays as it is until it is entered again: so regions are left now and then. And somebody may be waiting. */
  get longestSlice(): number {
    const { regions, options } = this;
    const { orders } = regions;
    if (!orders.isIdle) return orders.isOrdered ? SHORT_SLICE : Math.max(LEAST_SLICE, options.patience);
    if (this.profile) return SAMPLE_INTERVAL;
    return Math.min(LONGEST_SLICE, Math.max(HURRIED_SLICE, Math.floor((regions.time - orders.installedAt) / SETTLING)));
  }

  /** The form a record had before a region took it over. */
  formAt(record: number): number {
    return this.regions.formAt(record);
  }

  forgetPage(linearPage: number): void {
    this.regions.forgetPage(linearPage);
  }

  jumped(record: number, linear: number): void {
    this.functions.note(record, linear);
  }

  private coldFunction(form: number): ColdFunction {
    this.cold[form] ??= this.table.get(form) as ColdFunction;
    return this.cold[form]!;
  }

  run(record: number): number {
    const { host, regions, interpreter } = this;
    const { state } = host;
    if (host.effort >= host.effortLimit) this.hurry();
    if (!regions.orders.isIdle) regions.orders.compileWhenDue();
    this.profile?.sample((state.csBase + state.eip) | 0, host.now());
    let outcome = interpreter.run(record);
    for (;;) {
      if (outcome === Outcome.hot) {
        // It is asked again when the jump goes on to be taken: what comes of this may be of no use, or be lost.
        this.view.setInt32(state.exitRecord + Field.taken, regions.hotJump >> 3, true);
        if (regions.mayCompile && regions.isWanted(state.eip)) {
          regions.requestAround(state.eip);
          regions.orders.compileWhenDue();
          if (regions.orders.waiting > 0) return Outcome.next;
        }
        outcome = interpreter.run(RESUME_RECORD);
      } else if (outcome === Outcome.enter) outcome = this.enter(state.exitRecord);
      else return outcome;
    }
  }

  /** Services have taken much time since this was last so: where that happened is worth compiling at once. */
  private hurry(): void {
    const { host, regions } = this;
    host.effortLimit = host.effort + EFFORT_BETWEEN;
    if (regions.mayCompile) regions.requestAround(host.effortAt);
  }

  /**
   * From the entry of a region, which the interpreter has come upon; returns an Outcome once the interpreter has gone on from where regions ended. The dispatcher has run
   * the region already, if it knew which.
   */
  private enter(record: number): number {
    const { regions, counts: statistics, host } = this;
    const { state } = host;
    let status = regions.runs.status;
    /** What has come to pass so often. */
    let { times } = regions.runs;
    if (status === NOT_FOUND) {
      const region = regions.enterable(record);
      if (!region) return this.interpret(record);
      regions.cache(region);
      status = regions.runs.run(region);
      times = 1;
    } else regions.runs.told();
    for (;;) {
      switch (status) {
        case Status.fill:
        case Status.continue:
        case Status.turn: {
          if (status === Status.fill) regions.fill(state.linkSite, state.eip);
          const next = regions.current();
          if (next) {
            regions.cache(next);
            status = regions.runs.run(next);
            times = 1;
            continue;
          }
          statistics.misses += times;
          this.note('miss', state.eip);
          return regions.missed(state.eip, times) ? Outcome.next : this.resume();
        }
        case Status.leave: {
          const { exitRecord } = state;
          statistics.leaves += times;
          this.note('access', state.pcBase + this.view.getUint16(exitRecord + Field.offset, true));
          regions.left(exitRecord, times);
          const outcome = this.interpret(exitRecord);
          if (outcome === Outcome.fault && state.exitRecord === exitRecord) regions.faulted(exitRecord, times);
          return outcome;
        }
        case Status.decline: {
          statistics.declines++;
          this.note('decline', state.eip);
          const other = regions.matching();
          if (!other) return this.resume();
          if (regions.isCovered(other) && !state.codeDropped) {
            regions.makeCurrent(other);
            status = regions.runs.run(other);
            times = 1;
            continue;
          }
          state.pcBase = other.pcBase;
          return this.interpret(other.record);
        }
        case Status.window: {
          const straddling = regions.windowMissed();
          if (!straddling) return this.resume();
          state.pcBase = straddling.pcBase;
          return this.interpret(straddling.record);
        }
        case Status.resume:
          statistics.resumes++;
          return this.resume();
        default:
          statistics.outcomes++;
          // A service that took long in a region has nothing to gain by another.
          if (host.effort >= host.effortLimit) host.effortLimit = host.effort + EFFORT_BETWEEN;
          this.note('event', state.pcBase + this.view.getUint16(state.exitRecord + Field.offset, true));
          return status - Status.outcome;
      }
    }
  }

  private note(cause: EngineExit['cause'], eip: number): void {
    const { profile, host } = this;
    if (!profile) return;
    const linear = (host.state.csBase + eip) | 0;
    profile.left(cause, linear, () => {
      const words = [0, 4, 8, 12].map(i => host.peek((linear + i) | 0));
      const end = words.indexOf(undefined);
      const known = Int32Array.from(words.slice(0, end < 0 ? 4 : end) as number[]);
      return { bytes: new Uint8Array(known.buffer), big: (host.state.codeKey & Mode.big) !== 0 };
    });
  }

  report(): EngineReport | undefined {
    const { profile, statistics } = this;
    if (!profile) return undefined;
    const { samples, ways } = profile;
    return {
      compiled: statistics.executed,
      counts: { ...statistics },
      interval: SAMPLE_INTERVAL,
      samples,
      exits: ways,
    };
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

export { DEFAULTS, EAGER };

const jit =
  (options: JitOptions): MakeEngine =>
  (memory, imports) =>
    new Jit(memory, wasmEngine(memory, imports), options);

export const jitEngine = jit(DEFAULTS);
export const eagerJitEngine = jit(EAGER);
/** As jitEngine or, `eager`, eagerJitEngine, taking notes. */
export const profilingJitEngine = (eager: boolean): MakeEngine => jit({ ...(eager ? EAGER : DEFAULTS), profile: true });
