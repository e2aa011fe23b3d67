/** The benchmark image on our tiers: the same result after the same number of instructions, or times compare nothing. */
import { expect, it } from 'vitest';
import { runGuest } from '../../bench/engines/guest-run.ts';
import { WORKLOADS } from '../../bench/workloads.ts';
import { share } from '../setup/share.ts';

/** Repetitions; 1 where nothing is said. */
const COUNTS: Readonly<Record<string, number>> = {
  smc: 20,
  beside: 3,
  int80: 50,
  cr3: 50,
  port: 50,
  screen: 3,
  'nbody-x87': 3,
};

/** Of each family, what is soon done. */
const QUICK = ['objects', 'list', 'dot-x87', 'beside', 'int80', 'segment16'];
const names = WORKLOADS.map(({ name }) => name);

it.each(share(QUICK, names))('%s', name => {
  const count = COUNTS[name] ?? 1;
  const [interp, jit] = [runGuest('interp', name, count), runGuest('jit-eager', name, count)];
  expect(interp.instructions).toBeGreaterThan(100);
  expect([jit.checksum, jit.instructions]).toEqual([interp.checksum, interp.instructions]);
});

it('says what it does not have', () => {
  expect(() => runGuest('interp', 'no-such', 1)).toThrow('FAULT no workload called "no-such"');
});
