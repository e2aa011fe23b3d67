/** Every x87 row, 50 times and more, against what a real processor did: npm run host-vectors asks it again. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeBytes } from '../../src/conform/coverage.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { replay } from '../recording.ts';
import { At, CASE_BYTES } from './case.ts';
import { compareOutcomes, showCase, viewOf } from './compare.ts';
import { guestRunner } from './guest.ts';
import { FILE, recordable, STATES } from './recording.ts';

const { before, after } = replay(recordable, readFileSync(FILE));

describe.each([
  ['interpreter, in blocks', wasmEngine, 'block', 1],
  ['interpreter, step by step', wasmEngine, 'step', 3],
  ['oracle', oracleEngine, 'block', 7],
] as const)('%s', (_, engine, arrival, share) => {
  it('recorded outcomes of every x87 row', () => {
    expect(before.length / CASE_BYTES).toBe(STATES);
    const [input, theirs, ours] = [before, after, guestRunner(engine, arrival)(before)].map(viewOf) as [
      DataView,
      DataView,
      DataView,
    ];
    const failures: string[] = [];
    for (let at = 0; at < before.length; at += share * CASE_BYTES) {
      const { row } = decodeBytes(before.subarray(at, at + before[at + At.length]!), true)!;
      const { difference } = compareOutcomes(row, input, theirs, ours, at);
      if (difference) failures.push(`${row.name} ${difference}: ${showCase(input, at)}`);
    }
    expect(failures).toEqual([]);
  }, 60_000);
});
