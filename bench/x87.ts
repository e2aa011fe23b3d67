/**
 * x87 instructions in the interpreter: nanoseconds each, by their services and by their WebAssembly functions, in turn. A loop of a compiled kind (`-mfpmath=387`)
 * is run for a fixed number of rounds; what the same loop takes without its x87 instructions is subtracted. `npm run bench:x87 [-- rounds]`.
 */

import { emptyBus } from '../src/cpu/bus.ts';
import { Cpu } from '../src/cpu/cpu.ts';
import { engineOf, interpreterBytes, type MakeEngine } from '../src/cpu/engine.ts';
import { assemble } from '../src/isa/assemble.ts';
import { enterProtected, poke } from '../test/cpu/rig.ts';

const ROUNDS = Number(process.argv[2] ?? 5);
const [CODE, DATA] = [0x1000, 0x8000];
const LOOPS = 200_000;

const Loops: Readonly<Record<string, string>> = {
  'fld m64, fmul m64, faddp, fstp m64 (chained)':
    'fld qword [esi];fmul qword [esi+8];fadd qword [esi+16];fstp qword [esi+16]',
  'fld m64, fmul m64, faddp, fstp m64':
    'fld qword [esi];fmul qword [esi+8];fld qword [esi+16];faddp st(1),st(0);fstp qword [esi+24]',
  'fadd st, st(1)': Array(8).fill('fadd st(0),st(1)').join(';'),
  'fmul st, st(2)': Array(8).fill('fmul st(0),st(2)').join(';'),
  'fdiv st, st(2)': Array(8).fill('fdiv st(0),st(2)').join(';'),
  'fld st(1), fstp st(0)': Array(4).fill('fld st(1);fstp st(0)').join(';'),
  'fld m64, fstp m64': Array(4).fill('fld qword [esi];fstp qword [esi+24]').join(';'),
  fxch: Array(8).fill('fxch st(1)').join(';'),
};

function seconds(engine: MakeEngine, body: string): number {
  const cpu = new Cpu({ memoryBytes: 1 << 20, engine, model: 'core2', bus: emptyBus });
  cpu.physical.map('ram', 0, 1 << 20);
  enterProtected(cpu);
  const start = 'fninit;fld qword [esi+8];fld1;fldpi';
  const first = assemble(start, 32, CODE).bytes;
  const loop = assemble(body, 32, CODE + first.length).bytes;
  const back = -(loop.length + 1 + 6);
  const end = [0x49, 0x0f, 0x85, ...[0, 8, 16, 24].map(shift => (back >> shift) & 255), 0xf4];
  poke(cpu, CODE, [...first, ...loop, ...end]);
  const view = new DataView(cpu.physical.bytes.buffer, cpu.physical.bytes.byteOffset);
  for (const [i, value] of [1.1, 1.0000001, 3.3, 0].entries()) view.setFloat64(DATA + i * 8, value, true);
  const run = (count: number): number => {
    cpu.halted = false;
    Object.assign(cpu.state, { eip: CODE, esi: DATA, ecx: count });
    const before = performance.now();
    // In slices, as machines do: WebAssembly is optimised between two entries.
    while (!cpu.halted) cpu.run(50_000);
    return (performance.now() - before) / 1000;
  };
  run(LOOPS / 4);
  let least = run(LOOPS);
  for (let i = 0; i < 8; i++) least = Math.min(least, run(LOOPS));
  return least;
}

const median = (values: number[]): number => Math.min(...values);
const engines = {
  service: engineOf(interpreterBytes({ x87Functions: false })),
  function: engineOf(interpreterBytes({ x87Functions: true })),
};
for (const [name, body] of Object.entries(Loops)) {
  if (process.argv[3] && !name.includes(process.argv[3])) continue;
  const times: Record<keyof typeof engines | 'empty', number[]> = { service: [], function: [], empty: [] };
  for (let round = 0; round < ROUNDS; round++) {
    times.empty.push(seconds(engines.function, 'nop'));
    for (const key of ['service', 'function'] as const) times[key].push(seconds(engines[key], body));
  }
  const each = (key: keyof typeof engines): string =>
    (((median(times[key]) - median(times.empty)) / LOOPS / body.split(';').length) * 1e9).toFixed(1);
  console.log(
    `${name.padEnd(50)} service ${each('service').padStart(6)} ns   function ${each('function').padStart(5)} ns`,
  );
}
