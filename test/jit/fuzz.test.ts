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
  const all = { programs: 0, insns: 0, executed: 0, blocks: 0 };

  it.each(Object.values(Kinds))('$name', { timeout: 600_000 }, kind => {
    const tally = new Tally();
    for (let seed = SEED; seed < SEED + ROUNDS; seed++) {
      const of = caseOf(generate(kind, seed), INSTRUCTIONS);
      const result = compare(of);
      if (result.difference) expect.fail(`${JSON.stringify(result.difference)}\n${caseText(of)}`);
      tally.add(kind.name, seed, result);
    }
    all.programs += ROUNDS;
    all.insns += tally.insns;
    all.executed += tally.executed;
    all.blocks += tally.blocks;
  });

  // What is not compiled proves nothing. A program may be caught in a handler for ever; not all are.
  it('much of them compiled', () => {
    expect(all.programs).toBeGreaterThan(0);
    expect(all.insns).toBeGreaterThan(all.programs * EngineNames.length * INSTRUCTIONS * 0.3);
    expect(all.executed / all.insns).toBeGreaterThan(0.25);
    expect(all.blocks).toBeGreaterThan((all.programs * INSTRUCTIONS) / 10);
  });
});
