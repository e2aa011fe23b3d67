/**
 * SIMD instructions on the host's processor and on ours: the same registers, flags, memory and faults.
 * REAL86_SIMD_CASES and REAL86_SIMD_SEED widen the search.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { decode } from '../../src/cpu/decoder.ts';
import { disassembleAt } from '../../src/inspect/disassemble.ts';
import { Random } from '../cpu/rig.ts';
import { differences, exclusion } from './compare.ts';
import { generate, TestedRows } from './generate.ts';
import { Guest } from './guest.ts';
import { openHost } from './host.ts';
import { Layout } from './layout.ts';

const CASES = Number(process.env.REAL86_SIMD_CASES ?? 30_000);
const SEED = Number(process.env.REAL86_SIMD_SEED ?? 1);
const BATCH = 10_000;
/** More differences in one instruction than this are more of the same. */
const SHOWN_EACH = 3;

const opened = openHost();
const host = 'run' in opened ? opened : undefined;
if ('reason' in opened) console.warn(`skip: ${opened.reason}`);
afterAll(() => host?.close());

const code = (states: Uint8Array, at: number): Uint8Array =>
  states.subarray(at, at + new DataView(states.buffer, states.byteOffset).getUint32(at + Layout.length, true));

function nameOf(bytes: Uint8Array): string {
  const decoded = decode(i => bytes[i] ?? 0xcc, true);
  return typeof decoded === 'string' ? decoded : decoded.row.name;
}

function describeCase(bytes: Uint8Array): string {
  const text = disassembleAt(i => bytes[i] ?? 0xcc, { address: 0 }).text;
  return `${[...bytes].map(b => b.toString(16).padStart(2, '0')).join(' ')}  ${text}`;
}

describe.skipIf(!host)('the host processor and ours agree on SIMD', () => {
  it(`in ${CASES} random states`, () => {
    const random = new Random(SEED);
    const guest = new Guest();
    const failures = new Map<string, string[]>();
    const faults = new Map<number, number>();
    for (let done = 0; done < CASES; done += BATCH) {
      const count = Math.min(BATCH, CASES - done);
      const before = new Uint8Array(count * Layout.bytes);
      const states = new DataView(before.buffer);
      for (let i = 0; i < count; i++)
        generate(random, TestedRows[(done + i) % TestedRows.length]!, states, i * Layout.bytes);
      const theirs = host!.run(before);
      const ours = before.slice();
      for (let i = 0; i < count; i++) {
        const at = i * Layout.bytes;
        guest.run(new DataView(ours.buffer), at);
        const bytes = code(before, at);
        const slice = (of: Uint8Array) => of.subarray(at, at + Layout.bytes);
        if (exclusion(bytes, nameOf(bytes))) continue;
        const found = differences(nameOf(bytes), slice(before), slice(ours), slice(theirs));
        const vector = new DataView(ours.buffer).getInt32(at + Layout.vector, true);
        faults.set(vector, (faults.get(vector) ?? 0) + 1);
        if (found.length === 0) continue;
        const key = nameOf(bytes);
        failures.set(key, [...(failures.get(key) ?? []), `${describeCase(bytes)}\n    ${found.join('\n    ')}`]);
      }
    }
    if (failures.size > 0) console.log([...failures].map(([row, all]) => `${row}: ${all.length}`).join('\n'));
    const text = [...failures].map(([row, all]) => [`${row}: ${all.length}`, ...all.slice(0, SHOWN_EACH)].join('\n  '));
    expect(text.join('\n')).toBe('');
    // Page faults, alignment, unmasked exceptions and undefined prefixes have all been met, and most cases have none.
    for (const vector of [6, 13, 14, 19]) expect(faults.get(vector) ?? 0).toBeGreaterThan(CASES / 2000);
    expect(faults.get(-1)).toBeGreaterThan(CASES / 2);
  }, 3_600_000);
});
