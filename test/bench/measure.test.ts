/** The runner itself: medians, and that nothing wrong goes unsaid. */
import { expect, it } from 'vitest';
import type { BenchEngine, Sample } from '../../bench/engines/engine.ts';
import { SerialMarks } from '../../bench/engines/serial-marks.ts';
import { measure } from '../../bench/measure.ts';
import { WORKLOADS } from '../../bench/workloads.ts';

const fib = WORKLOADS.find(({ name }) => name === 'fib')!;
const sample: Sample = { milliseconds: 1, checksum: '00000001', instructions: 10 };

/** Gives these one after the other; an Error is thrown. */
function engine(name: string, ...results: (Partial<Sample> | Error)[]): BenchEngine {
  let next = 0;
  const run = async (): Promise<Sample> => {
    const result = results[next++ % results.length]!;
    if (result instanceof Error) throw result;
    return { ...sample, ...result };
  };
  return { name, missing: () => undefined, run };
}

const rowOf = async (...engines: BenchEngine[]) =>
  (await measure({ workloads: [fib], engines, rounds: 3, scale: 1, progress: () => {} }))[0]!;

it.each([
  ['all alike', [engine('a', {}), engine('b', {})], []],
  ['checksums', [engine('a', {}), engine('b', { checksum: '2' })], ['fib: checksums differ: a 00000001, b 2']],
  ['one round', [engine('a', {}, {}, { checksum: '2' })], ['fib: checksums differ: a 00000001, a 2']],
  ['counts', [engine('a', {}), engine('b', { instructions: 9 })], ['fib: instruction counts differ: a 10, b 9']],
  ['a fault', [engine('a', new Error('FAULT'))], ['fib on a: FAULT']],
] as const)('troubles: %s', async (_, engines, troubles) => {
  expect((await rowOf(...engines)).troubles).toEqual(troubles);
});

it('takes the median', async () => {
  const row = await rowOf(engine('a', { milliseconds: 9 }, { milliseconds: 2 }, { milliseconds: 3 }));
  expect(row.measured.get('a')?.milliseconds).toBe(3);
});

it.each([
  ['BEGIN fib 10\n', { kind: 'begin' }],
  ['SeaBIOS \x1b[2JBEGIN fib 10\r\n', { kind: 'begin' }],
  ['END fib 0badcafe\n', { kind: 'end', checksum: '0badcafe' }],
  ['FAULT vector 0000000d\n', { kind: 'fault', line: 'FAULT vector 0000000d' }],
  ['BEGIN fib', undefined],
])('serial line %j', (text, mark) => {
  const marks = new SerialMarks();
  expect([...text].map(c => marks.put(c.charCodeAt(0))).at(-1)).toEqual(mark);
});
