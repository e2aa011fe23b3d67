/**
 * The recordings of a real processor in test/data (docs/host-vectors.md), on interpreter and oracle: a share of them each time, all with
 * REAL86_FULL=1. And that they are what the documentation says: enough of every form.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { countedForm, countedForms, decodeBytes, formName } from '../../src/conform/coverage.ts';
import { HostRunner } from '../../src/conform/host-runner.ts';
import { FileRunner } from '../../src/conform/run-file.ts';
import { suiteFiles } from '../../src/conform/suite.ts';
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import { oracleEngine } from '../../src/cpu/oracle.ts';
import { EAGER, Jit } from '../../src/jit/jit.ts';
import { parseMoo } from '../../src/loaders/moo.ts';
import { Random } from '../cpu/rig.ts';
import { TestedRows } from '../native/generate.ts';

const NAMES = ['host-flat', 'host-segments'] as const;
const LEAST_OF_A_FORM = 50;
const MOST_BYTES = 3 << 20;
const compressed = new Map(NAMES.map(name => [name, readFileSync(`test/data/${name}.moo.gz`)]));
const contents = new Map([...compressed].map(([name, bytes]) => [name, gunzipSync(bytes)]));
const full = process.env.REAL86_FULL !== undefined;

const engines: readonly (readonly [name: string, engine: MakeEngine, share: number])[] = [
  ['interpreter', wasmEngine, full ? 1 : 50],
  ['oracle', oracleEngine, full ? 1 : 200],
];

describe.each(engines)('on the %s, one of %$', (_name, engine, count) => {
  it.each(NAMES)(
    '%s: all pass',
    name => {
      const [file] = suiteFiles('data', [`${name}.moo`], undefined);
      const results = new FileRunner({ engine, shard: { index: 0, count } }).run(file!, contents.get(name)!);
      const failures = results.flatMap(({ opcode, failures: list }) => list.map(f => `${opcode} ${JSON.stringify(f)}`));
      expect(failures).toEqual([]);
      const total = results.reduce((all, result) => all + result.total, 0);
      expect(total).toBeGreaterThan(30_000 / count);
    },
    300_000,
  );
});

const JUMP_BYTES = 5;

it('through the compiler, where there can be a jump to the instruction', () => {
  const { vectors, areas } = parseMoo(contents.get('host-flat')!);
  let jit: Jit | undefined;
  const engine: MakeEngine = (memory, imports) => {
    jit = new Jit(memory, wasmEngine(memory, imports), EAGER);
    return jit;
  };
  const runner = new HostRunner(areas!, engine, true);
  // All jumps with 66h: their targets are cut to 16 bits, which regions once forgot.
  const share = vectors.filter(
    ({ name, bytes }, i) => i % (full ? 1 : 50) === 0 || (/ J[bz]$/.test(name) && bytes[0] === 0x66),
  );
  // The jump stands at the beginning of the code page: whoever returns to there would take it again.
  const ends = ({ final }: (typeof vectors)[number]) => (final.registers.eip ?? 0) - areas!.code;
  const failures = share.flatMap(test => {
    if (ends(test) > 0 && ends(test) <= JUMP_BYTES) return [];
    const result = runner.run(test);
    return result.kind === 'failed' ? [`${test.name} ${JSON.stringify(result.differences)}`] : [];
  });
  expect(failures).toEqual([]);
  // In full, one address is rewritten so often that the JIT leaves it to the interpreter.
  if (!full) expect(jit!.statistics.entries).toBeGreaterThan(share.length / 2);
}, 300_000);

it('an outcome that is not the recorded one is found, wherever it differs', () => {
  const { vectors, areas } = parseMoo(contents.get('host-flat')!);
  const runner = new HostRunner(areas!, wasmEngine);
  const test = vectors.find(vector => vector.name === '01 ADD Ev,Gv' && vector.final.memory.length > 0)!;
  expect(runner.run(test).kind).toBe('passed');
  const { registers, memory } = test.final;
  const [address, value] = memory[0]!;
  const wrong = [
    { ...test, final: { registers: { ...registers, edi: 0x12345 }, memory } },
    { ...test, final: { registers: { ...registers, eflags: (registers.eflags ?? 0) ^ 1 }, memory } },
    { ...test, final: { registers: { ...registers, es: 0 }, memory } },
    { ...test, final: { registers, memory: [[address, value ^ 1] as const, ...memory.slice(1)] } },
    { ...test, final: { registers, memory: [...memory, [areas!.data, 0x123] as const] } },
    { ...test, fault: { vector: 14, error: 6, cr2: address } },
  ];
  expect(wrong.map(vector => runner.run(vector).kind)).toEqual(wrong.map(() => 'failed'));
});

it(`every user-mode form is there at least ${LEAST_OF_A_FORM} times, in less than ${MOST_BYTES >> 20} MiB`, () => {
  const counts = new Map<string, number>();
  for (const bytes of contents.values()) {
    const { vectors, areas } = parseMoo(bytes);
    const runner = new HostRunner(areas!, wasmEngine);
    for (const test of vectors) {
      const decoded = decodeBytes(test.bytes, runner.isBig(test));
      if (!decoded) continue;
      const form = formName(countedForm(decoded));
      counts.set(form, (counts.get(form) ?? 0) + 1);
    }
  }
  const wanted = countedForms().filter(
    ({ row, variant }) =>
      TestedRows.includes(row) &&
      // The manual leaves the result of BSWAP on 16 bits undefined.
      !(row.mnemonic === 'BSWAP' && variant === '16'),
  );
  const few = wanted.map(formName).filter(form => (counts.get(form) ?? 0) < LEAST_OF_A_FORM);
  expect(few).toEqual([]);
  expect([...compressed.values()].reduce((all, bytes) => all + bytes.length, 0)).toBeLessThan(MOST_BYTES);
});

it('a damaged recording is refused or fails, and does not throw otherwise', () => {
  const whole = contents.get('host-segments')!;
  // The areas and the first vectors, whole ones.
  const start = whole.slice(0, Buffer.from(whole).lastIndexOf('TEST', 20_000));
  const [file] = suiteFiles('data', ['damaged.moo'], undefined);
  const random = new Random(1);
  let refused = 0;
  for (let round = 0; round < 60; round++) {
    const bytes = start.slice();
    // Addresses, tables, contents, vectors; now and then the lengths of the tables.
    for (let i = 0; i < 12; i++) {
      const at = random.pick([28 + random.below(8), 44 + random.below(300), 44 + random.below(bytes.length - 44)]);
      bytes[random.below(200) === 0 ? 36 + random.below(8) : at] = random.below(256);
    }
    try {
      new FileRunner({ engine: wasmEngine }).run(file!, bytes);
    } catch (error) {
      expect((error as Error).name).toBe('LoadError');
      refused++;
    }
  }
  expect(refused).toBeLessThan(60);
});
