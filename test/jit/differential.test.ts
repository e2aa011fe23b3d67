/**
 * Random programs on the interpreter and on the JIT that compiles at first sight: the same registers, flags, memory and count after stretches of
 * every length, also where a budget or an interrupt ends one. REAL86_FUZZ_SEED and REAL86_FUZZ_ROUNDS widen the search.
 */
import { expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { EAGER, Jit } from '../../src/jit/jit.ts';
import { architecture, enablePaging, enterProtected, makeCpu, poke, pokeWords, Random } from '../cpu/rig.ts';
import { DATA, ProgramWriter } from './programs.ts';

const SEED = Number(process.env.REAL86_FUZZ_SEED ?? 1);
const ROUNDS = Number(process.env.REAL86_FUZZ_ROUNDS ?? 12);
const CODE = 0x20000;

function start(seed: number, engine: MakeEngine): Cpu {
  const cpu = makeCpu({ engine });
  const { bytes } = assemble(new ProgramWriter(seed).program(), 32, CODE);
  poke(cpu, CODE, bytes);
  const random = new Random(seed);
  pokeWords(
    cpu,
    DATA,
    Array.from({ length: 0x800 }, () => random.word()),
  );
  pokeWords(cpu, 0x1000, [0x2007]);
  pokeWords(
    cpu,
    0x2000,
    Array.from({ length: 256 }, (_, i) => (i << 12) | 7),
  );
  enterProtected(cpu, { cpl: seed % 3 === 0 ? 3 : 0 });
  if (seed % 2 === 0) enablePaging(cpu, 0x1000);
  Object.assign(cpu.state, { eip: CODE, esp: 0x80000, idtLimit: 0 });
  for (const name of ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'] as const) cpu.state[name] = random.word() | 0;
  return cpu;
}

/** The first difference, or undefined; and what the JIT did. */
function compare(seed: number): { difference: string | undefined; insns: number; compiled: number } {
  let jit: Jit | undefined;
  const a = start(seed, wasmEngine);
  const b = start(seed, (memory, imports) => {
    jit = new Jit(memory, wasmEngine(memory, imports), EAGER);
    return jit;
  });
  const random = new Random(seed + 99);
  for (let i = 0; i < 400; i++) {
    const length = 1 + random.below(random.pick([10, 1000, 20_000]));
    const [x, y] = [a.run(length), b.run(length)];
    const [left, right] = [architecture(a), architecture(b)];
    const names = Object.keys(left).filter(name => left[name] !== right[name]);
    let difference = x === y ? names.map(name => `${name} ${left[name]} ${right[name]}`).join('; ') : `${x} ${y}`;
    if (!difference && Buffer.compare(a.physical.bytes, b.physical.bytes) !== 0) difference = 'memory';
    if (difference) return { difference: `seed ${seed}, count ${a.insns}: ${difference}`, insns: 0, compiled: 0 };
    if (x !== 'limit') break;
  }
  return { difference: undefined, insns: b.insns, compiled: jit!.statistics.executed };
}

it('interpreter and JIT agree on random programs', { timeout: 300_000 }, () => {
  let insns = 0;
  let compiled = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const result = compare(SEED * 1000 + round);
    expect(result.difference).toBeUndefined();
    insns += result.insns;
    compiled += result.compiled;
  }
  // Short goes, of which there are many, are stepped through.
  expect(compiled / insns).toBeGreaterThan(0.4);
});

it('code at two linear addresses is compiled for both, from one record', () => {
  const engines: Jit[] = [];
  const run = (eager: boolean): unknown => {
    const cpu = makeCpu({
      engine: (memory, imports) => {
        const interpreter = wasmEngine(memory, imports);
        if (!eager) return interpreter;
        const jit = new Jit(memory, interpreter, EAGER);
        engines.push(jit);
        return jit;
      },
    });
    const call = (at: number) => `mov ecx,20;again${at}:;call ${at};dec ecx;jnz again${at}`;
    poke(
      cpu,
      CODE,
      assemble(`${call(0x60000)};${call(0x70000)};${call(0x60000).replaceAll('again', 'more')};hlt`, 32, CODE).bytes,
    );
    poke(cpu, 0x60000, assemble('inc eax;add ebx,eax;ret', 32).bytes);
    pokeWords(cpu, 0x1000, [0x2007]);
    pokeWords(
      cpu,
      0x2000,
      Array.from({ length: 256 }, (_, i) => ((i === 0x70 ? 0x60 : i) << 12) | 7),
    );
    enterProtected(cpu);
    enablePaging(cpu, 0x1000);
    Object.assign(cpu.state, { eip: CODE, esp: 0x80000 });
    const stop = cpu.run(10_000);
    return { stop, ...architecture(cpu) };
  };
  expect(run(true)).toEqual(run(false));
  expect(engines[0]!.statistics.regions).toBeGreaterThan(2);
});

it.each(['interpreter', 'eager JIT'])('%s: an empty cache has nothing for linear address 0 of real-mode code', name => {
  const cpu = makeCpu({
    engine: (memory, imports) => {
      const interpreter = wasmEngine(memory, imports);
      return name === 'interpreter' ? interpreter : new Jit(memory, interpreter, EAGER);
    },
  });
  // A loop to be compiled as the first region, and then far away to 0:0.
  poke(cpu, 0x1000, assemble('mov cx,40;again:;inc ax;loop again;jmp 0:0', 16, 0).bytes);
  poke(cpu, 0, assemble('mov bx,0x1234;hlt', 16).bytes);
  cpu.setSegment(1, { ...cpu.segment(1), selector: 0x100, base: 0x1000 });
  cpu.state.eip = 0;
  cpu.updateMode();
  expect(cpu.run(1000)).toBe('halt');
  expect([cpu.state.eax & 0xffff, cpu.state.ebx & 0xffff]).toEqual([40, 0x1234]);
});
