/**
 * SIMD instructions on the host's processor and on ours: the same registers, flags, memory and faults.
 * REAL86_SIMD_CASES and REAL86_SIMD_SEED widen the search.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { Random } from '../cpu/rig.ts';
import { compareAll } from './compare.ts';
import { generate, TestedRows } from './generate.ts';
import { Guest } from './guest.ts';
import { openHost } from './host.ts';
import { Layout } from './layout.ts';

const CASES = Number(process.env.REAL86_SIMD_CASES ?? 8000);
const SEED = Number(process.env.REAL86_SIMD_SEED ?? 1);
const BATCH = 4000;

const opened = openHost();
const host = 'run' in opened ? opened : undefined;
if ('reason' in opened) console.warn(`skip: ${opened.reason}`);
afterAll(() => host?.close());

describe.skipIf(!host)('the host processor and ours agree on SIMD (needs gcc -m32 on an x86)', () => {
  it(`in ${CASES} random states`, () => {
    const random = new Random(SEED);
    const guest = new Guest();
    const failures: string[] = [];
    const faults = new Map<number, number>();
    for (let done = 0; done < CASES; done += BATCH) {
      const count = Math.min(BATCH, CASES - done);
      const before = new Uint8Array(count * Layout.bytes);
      const states = new DataView(before.buffer);
      for (let i = 0; i < count; i++)
        generate(random, TestedRows[(done + i) % TestedRows.length]!, states, i * Layout.bytes);
      const compared = compareAll(guest, before, host!.run(before));
      failures.push(...compared.failures);
      for (const [vector, times] of compared.faults) faults.set(vector, (faults.get(vector) ?? 0) + times);
    }
    expect(failures.join('\n')).toBe('');
    // Page faults, alignment, unmasked exceptions and undefined prefixes have all been met, and most cases have none.
    for (const vector of [6, 13, 14, 17, 19]) expect(faults.get(vector) ?? 0).toBeGreaterThan(CASES / 2000);
    expect(faults.get(-1)).toBeGreaterThan(CASES / 2);
  }, 3_600_000);
});
