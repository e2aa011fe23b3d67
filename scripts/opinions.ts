/**
 * Records test/data/opinions.txt.gz (test/opinions/recording.ts): what cases of privileged state come to, here and on Bochs. Needs Bochs 2.7. Writes nothing while
 * there is a difference that is not known.
 *
 *   npm run opinions -- [--cases 3800] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { main, UsageError, wholeNumber } from '../test/fuzz/arguments.ts';
import { knownDifference } from '../test/opinions/differences.ts';
import { makeCase } from '../test/opinions/families/index.ts';
import { readStream } from '../test/opinions/outcome.ts';
import { type Recorded, writeRecording } from '../test/opinions/recording.ts';
import { runOther, whyNot } from '../test/opinions/run-others.ts';
import { runReal86 } from '../test/opinions/run-real86.ts';
import { diskOf } from '../test/opinions/table.ts';

const BATCH = 1000;

await main(async () => {
  const { values } = parseArgs({
    options: { cases: { type: 'string', default: '3800' }, seed: { type: 'string', default: '1' } },
  });
  const seed = wholeNumber('seed', values.seed);
  const count = wholeNumber('cases', values.cases, 1);
  const missing = whyNot('bochs');
  if (missing) throw new UsageError(missing);
  const recorded: Recorded[] = [];
  let findings = 0;
  for (let first = 0; first < count; first += BATCH) {
    const cases = Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => makeCase(seed, first + i));
    const disk = diskOf(cases, 0);
    const ours = readStream(runReal86(disk, 'pentium3'));
    const theirs = readStream(await runOther('bochs', disk));
    for (const [i, one] of cases.entries()) {
      const [a, b] = [ours.outcomes.get(i), theirs.outcomes.get(i)];
      const reason = a === b ? undefined : knownDifference('bochs', one, a, b);
      if (a !== undefined && (a === b || reason !== undefined)) {
        recorded.push({ outcome: a, reason });
        continue;
      }
      findings++;
      console.log(`npm run fuzz:opinions -- --seed ${seed} --only ${first + i}`);
    }
  }
  if (findings > 0) return 1;
  console.log(`${recorded.length} cases, ${writeRecording({ seed, cases: recorded })} bytes`);
  return 0;
});
