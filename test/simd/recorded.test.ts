/**
 * Every SIMD row, 50 times and more, against what a real processor did (recording.ts). REAL86_SIMD_RECORD=1 asks the host's processor
 * again and writes recorded.bin.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compareAll } from './compare.ts';
import { TestedRows } from './generate.ts';
import { Guest } from './guest.ts';
import { openHost } from './host.ts';
import { Layout } from './layout.ts';
import { casesOf, record, replay } from './recording.ts';

const EACH = 52;
const SEED = 86;
const file = new URL('recorded.bin', import.meta.url);

if (process.env.REAL86_SIMD_RECORD) {
  const host = openHost();
  if ('reason' in host) throw new Error(host.reason);
  const before = casesOf(SEED, EACH * TestedRows.length);
  writeFileSync(file, record(SEED, before, host.run(before)));
  host.close();
}

it('recorded outcomes of every SIMD row', () => {
  const { before, after } = replay(readFileSync(file));
  expect(before.length / Layout.bytes).toBe(EACH * TestedRows.length);
  const { failures } = compareAll(new Guest(), before, after);
  expect(failures.join('\n')).toBe('');
}, 60_000);
