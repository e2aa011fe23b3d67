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

it('waits longer each time it has turned out to be of no use, and does not forget that', () => {
  const losses = new Losses(3, 1000);
  losses.addUseless(KEY, 0, false);
  expect([999, 1000].map(now => losses.isLost(KEY, now))).toEqual([true, false]);
  losses.addUseless(KEY, 1000, false);
  expect([8999, 9000].map(now => losses.isLost(KEY, now))).toEqual([true, false]);
  losses.addUseless(KEY, 100_000_000, false);
  expect([100_063_999, 100_064_000].map(now => losses.isLost(KEY, now))).toEqual([true, false]);
  expect(losses.isLost(KEY + 1, 0)).toBe(false);
  losses.addUseless(KEY + 1, 0, true);
  expect([63_999, 64_000].map(now => losses.isLost(KEY + 1, now))).toEqual([true, false]);
});
