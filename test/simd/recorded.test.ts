/** Every SIMD row, 50 times and more, against what a real processor did: npm run host-vectors asks it again. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { replay } from '../recording.ts';
import { compareAll } from './compare.ts';
import { Guest } from './guest.ts';
import { Layout } from './layout.ts';
import { FILE, recordable, STATES } from './recording.ts';

it('recorded outcomes of every SIMD row', () => {
  const { before, after } = replay(recordable, readFileSync(FILE));
  expect(before.length / Layout.bytes).toBe(STATES);
  const { failures } = compareAll(new Guest(), before, after);
  expect(failures.join('\n')).toBe('');
}, 60_000);
