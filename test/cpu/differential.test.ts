/**
 * Random code on the WebAssembly interpreter and on the printed oracle, side by side: the same registers, flags, memory and count after every stretch.
 * REAL86_FUZZ_SEED and REAL86_FUZZ_ROUNDS widen the search.
 */
import { describe, expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { eagerJitEngine } from '../../src/jit/jit.ts';
import { share } from '../setup/share.ts';
import {
  CODE,
  CODE_BYTES,
  impossible,
  type MachineMode,
  MachineModes,
  prepareRandom,
  randomCode,
} from './random-machine.ts';
import { architecture, enablePaging, enterProtected, MEMORY, makeCpu, poke, pokeWords, Random } from './rig.ts';

const SEED = Number(process.env.REAL86_FUZZ_SEED ?? 1);
const ROUNDS = Number(process.env.REAL86_FUZZ_ROUNDS ?? share(3, 5));

/** Quiet machines of this file, and those of random-machine.ts, whose tables are random too. */
type Mode = 'real' | 'flat' | 'based' | 'paged' | 'user' | `random ${MachineMode}`;

function prepare(cpu: Cpu, mode: Mode, seed: number): void {
  const random = new Random(seed);
  const { state } = cpu;
  if (mode.startsWith('random ')) {
    prepareRandom(cpu, mode.slice(7) as MachineMode, random);
    return;
  }
  poke(cpu, CODE, randomCode(random));
  for (let at = 0x40000; at < 0x48000; at += 4) cpu.writePhysical(at, random.word(), 4);
  // Interrupt vectors lead back into the code.
  if (mode === 'real') {
    pokeWords(
      cpu,
      0,
      Array.from({ length: 256 }, () => ((CODE >> 4) << 16) | random.below(CODE_BYTES)),
    );
    for (let i = 0; i < 6; i++) cpu.setSegment(i, { selector: 0x2000, base: CODE, limit: 0xffff, access: 0x93 });
    cpu.updateMode();
    state.eip = 0;
  } else {
    const gate = (offset: number) => [(8 << 16) | (offset & 0xffff), (offset & 0xffff0000) | 0xee00];
    pokeWords(cpu, 0x1000, Array.from({ length: 64 }, () => gate(CODE + random.below(CODE_BYTES))).flat());
    pokeWords(cpu, 0x800, [0, 0, 0xffff, 0xcf9b00, 0xffff, 0xcf9300, 0xffff, 0xcffb00, 0xffff, 0xcff300]);
    pokeWords(cpu, 0x600, [0, 0x50000, 0x10]);
    Object.assign(state, { gdtBase: 0x800, gdtLimit: 0x27, idtBase: 0x1000, idtLimit: 0x1ff });
    Object.assign(state, { taskSelector: 0x28, taskBase: 0x600, taskLimit: 0x67, taskAccess: 0x8b });
    const user = mode === 'user';
    enterProtected(cpu, mode === 'based' ? { base: 0x30000, limit: 0x2ffff } : user ? { cpl: 3 } : {});
    if (mode === 'paged' || user) {
      // Identity map of the first MiB; a few pages read-only, supervisor or absent.
      pokeWords(cpu, 0x3000, [0x4007]);
      pokeWords(
        cpu,
        0x4000,
        Array.from({ length: 256 }, (_, i) => (i << 12) | (i < 0x28 ? 7 : random.pick([7, 7, 7, 7, 5, 3, 6]))),
      );
      enablePaging(cpu, 0x3000, random.below(2) === 1);
    }
    state.eip = CODE;
  }
  for (const name of ['eax', 'ecx', 'edx', 'ebx', 'ebp', 'esi', 'edi'] as const) {
    state[name] = random.pick([random.word(), 0x40000 + random.below(0x8000), random.below(256)]) | 0;
  }
  // Mostly with SSE in use, its exceptions now and then unmasked.
  if (random.below(4) !== 0) state.cr4 |= 0x600;
  state.mxcsr = random.pick([0x1f80, random.word() & 0xffff]);
  state.esp = mode === 'real' ? 0x8000 : 0x44000;
  // Mostly with SSE in use, its exceptions now and then unmasked.
  if (random.below(4) !== 0) state.cr4 |= 0x600;
  state.mxcsr = random.pick([0x1f80, random.word() & 0xffff]);
  cpu.eflags = (random.word() & 0x8d5) | (random.below(2) << 10);
}

function firstDifference(a: Cpu, b: Cpu): string | undefined {
  const left = architecture(a);
  const right = architecture(b);
  const names = Object.keys(left).filter(name => left[name] !== right[name]);
  if (names.length > 0)
    return names.map(name => `${name}: interpreter ${show(left[name]!)} other ${show(right[name]!)}`).join('; ');
  const x = a.physical.bytes.subarray(0, MEMORY);
  const y = b.physical.bytes.subarray(0, MEMORY);
  if (Buffer.compare(x, y) === 0) return undefined;
  const at = x.findIndex((byte, i) => byte !== y[i]);
  return `memory at 0x${at.toString(16)}: interpreter ${x[at]} other ${y[at]}`;
}

const show = (value: number | string): string => (typeof value === 'number' ? `0x${value.toString(16)}` : value);

/** Where and how the two part ways, or undefined. Steps are compared one by one in a second pass, to name the instruction. */
function compare(
  mode: Mode,
  seed: number,
  stretches: number,
  longest: number,
  engine = oracleEngine,
): string | undefined {
  const a = makeCpu({ engine: wasmEngine });
  const b = makeCpu({ engine });
  prepare(a, mode, seed);
  prepare(b, mode, seed);
  const random = new Random(seed + 0x5eed);
  for (let i = 0; i < stretches; i++) {
    const eip = a.state.eip >>> 0;
    const count = a.insns;
    const length = 1 + random.below(longest);
    const stop = a.run(length);
    const other = b.run(length);
    const difference = stop === other ? firstDifference(a, b) : `interpreter stops by ${stop}, the other by ${other}`;
    const wrong = impossible(a);
    if (wrong) return `${mode} seed ${seed}, count ${count} + ${length}: ${wrong}`;
    if (difference) {
      const bytes = [...a.physical.bytes.subarray(CODE + (mode === 'real' ? eip : eip - CODE)).subarray(0, 12)];
      return `${mode} seed ${seed}, count ${count} + ${length}, eip 0x${eip.toString(16)} [${bytes.map(n => n.toString(16)).join(' ')}]: ${difference}`;
    }
    if (stop !== 'limit') return undefined;
  }
  return undefined;
}

const RANDOM = MachineModes.map(mode => `random ${mode}` as const);
/** Random machines run into more that is slow: fewer of them. */
const roundsOf = (mode: Mode): number => (mode.startsWith('random ') ? Math.ceil(ROUNDS / 3) : ROUNDS);

describe('interpreter and oracle agree on random code', () => {
  for (const mode of ['real', 'flat', 'based', 'paged', 'user', ...RANDOM] as const) {
    it(mode, () => {
      for (let round = 0; round < roundsOf(mode); round++) {
        const seed = SEED * 1000 + round;
        const difference = compare(mode, seed, 60, 100);
        if (difference) expect.fail(compare(mode, seed, 6000, 1) ?? difference);
      }
    }, 60_000);
  }
});

describe('seeds that once parted the two', () => {
  it.each([['random paged', 900078]] as const)('%s %i', (mode, seed) => {
    expect(compare(mode, seed, 60, 100)).toBeUndefined();
  });
});

describe('interpreter and eager JIT agree on random code', () => {
  for (const mode of ['flat', 'paged', 'user', 'random protected32', 'random paged'] as const) {
    it(mode, () => {
      for (let round = 0; round < roundsOf(mode); round++) {
        const seed = SEED * 1000 + round;
        const difference = compare(mode, seed, 20, 4000, eagerJitEngine);
        if (difference) expect.fail(difference);
      }
    }, 60_000);
  }
});
