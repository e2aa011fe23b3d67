/**
 * Observation points: each is met exactly when a processor that is stepped would stand there, on every engine, also where points come and go, code is
 * reached by two linear addresses, or one address leads to other memory; and the run is that of a machine without points.
 */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import type { ObservationPoint } from '../../src/cpu/observation-points.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { EAGER, Jit } from '../../src/jit/jit.ts';
import { ProgramWriter } from '../jit/programs.ts';
import { architecture, enablePaging, enterProtected, makeCpu, poke, pokeWords, Random } from './rig.ts';

const CODE = 0x20000;
const DIRECTORIES = [0x1000, 0x3000] as const;

const ENGINES: readonly [string, MakeEngine][] = [
  ['interpreter', wasmEngine],
  ['JIT', (memory, imports) => new Jit(memory, wasmEngine(memory, imports))],
  ['JIT, eager', (memory, imports) => new Jit(memory, wasmEngine(memory, imports), EAGER)],
  ['oracle', oracleEngine],
];

function start(engine: MakeEngine, source: string, paged = true, seed = 1): Cpu {
  const cpu = makeCpu({ engine });
  poke(cpu, CODE, assemble(source, 32, CODE).bytes);
  const random = new Random(seed);
  for (const at of DIRECTORIES) {
    pokeWords(cpu, at, [(at + 0x1000) | 7]);
    pokeWords(
      cpu,
      at + 0x1000,
      Array.from({ length: 256 }, (_, i) => (i << 12) | 7),
    );
  }
  enterProtected(cpu);
  if (paged) enablePaging(cpu, DIRECTORIES[0]);
  Object.assign(cpu.state, { eip: CODE, esp: 0x80000, idtLimit: 0 });
  for (const name of ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'] as const) cpu.state[name] = random.word() | 0;
  return cpu;
}

/** EIP before each instruction, by stepping; the program ends with HLT or a triple fault. */
function steps(cpu: Cpu, most: number): number[] {
  const eips: number[] = [];
  while (eips.length < most) {
    eips.push(cpu.state.eip >>> 0);
    if (cpu.run(1) !== 'limit') break;
  }
  return eips;
}

function observe(cpu: Cpu, linears: Iterable<number>, met: string[]): ObservationPoint[] {
  const points = [...linears].map(linear => ({
    linear,
    meet: () => {
      met.push(`${linear.toString(16)} #${cpu.insns}`);
      return undefined;
    },
  }));
  for (const point of points) cpu.observation.add(point);
  return points;
}

describe.each(ENGINES)('%s', (name, engine) => {
  const ROUNDS = name === 'oracle' ? 2 : 8;
  const INSNS = name === 'oracle' ? 3000 : 60_000;

  it('meets what stepping finds, and changes nothing', () => {
    let total = 0;
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const source = new ProgramWriter(seed).program();
      const paged = seed % 2 === 0;
      const eips = steps(start(wasmEngine, source, paged, seed), INSNS);
      const random = new Random(seed);
      const plain = start(engine, source, paged, seed);
      plain.run(eips.length);
      const cpu = start(engine, source, paged, seed);
      const met: string[] = [];
      const expected: string[] = [];
      let points: ObservationPoint[] = [];
      // Stretches with points of their own; they begin before anything has been decoded, and when all is compiled.
      while (cpu.insns < eips.length) {
        const from = cpu.insns;
        if (random.below(3) > 0) {
          for (const point of points) cpu.observation.remove(point);
          const linears = new Set(Array.from({ length: 1 + random.below(5) }, () => random.pick(eips)));
          // The iterations of a REP are met as often as the run loop sees them.
          for (const at of [...linears]) if ((cpu.physical.peek(at) & 0xfe) === 0xf2) linears.delete(at);
          points = observe(cpu, linears, met);
        }
        const observed = new Set(points.map(point => point.linear));
        cpu.run(Math.min(eips.length - from, 1 + random.below(INSNS / 4)));
        for (let i = from; i < cpu.insns; i++)
          if (observed.has(eips[i]!)) expected.push(`${eips[i]!.toString(16)} #${i}`);
        if (cpu.halted || cpu.shutdown.length > 0 || cpu.insns === from) break;
      }
      expect(met).toEqual(expected);
      expect(architecture(cpu)).toEqual(architecture(plain));
      expect(Buffer.compare(cpu.physical.bytes, plain.physical.bytes)).toBe(0);
      total += met.length;
    }
    expect(total).toBeGreaterThan(100);
  });

  it('stops before the instruction, and goes on', () => {
    const cpu = start(engine, 'mov ecx,1000;again:;inc eax;dec ecx;jnz again;hlt');
    cpu.state.eax = 0;
    const linear = CODE + 6;
    cpu.observation.add({ linear, meet: () => (cpu.state.ecx % 400 === 0 ? 'stop' : undefined) });
    const stops: unknown[] = [];
    for (;;) {
      const reason = cpu.run(1e6);
      if (reason !== 'observed') break;
      stops.push([cpu.state.eip, cpu.state.ecx, cpu.insns]);
    }
    // DEC ECX stands there.
    expect(stops).toEqual([
      [linear, 800, 1 + 200 * 3 + 1],
      [linear, 400, 1 + 600 * 3 + 1],
    ]);
    expect(cpu.state.eax).toBe(1000);
  });

  it('tells linear addresses of one piece of memory apart', () => {
    // The function lies at 21000; it is called there and at 22000, which is the same page.
    const code =
      'mov ebx,20;all:;mov ecx,50;one:;call 0x21010;dec ecx;jnz one;mov ecx,50;two:;call 0x22010;dec ecx;jnz two;dec ebx;jnz all;hlt';
    const run = (linears: number[]): string[] => {
      const cpu = start(engine, code);
      poke(
        cpu,
        0x21000,
        assemble('nop;nop;nop;nop;nop;nop;nop;nop;nop;nop;nop;nop;nop;nop;nop;nop;inc eax;inc edx;ret', 32).bytes,
      );
      pokeWords(cpu, DIRECTORIES[0] + 0x1000 + 0x22 * 4, [0x21007]);
      const met: string[] = [];
      const late = { linear: 0x21011, meet: () => undefined };
      observe(cpu, linears, met);
      for (let i = 0; i < 40 && cpu.run(500) === 'limit'; i++) {
        if (i === 3) cpu.observation.add(late);
        if (i === 6) cpu.observation.remove(late);
      }
      return met.map(text => text.slice(0, 5));
    };
    expect(run([0x22011])).toEqual(new Array(1000).fill('22011'));
    expect(run([0x21010])).toEqual(new Array(1000).fill('21010'));
    expect(run([0x21010, 0x22010]).filter(at => at === '22010')).toHaveLength(1000);
  });

  it('is of one address space, where one is named', () => {
    // Page 21000 is another page in the second directory, and the program changes between the two.
    const code = `mov ebx,200;all:;mov eax,${DIRECTORIES[0]};mov cr3,eax;call 0x21000;mov eax,${DIRECTORIES[1]};mov cr3,eax;call 0x21000;dec ebx;jnz all;hlt`;
    const cpu = start(engine, code);
    for (const at of [0x21000, 0x30000]) poke(cpu, at, assemble('inc ecx;inc edx;ret', 32).bytes);
    pokeWords(cpu, DIRECTORIES[1] + 0x1000 + 0x21 * 4, [0x30007]);
    const met = [0, 0, 0];
    const count = (index: number) => () => {
      met[index]!++;
      return undefined;
    };
    // Hot before there are points.
    while (cpu.state.ebx > 150) cpu.run(10);
    const rest = cpu.state.ebx;
    cpu.run(10 - ((cpu.insns - 1) % 10));
    for (const [i, directory] of [undefined, ...DIRECTORIES].entries())
      cpu.observation.add({ linear: 0x21001, directory, meet: count(i) });
    cpu.run(1e6);
    expect(cpu.halted).toBe(true);
    expect(met[1]! + met[2]!).toBe(met[0]);
    expect(met[0]).toBeGreaterThanOrEqual(2 * (rest - 2));
    expect(Math.abs(met[1]! - met[2]!)).toBeLessThanOrEqual(1);
  });

  it('finds code that is written anew', () => {
    // INC and DEC of EAX take turns at `here`.
    const cpu = start(
      engine,
      'mov ecx,300;again:;xor byte [here],8;call here;dec ecx;jnz again;hlt;nop;here:;inc eax;inc edx;ret',
    );
    const here =
      CODE +
      assemble('mov ecx,300;again:;xor byte [here],8;call here;dec ecx;jnz again;hlt;nop;here:', 32, CODE).bytes.length;
    const met: string[] = [];
    observe(cpu, [here, here + 1], met);
    cpu.run(1e6);
    expect(met).toHaveLength(600);
  });
});
