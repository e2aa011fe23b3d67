/**
 * What user mode cannot reach, on our machine and on another emulator, the same disk image on both:
 *
 *   npm run fuzz:opinions -- [--against bochs|qemu] [--family gates,tasks|all] [--cases 2000] [--seed 1] [--engine interpreter|jit-eager|oracle] [--only N] [--keep]
 *
 * Case N of a seed is always the same, of the family that N gives (test/opinions/families). Differences that are known and whose fault is theirs, with the reason,
 * are in test/opinions/differences.ts, and counted. The first other one is printed with the state before and after and the command that shows it again; with
 * `--keep` all are. Exit status 0: none, 1: some, 2: wrong use, or the other emulator is not there, 130: stopped by ^C.
 */
import { parseArgs } from 'node:util';
import { describeCase, describeDifference, describeOutcome } from '../opinions/describe.ts';
import { knownDifference } from '../opinions/differences.ts';
import { Families, familyOf, makeCase } from '../opinions/families/index.ts';
import { readStream } from '../opinions/outcome.ts';
import { Others, runOther, whyNot } from '../opinions/run-others.ts';
import { runReal86 } from '../opinions/run-real86.ts';
import { diskOf } from '../opinions/table.ts';
import { choices, exitStatus, grouped, interruption, main, UsageError, wholeNumber } from './arguments.ts';
import { Engines } from './modes-round.ts';

/** On one disk. */
const BATCH = 1000;

await main(async () => {
  const { values } = parseArgs({
    options: {
      against: { type: 'string', default: 'bochs' },
      family: { type: 'string', default: 'all' },
      cases: { type: 'string', default: '2000' },
      seed: { type: 'string', default: '1' },
      engine: { type: 'string', default: 'interpreter' },
      only: { type: 'string' },
      keep: { type: 'boolean', default: false },
    },
  });
  const families = choices('family', values.family, Families);
  const [against] = choices('against', values.against, Others) as [(typeof Others)[number]];
  const [engine] = choices('engine', values.engine, Object.keys(Engines)) as [string];
  const seed = wholeNumber('seed', values.seed);
  const only = values.only === undefined ? undefined : wholeNumber('only', values.only);
  const wanted = only === undefined ? wholeNumber('cases', values.cases, 1) : 1;
  const missing = whyNot(against);
  if (missing) throw new UsageError(missing);
  const interrupted = interruption();
  const tally = new Map<string, { agreed: number; known: number; found: number }>(
    families.map(name => [name, { agreed: 0, known: 0, found: 0 }]),
  );
  const reasons = new Map<string, number>();
  let findings = 0;
  let done = 0;
  for (let next = only ?? 0; done < wanted && (values.keep || findings === 0) && !interrupted.asked; ) {
    const numbers: number[] = [];
    for (; numbers.length < Math.min(BATCH, wanted - done); next++)
      if (only !== undefined || families.includes(familyOf(next))) numbers.push(next);
    const cases = numbers.map(number => makeCase(seed, number));
    const disk = diskOf(cases, 0);
    const ours = readStream(runReal86(disk, 'pentium3', Engines[engine]));
    const theirs = readStream(await runOther(against, disk));
    for (const [i, one] of cases.entries()) {
      const [a, b] = [ours.outcomes.get(i), theirs.outcomes.get(i)];
      const counts = tally.get(one.family) ?? { agreed: 0, known: 0, found: 0 };
      tally.set(one.family, counts);
      const reason = a === b && a !== undefined ? undefined : knownDifference(against, one, a, b);
      if (a === b && a !== undefined) counts.agreed++;
      else if (reason !== undefined) {
        counts.known++;
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      } else {
        counts.found++;
        findings++;
        if (findings === 1 || values.keep) {
          console.log(`\nseed ${seed}, case ${numbers[i]}, ${describeCase(one)}`);
          console.log(`  ours:  ${describeOutcome(a)}\n  ${against}: ${describeOutcome(b)}`);
          if (a !== undefined && b !== undefined) console.log(`  differs: ${describeDifference(a, b)}`);
          console.log(`  again: npm run fuzz:opinions -- --against ${against} --seed ${seed} --only ${numbers[i]}`);
        }
      }
      // What comes behind a case that does not end has not been tried.
      if (a === undefined || b === undefined) break;
    }
    done += cases.length;
  }
  console.log();
  for (const [family, { agreed, known, found }] of tally)
    console.log(
      `${family}: ${grouped(agreed)} agree, ${grouped(known)} differ as is known, ${grouped(found)} otherwise`,
    );
  for (const [reason, count] of reasons) console.log(`  ${grouped(count)}: ${reason}`);
  console.log(`${grouped(findings)} differences`);
  return exitStatus(findings, interrupted);
});
