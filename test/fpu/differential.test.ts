/**
 * Every x87 instruction on random states, ours against the host's FPU. REAL86_X87_CASES is the number of states in all (default 20,000), REAL86_X87_SEED
 * where they begin. Transcendental results may differ by one in the last place, and in C1 (compare.ts).
 */
import { describe, expect, it } from 'vitest';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { Random } from '../cpu/rig.ts';
import { CASE_BYTES, encodeRow, writeCase, type X87Form, X87Forms } from './case.ts';
import { caseAt, compareOutcomes, showCase, viewOf } from './compare.ts';
import { guestRunner } from './guest.ts';
import { hostRunner } from './host.ts';

const CASES = Number(process.env.REAL86_X87_CASES ?? 2000);
const SEED = Number(process.env.REAL86_X87_SEED ?? 1);
const BATCH = 5000;

/** `count` states for a form; those of one STi lie together. */
function batch(form: X87Form, seed: number, count: number): Uint8Array {
  const random = new Random(seed);
  const cases = new Uint8Array(count * CASE_BYTES);
  const view = viewOf(cases);
  for (let i = 0; i < count; i++) {
    writeCase(random, view, caseAt(i), encodeRow(form, Math.floor((i * 8) / count)), form.row.mnemonic);
  }
  return cases;
}

const host = hostRunner();

describe.skipIf(!host)('x87 instructions as the host does them (needs gcc -m32 on an x86)', () => {
  const guest = guestRunner();
  const each = Math.max(8, Math.ceil(CASES / X87Forms.length));
  const farthest: string[] = [];
  let compared = 0;

  it.each(X87Forms.map(form => [form.row.name + (form.short ? ' 16' : ''), form] as const))(
    '%s',
    (_name, form) => {
      const { row } = form;
      let worst = 0;
      for (let done = 0; done < each; done += BATCH) {
        const count = Math.min(BATCH, each - done);
        const cases = batch(form, SEED * 100_003 + X87Forms.indexOf(form) * 1009 + done, count);
        const input = viewOf(cases);
        const theirs = viewOf(host!(cases));
        const ours = viewOf(guest(cases));
        for (let i = 0; i < count; i++) {
          const { difference, ulps } = compareOutcomes(row, input, theirs, ours, caseAt(i));
          if (difference) expect.fail(`${difference} in ${showCase(input, caseAt(i))}`);
          worst = Math.max(worst, ulps);
        }
        compared += count;
      }
      if (worst > 0) farthest.push(`${row.mnemonic} ${worst}`);
    },
    600_000,
  );

  it('compared what it was to compare', () => {
    if (CASES > 20_000)
      console.log(`${compared} states; distance from the host in units of the last place: ${farthest.join(', ')}`);
    expect(compared).toBeGreaterThanOrEqual(CASES);
    // A comparison that cannot fail would find no transcendental off by one either.
    if (CASES > 10_000) expect(farthest.length).toBeGreaterThan(0);
  });
});

describe('x87 instructions on both engines', () => {
  it('the printed oracle gives the same', () => {
    const wasm = guestRunner();
    const oracle = guestRunner(oracleEngine);
    for (const form of X87Forms) {
      const cases = batch(form, SEED + X87Forms.indexOf(form), 4);
      expect(Buffer.compare(wasm(cases), oracle(cases)), form.row.name).toBe(0);
    }
  });
});
