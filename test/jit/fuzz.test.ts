/** A share of `npm run fuzz:jit`, of fixed seed: programs of each kind on the interpreter and on JITs. REAL86_FUZZ_SEED and REAL86_FUZZ_ROUNDS widen it. */
import { describe, expect, it } from 'vitest';
import { share } from '../setup/share.ts';
import { caseOf, compare, EngineNames } from './fuzz/compare.ts';
import { generate } from './fuzz/kind.ts';
import { Kinds } from './fuzz/kinds.ts';
import { caseText } from './fuzz/report.ts';
import { Tally } from './fuzz/tally.ts';

const SEED = Number(process.env.REAL86_FUZZ_SEED ?? 1) * 1000;
const ROUNDS = Number(process.env.REAL86_FUZZ_ROUNDS ?? share(1, 4));
const INSTRUCTIONS = share(8_000, 30_000);

describe('interpreter and JITs agree on programs', () => {
  it.each(Object.values(Kinds))('$name', { timeout: 600_000 }, kind => {
    const tally = new Tally();
    for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
      const of = caseOf(generate(kind, seed), INSTRUCTIONS);
      const result = compare(of);
      if (result.difference) expect.fail(`${JSON.stringify(result.difference)}\n${caseText(of)}`);
      tally.add(kind.name, seed, result);
    }
    // What is not compiled proves nothing.
    expect(tally.insns).toBeGreaterThan(ROUNDS * EngineNames.length * INSTRUCTIONS * 0.3);
    expect(tally.executed / tally.insns).toBeGreaterThan(0.15);
    expect(tally.blocks).toBeGreaterThan((ROUNDS * INSTRUCTIONS) / 10);
  });
});
