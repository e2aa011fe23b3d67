/** When code that has been lost to writes may be compiled again. */
import { expect, it } from 'vitest';
import { Losses } from '../../src/jit/losses.ts';

const KEY = 1;

it('waits longer after each loss, and for long after the last that is tolerated', () => {
  const losses = new Losses(3, 1000);
  expect(losses.isLost(KEY, 0)).toBe(false);
  losses.add(KEY, 100);
  expect([1099, 1100].map(now => losses.isLost(KEY, now))).toEqual([true, false]);
  losses.add(KEY, 2000);
  expect([9999, 10_000].map(now => losses.isLost(KEY, now))).toEqual([true, false]);
  losses.add(KEY, 20_000);
  expect([49_000_000, 51_000_000].map(now => losses.isLost(KEY, now))).toEqual([true, false]);
  // It has been forgiven.
  losses.add(KEY, 60_000_000);
  expect([60_000_999, 60_001_000].map(now => losses.isLost(KEY, now))).toEqual([true, false]);
});

it('a region that is not worth having is lost at once; others are not', () => {
  const losses = new Losses(3, 1000);
  losses.giveUp(KEY, 0);
  expect([losses.isLost(KEY, 1_000_000), losses.isLost(KEY + 1, 1_000_000)]).toEqual([true, false]);
});
