/** More compiled code than there is room for: everything is dropped, and what is hot is compiled anew. */
import { expect, it } from 'vitest';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { JIT_WORDS, JIT_WORDS_END } from '../../src/cpu/state.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { EAGER, Jit } from '../../src/jit/jit.ts';
import { WordPool } from '../../src/jit/word-pool.ts';
import { architecture, enterProtected, makeCpu, poke } from '../cpu/rig.ts';
import { isLong } from '../setup/share.ts';

const CODE = 0x20000;
const FUNCTIONS = 300;
const CALLS = 40;

/** A loop; then functions with many indirect calls, each of which takes words of memory; then the loop again. */
function program(): Uint8Array {
  const numbers = Array.from({ length: FUNCTIONS }, (_, i) => i);
  const main = `main:\ncall spin\nmov edi,3\nagain:\n${numbers.map(i => `call f${i}`).join('\n')}\ndec edi\njnz again\njmp main`;
  const spin = 'spin:\nmov ecx,20000\nhead:\nadd eax,ecx\nxor edx,eax\ndec ecx\njnz head\nret\nleaf:\ninc eax\nret';
  const calls = 'call ebx\n'.repeat(CALLS);
  return assemble(`${main}\n${spin}\n${numbers.map(i => `f${i}:\nmov ebx,leaf\n${calls}ret`).join('\n')}`, 32, CODE)
    .bytes;
}

function start(cpu: Cpu, bytes: Uint8Array): Cpu {
  poke(cpu, CODE, bytes);
  enterProtected(cpu);
  Object.assign(cpu.state, { eip: CODE, esp: 0x10000 });
  return cpu;
}

// Filling half a million words takes its time.
it.runIf(isLong)('words for indirect calls run out (REAL86_LONG)', () => {
  const bytes = program();
  let jit!: Jit;
  const reference = start(makeCpu(), bytes);
  const cpu = start(
    makeCpu({
      engine: (memory, imports) => {
        jit = new Jit(memory, wasmEngine(memory, imports), { ...EAGER, patience: 2000 });
        return jit;
      },
    }),
    bytes,
  );
  // The loop and the call of it, three passes of all else.
  const turn = 80_003 + 3 * (FUNCTIONS * (3 * CALLS + 3) + 2) + 2;
  for (let i = 0; i < 2; i++) {
    for (const length of [80_000, turn - 80_000]) {
      const before = jit.statistics.executed;
      reference.run(length);
      cpu.run(length);
      expect(architecture(cpu)).toEqual(architecture(reference));
      // Whatever came between, the loop is compiled again, in the next stretch at the latest.
      if (length === 80_000) expect(jit.statistics.executed - before).toBeGreaterThan(30_000);
    }
  }
  // It has run out at least once, or this test is none.
  expect(jit.statistics.startsOver).toBeGreaterThan(0);
});

it('the pool gives what it says it has', () => {
  const pool = new WordPool();
  // Some 53 words each, the longer ones rounded up: more than half of all there are.
  const runs = Math.floor((0.85 * (JIT_WORDS_END - JIT_WORDS)) / (4 * 53));
  const all = Array.from({ length: runs }, (_, i) => [1, 18, 40, 100][i % 4]!);
  expect(pool.fits(all)).toBe(true);
  const taken = all.map(count => pool.take(count));
  expect(new Set(taken).size).toBe(all.length);
  expect(Math.min(...taken)).toBe(JIT_WORDS);
  expect(pool.fits(all)).toBe(false);
  for (const [i, at] of taken.entries()) pool.give(at, all[i]!);
  expect(pool.fits(all)).toBe(true);
  expect(() => all.map(count => pool.take(count))).not.toThrow();
});
