/**
 * Fuzzing of the JIT against the interpreter, for as long as you like:
 *
 *   npm run fuzz:jit -- [--kind real16] [--seed 1] [--rounds 100] [--minutes 10] [--most 60000] [--engine eager] [--keep]
 *                       [--emphasis computation]
 *   npm run fuzz:jit -- --file case.txt
 *
 * Each round is a program, which its kind and seed make up. One that shows a difference is made small and printed as text, to be kept in a file and run
 * again by --file. `--minutes` ends by time, `--rounds` by count; without either it goes on. `--keep` goes on after a difference.
 * `--emphasis` has an ingredient, named as its function is, come often.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Case, caseOf, compare, type EngineName, EngineNames, type Result } from './compare.ts';
import { generate } from './kind.ts';
import { Kinds } from './kinds.ts';
import { type Found, minimise } from './minimise.ts';
import { caseText, locate, parseCase, trace } from './report.ts';
import { Tally } from './tally.ts';

const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string' },
    minutes: { type: 'string' },
    emphasis: { type: 'string' },
    most: { type: 'string', default: '60000' },
    engine: { type: 'string' },
    file: { type: 'string' },
    keep: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false },
  },
});

const engines: readonly EngineName[] = values.engine ? [values.engine as EngineName] : EngineNames;

function tell(of: Case, { difference }: Result): void {
  if (!difference) return;
  const { kind, seed } = of.program;
  console.log(
    `\n${kind.name} seed ${seed}: ${difference.engine} differs after ${difference.from} to ${difference.to} instructions\n  ${difference.text}`,
  );
  const whole: Found = { case: of, difference };
  const found = values.whole ? whole : minimise(whole, text => console.log(`  ${text}`));
  const length = locate(found);
  console.log(`\n${caseText(found.case)}\n${found.difference.engine}: ${found.difference.text}`);
  console.log(
    `first seen ${length} instructions into stretch ${found.difference.step}; before that the interpreter executes`,
  );
  console.log(
    trace(found, length)
      .map(line => `  ${line}`)
      .join('\n'),
  );
}

if (values.file) {
  const of = parseCase(readFileSync(values.file, 'utf8'));
  const result = compare(of, engines);
  tell(of, result);
  if (result.difference) process.exitCode = 1;
  else console.log('no difference');
} else {
  const kinds = values.kind ? values.kind.split(',').map(name => Kinds[name]!) : Object.values(Kinds);
  if (kinds.includes(undefined as never)) throw new Error(`kinds are ${Object.keys(Kinds).join(', ')}`);
  const tally = new Tally();
  const first = Number(values.seed);
  const end = values.minutes ? Date.now() + Number(values.minutes) * 60_000 : Number.POSITIVE_INFINITY;
  const rounds = values.rounds ? Number(values.rounds) : Number.POSITIVE_INFINITY;
  for (let i = 0; i < rounds && Date.now() < end; i++) {
    for (const kind of kinds) {
      const of = caseOf(generate(kind, first + i, values.emphasis), Number(values.most));
      const result = compare(of, engines);
      tally.add(kind.name, first + i, result);
      tell(of, result);
      if (result.difference && !values.keep) rounds_end(1);
    }
    if (i % 50 === 49) console.log(tally.text());
  }
  console.log(tally.text());
  process.exitCode = tally.differences > 0 ? 1 : 0;

  function rounds_end(code: number): never {
    console.log(tally.text());
    process.exit(code);
  }
}
