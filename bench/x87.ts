/**
 * x87 instructions, nanoseconds of processor time each: in the interpreter by their services and by their functions; functions called from another module, as
 * compiled regions call them; rows as a region has them (src/jit/x87-row.ts). `npm run bench:x87 [-- rounds]`.
 *
 * Interpreter loops are of a compiled kind (`-mfpmath=387`); what a loop takes without its x87 instructions is subtracted. The least of all rounds counts:
 * whatever else runs on the machine only adds.
 */
import { emptyBus } from '../src/cpu/bus.ts';
import { Cpu } from '../src/cpu/cpu.ts';
import { type Engine, engineOf, interpreterBytes, type MakeEngine } from '../src/cpu/engine.ts';
import { RAM } from '../src/cpu/state.ts';
import { x87FunctionOf } from '../src/cpu/x87/functions.ts';
import { OPERAND_TO_DONE } from '../src/cpu/x87/row-function.ts';
import { assemble } from '../src/isa/assemble.ts';
import type { After } from '../src/jit/x87-row.ts';
import { Code, I32, Op } from '../src/wasm/code.ts';
import { Module } from '../src/wasm/module.ts';
import { enterProtected, poke } from '../test/cpu/rig.ts';
import { RegionRows, type Run } from '../test/fpu/region-rows.ts';

const ROUNDS = Number(process.argv[2] ?? 10);
const [CODE, DATA] = [0x1000, 0x8000];
const LOOPS = 100_000;
/** Not zero while a loop is running, as a region's registers are. */
const SEEDS = [1.1, 1.0000001, 3.3, 0, 12345.678];

const twice = (text: string): string => `${text};${text}`;
const Loops: Readonly<Record<string, string>> = {
  'fld m64, fmul m64, faddp, fstp m64': twice(
    'fld qword [esi];fmul qword [esi+8];fld qword [esi+16];faddp st(1),st(0);fstp qword [esi+24]',
  ),
  'fld m64, fstp m64': twice('fld qword [esi];fstp qword [esi+24]'),
  'fild m32, fistp m32': twice('fild dword [esi+32];fistp dword [esi+40]'),
  'fld st(1), fstp st(0)': twice('fld st(1);fstp st(0)'),
  'fadd, fsub': twice('fadd st(0),st(1);fsub st(0),st(1)'),
  'fmul, fdiv': twice('fmul st(0),st(2);fdiv st(0),st(2)'),
  fxch: twice('fxch st(1)'),
  'fld st(1), fucomip': twice('fld st(1);fucomip st(0),st(2)'),
  'fld st(1), fsqrt, fstp st(0)': twice('fld st(1);fsqrt;fstp st(0)'),
  'fnstcw, fldcw': twice('fnstcw word [esi+48];fldcw word [esi+48]'),
};

function makeCpu(make: MakeEngine): { cpu: Cpu; engine: Engine; memory: WebAssembly.Memory } {
  const made: { engine?: Engine; memory?: WebAssembly.Memory } = {};
  const engine: MakeEngine = (memory, imports) => Object.assign(made, { memory, engine: make(memory, imports) }).engine;
  const cpu = new Cpu({ memoryBytes: 1 << 20, engine, model: 'core2', bus: emptyBus });
  cpu.physical.map('ram', 0, 1 << 20);
  enterProtected(cpu);
  const view = new DataView(cpu.physical.bytes.buffer, cpu.physical.bytes.byteOffset);
  for (const [i, value] of SEEDS.entries()) view.setFloat64(DATA + i * 8, value, true);
  cpu.state.esi = DATA;
  const start = assemble('fninit;fld qword [esi+8];fld1;fldpi;hlt', 32, CODE).bytes;
  poke(cpu, CODE, start);
  cpu.state.eip = CODE;
  cpu.run(5);
  return { cpu, engine: made.engine!, memory: made.memory! };
}

