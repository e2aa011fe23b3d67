/**
 * SIMD in compiled regions: random programs on the interpreter and on the JIT that compiles at first sight leave the same registers, flags, MXCSR and memory;
 * and most of what ordinary programs execute is inline code. REAL86_FUZZ_SEED and REAL86_FUZZ_ROUNDS widen the search.
 */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { ServiceNames } from '../../src/isa/builder.ts';
import { EAGER, Jit } from '../../src/jit/jit.ts';
import { architecture, enablePaging, enterProtected, makeCpu, poke, pokeWords, Random } from '../cpu/rig.ts';
import { share } from '../setup/share.ts';
import {
  AllRows,
  CONTROLS,
  controls,
  environments,
  FloatRows,
  FRESH,
  FrequentRows,
  HANDLERS,
  handler,
  MoveRows,
  NUMBERS,
  NUMBERS_BYTES,
  numbers,
  type ProgramOptions,
  TRUNCATING,
  throughNumbers,
  VectorProgram,
} from './simd-programs.ts';

const SEED = Number(process.env.REAL86_FUZZ_SEED ?? 1);
const ROUNDS = Number(process.env.REAL86_FUZZ_ROUNDS ?? share(1, 3));
const CODE = 0x20000;
const IDT = 0x3000;
const GDT = 0x3800;
const SIMD = ServiceNames.indexOf('simd');

/** An engine that counts the calls of the `simd` service. */
function counting(make: MakeEngine): { engine: MakeEngine; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    engine: (memory, imports) =>
      make(memory, {
        ...imports,
        service: (number, record, a, b, c) => {
          if (number === SIMD) calls++;
          return imports.service(number, record, a, b, c);
        },
      }),
  };
}

function start(seed: number, text: string, edges: boolean, engine: MakeEngine): Cpu {
  const cpu = makeCpu({ engine });
  poke(cpu, CODE, assemble(text, 32, CODE).bytes);
  pokeWords(cpu, NUMBERS, numbers(seed, edges));
  pokeWords(cpu, CONTROLS, controls(seed));
  const { at, words } = environments();
  pokeWords(cpu, at, words);
  pokeWords(cpu, GDT, [0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300]);
  for (let vector = 0; vector < 32; vector++) {
    const place = HANDLERS + 64 * vector;
    pokeWords(cpu, IDT + vector * 8, [(8 << 16) | (place & 0xffff), (place & 0xffff0000) | 0x8e00]);
    poke(cpu, place, assemble(handler(vector), 32, place).bytes);
  }
  pokeWords(cpu, 0x1000, [0x2007]);
  // The page after the numbers is not there.
  const hole = (NUMBERS + NUMBERS_BYTES) >>> 12;
  pokeWords(
    cpu,
    0x2000,
    Array.from({ length: 256 }, (_, i) => (i === hole ? 0 : (i << 12) | 7)),
  );
  enterProtected(cpu);
  cpu.setSegment(4, { ...cpu.segment(4), base: 0x20, limit: 0xfffff });
  enablePaging(cpu, 0x1000);
  const random = new Random(seed);
  Object.assign(cpu.state, { gdtBase: GDT, gdtLimit: 0x17, idtBase: IDT, idtLimit: 0xff });
  Object.assign(cpu.state, { cr4: edges && seed % 5 === 0 ? 0x200 : 0x600, mxcsr: 0x1f80 });
  cpu.state.cr0 |= 0x20;
  Object.assign(cpu.state, { eip: CODE, esp: 0x38000 });
  for (const name of ['eax', 'ebx', 'edx', 'ebp'] as const) cpu.state[name] = random.word() | 0;
  return cpu;
}

interface Result {
  readonly difference: string | undefined;
  readonly insns: number;
  readonly compiled: number;
  /** Calls of the service: interpreter's, and JIT's. */
  readonly calls: readonly [number, number];
}

const compare = (seed: number, options: ProgramOptions, longest: number): Result =>
  compareText(seed, new VectorProgram(seed, options).text(), options.edges, longest);

