/**
 * Vectors recorded on real chips. REAL86_SUITES names the folder that holds `8086` and `80286-real` (default: `../shared/suites` where it exists).
 * Every 25th test of each file runs here; REAL86_FULL=1 runs all of them (`npm run test:vectors`).
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { MooRunner } from '../../src/conform/moo-runner.ts';
import { openSuite } from '../../src/conform/suite.ts';

const root = process.env.REAL86_SUITES ?? '../shared/suites';
const STRIDE = process.env.REAL86_FULL ? 1 : 25;
/** More than this share of exclusions would mean that an exclusion has swallowed the suite. */
const MOST_EXCLUDED = { '8086': 0.2, '80286': 0.03 } as const;

describe.each(['8086', '80286-real'])('recorded vectors: %s', name => {
  const folder = join(root, name);
  const missing = !existsSync(folder);
  if (missing) console.warn(`skip: no recorded vectors at ${folder} (set REAL86_SUITES)`);
  it.skipIf(missing)(
    'all pass but for what the chip does otherwise by design',
    () => {
      const suite = openSuite({
        names: readdirSync(folder),
        read: file => readFileSync(join(folder, file)),
        gunzip: gunzipSync,
      });
      const runner = new MooRunner(suite.chip);
      const failures: string[] = [];
      let passed = 0;
      let excluded = 0;
      for (const file of suite.files) {
        for (const [i, test] of file.tests().entries()) {
          if (i % STRIDE !== 0) continue;
          const result = runner.run(test, file);
          if (result.kind === 'passed') passed++;
          else if (result.kind === 'excluded') excluded++;
          else failures.push(`${file.form} #${i} ${test.name}: ${result.differences.join('; ')}`);
        }
      }
      expect(failures.slice(0, 10)).toEqual([]);
      expect(passed).toBeGreaterThan(2000);
      expect(excluded / (passed + excluded)).toBeLessThan(MOST_EXCLUDED[suite.chip]);
    },
    1_200_000,
  );
});
