/**
 * Vectors recorded on real chips. REAL86_SUITES names the folder that holds `8086`, `80286-real` and `x87` (default: `../shared/suites` where it
 * exists). Every tenth test of every fifth file runs here; REAL86_FULL=1 runs all of them (`npm run test:vectors`).
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSuiteFiles, readVectors } from '../../src/cli/conform-files.ts';
import { FileRunner } from '../../src/conform/run-file.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';

const root = process.env.REAL86_SUITES ?? '../shared/suites';
/** One of so many files, and of their tests. */
const [files, tests] = process.env.REAL86_FULL ? [1, 1] : [5, 10];
const shard = { index: 0, count: tests };
/** More than this share of exclusions would mean that an exclusion has swallowed the suite. */
const suites: readonly (readonly [name: string, mostExcluded: number])[] = [
  ['8086', 0.2],
  ['80286-real', 0.03],
  ['x87', 0],
];

describe.each(suites)('recorded vectors: %s', (name, mostExcluded) => {
  const folder = join(root, name);
  const missing = !existsSync(folder);
  if (missing) console.warn(`skip: no recorded vectors at ${folder} (set REAL86_SUITES)`);
  it.skipIf(missing)(
    'all pass but for what the chip does otherwise by design',
    () => {
      const runner = new FileRunner({ engine: wasmEngine, shard });
      const some = findSuiteFiles([folder]).filter((_, i) => i % files === 0);
      const results = some.flatMap(file => runner.run(file, readVectors(file.path)));
      const failures = results.flatMap(({ opcode, failures: list }) =>
        list.map(({ index, name: text, differences }) => `${opcode} #${index} ${text}: ${JSON.stringify(differences)}`),
      );
      expect(failures.slice(0, 10)).toEqual([]);
      const sum = (field: 'total' | 'passed' | 'excluded') => results.reduce((all, result) => all + result[field], 0);
      const withoutFpu = results.every(({ reasons }) => Object.keys(reasons).join() === 'this processor has no FPU');
      if (withoutFpu) return;
      expect(sum('passed')).toBeGreaterThan(40_000 / (files * tests));
      expect(sum('excluded') / sum('total')).toBeLessThanOrEqual(mostExcluded);
    },
    1_200_000,
  );
});
