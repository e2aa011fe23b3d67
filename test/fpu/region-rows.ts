/** x87 rows as a region has them (src/jit/x87-row.ts), in a module of their own: registers and words of state into locals, the rows, and back. */
import type { Engine } from '../../src/cpu/engine.ts';
import { fieldAddress } from '../../src/cpu/state.ts';
import { CORE } from '../../src/cpu/x87/cores.ts';
import { CorePlaces, type X87Function } from '../../src/cpu/x87/functions.ts';
import { loadX87Home, scratchOf, storeX87Home, WIDE_SCRATCH, X87_HOMES, x87Local } from '../../src/jit/x87-homes.ts';
import { type After, type Stack, writeRegionRow } from '../../src/jit/x87-row.ts';
import { Code, I32, I64, type Label, Op, type ValueType } from '../../src/wasm/code.ts';
import { Int32 } from '../../src/wasm/expression.ts';
import { Module } from '../../src/wasm/module.ts';

export interface Known {
  readonly stack: Stack;
  readonly ready: boolean;
  readonly brief: boolean;
  readonly control: number | undefined;
}

/** (operand or number of loops) -> 0 when refused, else 1. */
export type Run = (argument: number) => number;

type Names = readonly Parameters<typeof fieldAddress>[0][];
const GENERAL: Names = ['eax', 'zero', 'sign', 'carry'];
const PARAMETERS = 1;

export class RegionRows {
  private readonly module = new Module();
  private readonly code = new Code();
  private readonly types: ValueType[] = [];
  private readonly cores;
  private readonly locals;
  private readonly general: number;
  private readonly refused: Label;
  private readonly engine: Engine;
  private readonly memory: WebAssembly.Memory;
  private scratch = 0;

  constructor(engine: Engine, memory: WebAssembly.Memory) {
    this.engine = engine;
    this.memory = memory;
    const imported = (place: number) => this.module.importFunction('x87', String(place), CORE);
    const { sum, product, quotient } = CorePlaces;
    this.cores = { sum: imported(sum), product: imported(product), quotient: imported(quotient) };
    this.module.importMemory('env', 'memory', 1);
    const wide = this.newLocals(I64, 8 + WIDE_SCRATCH);
    this.locals = { wide, narrow: this.newLocals(I32, X87_HOMES - 8) };
    this.general = this.newLocals(I32, GENERAL.length);
    this.refused = this.code.block();
    for (let home = 0; home < X87_HOMES; home++) loadX87Home(this.code, home, this.locals);
    GENERAL.forEach((name, i) => {
      this.code
        .const(0)
        .load(4, fieldAddress(name))
        .set(this.general + i);
    });
  }

  private newLocals(type: ValueType, count: number): number {
    const first = PARAMETERS + this.types.length;
    for (let i = 0; i < count; i++) this.types.push(type);
    return first;
  }

  /** Writes a row; `operand`: number of STi or an address, or undefined where it is the function's argument. */
  write(row: X87Function, operand: number | undefined, known: Known): After {
    const { code, locals } = this;
    this.scratch = 0;
    return writeRegionRow(
      row,
      {
        ...known,
        code,
        newLocal: type => {
          if (type !== I64) return this.newLocals(type, 1);
          if (this.scratch === WIDE_SCRATCH) throw new Error('more 64-bit locals than a region has');
          return scratchOf(locals) + this.scratch++;
        },
        home: home => x87Local(home, locals),
        general: name => {
          const at = GENERAL.indexOf(name);
          return at < 0 ? undefined : this.general + at;
        },
        operand: operand ?? new Int32(c => c.get(0)),
        refused: this.refused,
      },
      this.cores,
    );
  }

  /** What is written between is repeated as often as the argument says. */
  repeat(body: () => void): void {
    const { code } = this;
    const again = code.loop();
    body();
    code.get(0).const(1).op(Op.i32_sub).tee(0).brIf(again);
    code.end();
  }

  finish(): Run {
    const { code, locals, module, engine } = this;
    for (let home = 0; home < X87_HOMES; home++) storeX87Home(code, home, locals);
    GENERAL.forEach((name, i) => {
      code
        .const(0)
        .get(this.general + i)
        .store(4, fieldAddress(name));
    });
    code.const(1).op(Op.return);
    code.end();
    code.const(0);
    module.export('run', module.addFunction({ params: [I32], results: [I32] }, this.types, code));
    const places = Object.values(CorePlaces).map(place => [place, engine.x87Function!(place)]);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
      env: { memory: this.memory },
      x87: Object.fromEntries(places),
    });
    return instance.exports.run as Run;
  }
}