function compareText(seed: number, text: string, edges: boolean, longest: number): Result {
  let jit: Jit | undefined;
  const plain = counting(wasmEngine);
  const eager = counting((memory, imports) => {
    // What leaves often is made to call soon, or never.
    const leaves = seed % 2 === 0 ? EAGER.leaves : Number.POSITIVE_INFINITY;
    jit = new Jit(memory, wasmEngine(memory, imports), { ...EAGER, leaves });
    return jit;
  });
  const a = start(seed, text, edges, plain.engine);
  const b = start(seed, text, edges, eager.engine);
  const random = new Random(seed + 99);
  let difference: string | undefined;
  for (let i = 0; i < 300 && !difference; i++) {
    const length = 1 + random.below(random.pick([10, 1000, longest]));
    const [x, y] = [a.run(length), b.run(length)];
    const [left, right] = [architecture(a), architecture(b)];
    const names = Object.keys(left).filter(name => left[name] !== right[name]);
    const found = x === y ? names.map(name => `${name} ${left[name]} ${right[name]}`).join('; ') : `${x} ${y}`;
    if (found !== '') difference = found;
    else if (Buffer.compare(a.physical.bytes, b.physical.bytes) !== 0) difference = 'memory';
    if (difference) difference = `seed ${seed}, count ${a.insns}: ${difference}`;
    if (x !== 'limit') break;
  }
  const executed = jit!.statistics.executed;
  return { difference, insns: b.insns, compiled: executed, calls: [plain.calls(), eager.calls()] };
}

