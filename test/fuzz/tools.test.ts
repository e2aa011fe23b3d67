/** The fuzzers themselves: that they find what is there to be found, make it small, lose no seed; and what they once found. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../native/case.ts';
import { share, some } from '../setup/share.ts';
import { choices, UsageError, wholeNumber } from './arguments.ts';
import { runBatch } from './host-batch.ts';
import { type Kind, Kinds, openSubject } from './host-kinds.ts';
import type { AnySubject } from './host-subject.ts';
import { runRound } from './modes-round.ts';

const STATES = share(120, 300);

/** A host that is our own printed oracle, but for what `lie` makes of an outcome. */
function withoutHost(
  kind: Kind,
  lie: (form: string, outcome: unknown) => unknown = (_, outcome) => outcome,
): AnySubject {
  const subject = openSubject(kind, false);
  subject.ask = states => states.map(state => lie(subject.formOf(state) ?? '', subject.run(state, 'oracle')));
  return subject;
}

describe('batches of states', () => {
  it.each(Kinds)('%s: the ways of execution agree', kind => {
    const turns = ['block', 'step', 'jit'] as const;
    const { findings, ways, forms } = runBatch(withoutHost(kind), 1, { states: STATES, turns });
    expect(findings).toEqual([]);
    expect(Object.keys(ways).sort()).toEqual(['block', 'jit', 'step']);
    expect(Object.values(forms).reduce((all, n) => all + n, 0)).toBeGreaterThan(STATES * 0.9);
  });

  it('a host that does something else is found out, and by how little', () => {
    const subject = withoutHost('flat', (form, outcome) => {
      const { eflags, vector, ...rest } = outcome as Outcome;
      return { ...rest, vector, eflags: vector === 3 && /SBB/.test(form) ? eflags ^ 1 : eflags };
    });
    const { findings } = runBatch(subject, 1, { states: 400, turns: ['block'] });
    expect(findings.length).toBeGreaterThan(0);
    for (const { form, text, row } of findings) {
      expect(form).toContain('SBB');
      expect(text).toMatch(/CF: ours [01x]+, host [01x]+/);
      const { state, outcome } = subject.unpack(JSON.parse(JSON.stringify(row)));
      expect(subject.compare(state, subject.run(state, 'step'), outcome)).toHaveLength(1);
      // Nothing is left that has nothing to do with it.
      expect((state as { contents: number }).contents).toBe(0);
    }
  });

  it('one state of a batch comes again by itself', () => {
    const subject = withoutHost('simd', (_, outcome) => Uint8Array.from(outcome as Uint8Array).fill(0, 592, 600));
    const options = { states: 40, turns: ['block'] } as const;
    const [first] = runBatch(subject, 2, options).findings;
    const alone = runBatch(subject, 2, { ...options, only: first!.index });
    expect(alone.findings).toEqual([first]);
    expect(Object.values(alone.forms)).toEqual([1]);
  });
});

/** Lines as the fuzzer prints them: see host.ts. */
const FINDINGS = new URL('host-findings.jsonl', import.meta.url);
const lines = existsSync(FINDINGS) ? readFileSync(FINDINGS, 'utf8').trim().split('\n') : [];
it.each(lines.map(line => JSON.parse(line) as { kind: Kind; form: string; why: string }))('$kind $form: $why', row => {
  const subject = openSubject(row.kind, false);
  const { state, outcome } = subject.unpack(row);
  for (const way of ['block', 'step', 'jit', 'oracle'] as const) {
    const ours = subject.run(state, way);
    // Undefined for one that nobody can judge.
    if (ours !== undefined) expect(subject.compare(state, ours, outcome) ?? [], way).toEqual([]);
  }
});

describe('rounds of machines', () => {
  it('the same seed gives the same round, whatever engine', () => {
    const rounds = [['interpreter'], ['jit-eager'], ['interpreter', 'jit-eager']].map(of =>
      runRound('v86', 5, of, 20_000),
    );
    expect(rounds[0]!.executed).toBeGreaterThan(20_000);
    expect(rounds[0]!.problem).toBeUndefined();
    expect(rounds[1]).toEqual(rounds[0]);
    expect(rounds[2]).toEqual(rounds[0]);
  });
});

it('an instruction breakpoint where compiled code would go on: its page has not been walked to', () => {
  expect(runRound('paged', 1198, ['interpreter', 'jit-eager'], 7_000).problem).toBeUndefined();
});

describe('command lines', () => {
  const run = (...args: string[]) => spawnSync('node', ['--import', 'tsx', ...args], { encoding: 'utf8' });

  it('a worker that dies costs one seed, which is told', () => {
    const { stdout } = run('test/fuzz/pool-program.ts');
    const all = stdout.trim().split('\n').sort();
    expect(all).toEqual(['1 1', '2 4', '3 lost: ended by status 7', '4 16', '5 25', 'next 6']);
  }, 60_000);

  const mistakes = [
    ['modes', '--mode', 'unreal'],
    ['host', '--kind', 'avx'],
    ['host', '--states', 'many'],
    ['modes', '--sed', '1'],
  ];
  it.each(some(mistakes, 1))(
    '%s %s %s is one line and status 2',
    (program, ...args) => {
      const { status, stderr } = run(`test/fuzz/${program}.ts`, ...args);
      expect(status).toBe(2);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    },
    60_000,
  );

  it('numbers and names', () => {
    expect(wholeNumber('n', '12')).toBe(12);
    for (const wrong of ['', '-1', '1.5', '1e99', 'x']) expect(() => wholeNumber('n', wrong)).toThrow(UsageError);
    expect(choices('c', 'b,a', ['a', 'b', 'c'])).toEqual(['b', 'a']);
    expect(choices('c', undefined, ['a', 'b'])).toEqual(['a', 'b']);
    expect(() => choices('c', 'a,,b', ['a', 'b'])).toThrow(UsageError);
  });
});