/** Nanoseconds for a run of LOOPS, the least of many. */
function least(run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS + 3; round++) {
    const before = process.cpuUsage().user;
    run();
    if (round >= 3) best = Math.min(best, process.cpuUsage(undefined).user - before);
  }
  return (best * 1000) / LOOPS;
}

function interpreted(make: MakeEngine, body: string): number {
  const { cpu } = makeCpu(make);
  const loop = assemble(body, 32, CODE).bytes;
  const back = -(loop.length + 1 + 6);
  poke(cpu, CODE, [...loop, 0x49, 0x0f, 0x85, ...[0, 8, 16, 24].map(shift => (back >> shift) & 255), 0xf4]);
  return least(() => {
    cpu.halted = false;
    Object.assign(cpu.state, { eip: CODE, ecx: LOOPS });
    // In slices, as machines run: WebAssembly is optimised between two entries.
    while (!cpu.halted) cpu.run(50_000);
  });
}

/** Escape code and operand of each instruction; all addresses here are esi and a displacement. */
function escapes(body: string): { code: number; operand: number }[] {
  return body.split(';').map(text => {
    const [opcode, modrm, displacement = 0] = [...assemble(text, 32, 0).bytes] as [number, number, number?];
    const code = ((opcode & 7) << 8) | modrm;
    return { code, operand: modrm >= 0xc0 ? modrm & 7 : RAM + DATA + displacement };
  });
}

/** A loop in another module that calls their functions. */
function called(make: MakeEngine, body: string): number {
  const { engine, memory, cpu } = makeCpu(make);
  const module = new Module();
  const instructions = escapes(body).map(({ code, operand }) => ({ fn: x87FunctionOf(code)!, operand }));
  const functions = instructions.map(({ fn }) => module.importFunction('x87', String(fn.place), OPERAND_TO_DONE));
  module.importMemory('env', 'memory', 1);
  const code = new Code();
  const refused = code.block();
  const again = code.loop();
  for (const [i, { operand }] of instructions.entries())
    code.const(operand).call(functions[i]!).op(Op.i32_eqz).brIf(refused);
  code.get(0).const(1).op(Op.i32_sub).tee(0).brIf(again);
  code.const(1).op(Op.return);
  code.end();
  code.end();
  code.const(0);
  module.export('run', module.addFunction({ params: [I32], results: [I32] }, [], code));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), {
    env: { memory },
    x87: Object.fromEntries(instructions.map(({ fn }) => [fn.place, engine.x87Function!(fn.place)])),
  });
  return timed(instance.exports.run as Run, body, cpu);
}

/** A loop of rows as a region has them. */
function written(make: MakeEngine, body: string): number {
  const { engine, memory, cpu } = makeCpu(make);
  const { top, tags: full } = cpu.fpu;
  const rows = new RegionRows(engine, memory);
  let stack: After = { top, full };
  rows.repeat(() => {
    for (const { code, operand } of escapes(body)) {
      const control = body.includes('fldcw') ? undefined : cpu.state.fpuControl;
      stack = rows.write(x87FunctionOf(code)!, operand, { stack: stack!, ready: true, brief: false, control });
    }
  });
  return timed(rows.finish(), body, cpu);
}

function timed(run: Run, body: string, cpu: Cpu): number {
  return least(() => {
    if (run(LOOPS) === 0) throw new Error(`refused: ${body}, TOP ${cpu.fpu.top}`);
  });
}

const service = engineOf(interpreterBytes({ x87Functions: false }));
const functions = engineOf(interpreterBytes({ x87Functions: true }));
const empty = interpreted(functions, 'nop');
const column = (text: string): string => text.padStart(12);
console.log(''.padEnd(38) + ['service', 'function', 'called', 'region'].map(column).join(''));
for (const [name, body] of Object.entries(Loops)) {
  const count = body.split(';').length;
  const times = [
    interpreted(service, body) - empty,
    interpreted(functions, body) - empty,
    called(functions, body),
    written(functions, body),
  ];
  console.log(name.padEnd(38) + times.map(ns => column((ns / count).toFixed(1))).join(''));
}