describe('SIMD in compiled regions', () => {
  it.each([
    ['every row, edges and faults', { rows: AllRows, edges: true }, 20_000],
    ['what compilers use, edges and faults', { rows: FrequentRows, edges: true }, 20_000],
    ['floats and moves, edges and faults', { rows: [...FloatRows, ...MoveRows, ...MoveRows], edges: true }, 20_000],
    ['every row, ordinary numbers', { rows: AllRows, edges: false }, 20_000],
  ] as const)('as the interpreter does: %s', { timeout: 600_000 }, (_, options, longest) => {
    for (let round = 0; round < ROUNDS; round++) {
      expect(compare(SEED * 1000 + round, options, longest).difference).toBeUndefined();
    }
  });

  // What is known of a register must not outlive what it holds. An odd seed: what leaves goes on leaving.
  it.each([
    'addsd xmm0,xmm1; movapd xmm0,xmm2; addsd xmm0,xmm3',
    'mulss xmm0,xmm1; movaps xmm0,xmm2; mulss xmm0,xmm3',
    'addsd xmm0,xmm1; movsd xmm0,xmm2; mulsd xmm0,xmm3',
    'addsd xmm0,xmm1; movsd xmm0,[esi+8]; mulsd xmm0,xmm3',
    'addpd xmm0,xmm1; movsd xmm0,xmm2; mulpd xmm0,xmm3',
    'addps xmm0,xmm1; movss xmm0,xmm2; mulps xmm0,xmm3',
    'addps xmm0,xmm1; movlps xmm0,[esi]; mulss xmm0,xmm3; mulps xmm0,xmm3',
    'mulpd xmm0,xmm1; unpcklpd xmm0,xmm2; mulpd xmm0,xmm3',
    'mulpd xmm0,xmm1; mulsd xmm0,xmm2; unpckhpd xmm0,xmm0; mulpd xmm0,xmm3',
    'addsd xmm0,xmm1; phaddw xmm0,xmm2; addsd xmm0,xmm3',
    'mulsd xmm0,xmm1; call f; addsd xmm0,xmm3',
    'mulsd xmm0,xmm1; test eax,1; jz over; movapd xmm0,xmm2; over:; addsd xmm0,xmm3',
    'mulsd xmm0,xmm1; test eax,1; jz over; addsd xmm2,xmm2; over:; mulsd xmm2,xmm3; movapd xmm0,xmm2',
    'xorpd xmm0,xmm0; minsd xmm0,xmm2; addsd xmm0,xmm3',
    'xorps xmm0,xmm0; maxss xmm0,[esi+64]; addss xmm0,xmm3',
    'addsd xmm0,xmm1; cvtsd2ss xmm0,xmm0; addss xmm0,xmm3; addsd xmm0,xmm3',
    'addss xmm0,xmm1; cvtss2sd xmm0,xmm2; addsd xmm0,xmm3; addss xmm0,xmm3',
    'cvtdq2pd xmm0,xmm2; mulpd xmm0,xmm3; movhpd xmm0,[esi]; addpd xmm0,xmm3',
    'addsd xmm1,xmm2; movq xmm0,xmm1; mulpd xmm0,xmm3; movq xmm0,xmm3; mulpd xmm0,xmm1',
    'cmpsd xmm0,xmm1,1; addsd xmm0,xmm3',
    'ucomisd xmm0,xmm1; addsd xmm0,xmm3; mulsd xmm1,xmm3',
    'addsd xmm0,xmm7; mulpd xmm1,xmm6; mulss xmm1,xmm5',
    `mulsd xmm0,xmm1; ldmxcsr [${TRUNCATING}]; mulsd xmm0,xmm3; mulps xmm1,xmm2`,
    `mulps xmm0,xmm1; ldmxcsr [${FRESH}]; mulps xmm0,xmm3; mulsd xmm1,xmm2`,
  ])('forgets what it knew: %s', body => {
    for (const seed of share([1], [1, 3, 5]))
      expect(compareText(seed, throughNumbers(body), true, 5000).difference).toBeUndefined();
  });

  // Even seeds come to call the service for what is no number, and then its flags decide.
  it.each(
    ['b', 'nb', 'z', 'nz', 'be', 'nbe', 'p', 'np', 'l', 'nle'].flatMap(condition => [
      `ucomisd xmm0,xmm1; j${condition} over; inc ebx; over:; comiss xmm0,xmm0; j${condition} more; inc eax; more:`,
      `comisd xmm0,xmm0; set${condition} al; addsd xmm2,xmm3; j${condition} over; inc ebx; over:`,
    ]),
  )('decides by what has been compared: %s', body => {
    for (const seed of share([2], [1, 2])) {
      const text = throughNumbers(`${body}; movd xmm0,eax; movd xmm1,ebx`);
      expect(compareText(seed, text, true, 5000).difference).toBeUndefined();
    }
  });

  it.each([
    'cvttsd2si eax,xmm0; cvtsd2si ebx,xmm0',
    'cvttss2si eax,xmm0; cvtss2si ebx,xmm0',
    'cvtsd2ss xmm1,xmm0; movd eax,xmm1; cvtss2sd xmm1,xmm0; movq xmm0,xmm1; movd ebx,xmm0',
    'cvttpd2dq xmm1,xmm0; movd eax,xmm1; cvtpd2dq xmm0,xmm0; movd ebx,xmm0',
    'cvttps2dq xmm1,xmm0; movd eax,xmm1; cvtps2dq xmm0,xmm0; movd ebx,xmm0',
    'cvtpd2ps xmm1,xmm0; movd eax,xmm1; cvtps2pd xmm0,xmm0; movd ebx,xmm0',
    'cvtdq2ps xmm1,xmm0; cvtdq2pd xmm0,xmm0; movd eax,xmm1; cvtsi2ss xmm1,eax; movd ebx,xmm1',
    `ldmxcsr [${FRESH}]; cvttsd2si eax,xmm0; cvtsd2ss xmm1,xmm0; movd ebx,xmm1`,
    `ldmxcsr [${TRUNCATING}]; cvtsd2si eax,xmm0; cvtss2si ebx,xmm0; cvtsd2ss xmm1,xmm0; cvtdq2ps xmm0,xmm0`,
  ])('converts to the last number: %s', body => {
    for (const seed of share([1], [1, 3])) {
      const text = throughNumbers(`${body}; movd xmm1,eax; movd xmm2,ebx; punpckldq xmm1,xmm2`);
      expect(compareText(seed, text, true, 5000).difference).toBeUndefined();
    }
  });

  it('calls no service for ordinary numbers', { timeout: 300_000 }, () => {
    const calls = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const result = compare(SEED * 1000 + round, { rows: FrequentRows, edges: false }, 100_000);
      expect(result.difference).toBeUndefined();
      calls[0]! += result.calls[0];
      calls[1]! += result.calls[1];
    }
    expect(calls[1]! / calls[0]!).toBeLessThan(0.6);
  });
});
