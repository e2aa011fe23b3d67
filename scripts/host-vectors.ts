/**
 * Records test/data/host-*.moo.gz (docs/host-vectors.md): random user-mode instructions, executed by this machine's processor, until every form of the
 * opcode map that a process can judge is there often enough; and host-x87.bin and host-simd.bin (test/recording.ts), so many of each row. Needs an x86 host with
 * Linux and gcc -m32.
 *
 *   npm run host-vectors                     all files
 *   npm run host-vectors -- --seed 2         other vectors
 *   npm run host-vectors -- --only host-x87  one file, or several, apart by commas
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { countedForm, countedForms, formName } from '../src/conform/coverage.ts';
import { General32 } from '../src/isa/registers.ts';
import type { RegisterValues, VectorRegister } from '../src/loaders/vector.ts';
import { Random } from '../test/cpu/rig.ts';
import { hostRunner } from '../test/fpu/host.ts';
import * as x87 from '../test/fpu/recording.ts';
import { areasAt } from '../test/native/areas.ts';
import type { Case, Outcome } from '../test/native/case.ts';
import { compare, decodeCase, describeCase, isDone } from '../test/native/compare.ts';
import { ignoredParts, type Part } from '../test/native/design-differences.ts';
import type { Arena } from '../test/native/draft.ts';
import { generate, TestedRows } from '../test/native/generate.ts';
import { Guest, registersOf } from '../test/native/guest.ts';
import { openHost } from '../test/native/host.ts';
import { HIGH_DATA } from '../test/native/layout.ts';
import { undefinedFlags, undefinedResult } from '../test/native/undefined-flags.ts';
import { pattern } from '../test/native/values.ts';
import { type Recordable, record } from '../test/recording.ts';
import { openHost as openSimdHost } from '../test/simd/host.ts';
import * as simd from '../test/simd/recording.ts';
import { ascii, chunk, headerChunk, ramChunk, registerChunk, textChunk, u32 } from './moo-writer.ts';

/** Vectors of each form, by file: 50 and some in all. */
const FILES: readonly (readonly [name: string, arena: Arena, each: number])[] = [
  ['host-flat', { data: HIGH_DATA, segmented: false }, 36],
  ['host-segments', { data: HIGH_DATA, segmented: true }, 36],
];
/** Draws for a row before what has not come up is taken for impossible there. */
const MOST_DRAWS = 6000;
const FOLDER = 'test/data';
const ALL_FLAGS = -1;

interface Recorded {
  readonly row: string;
  readonly one: Case;
  readonly ours: Outcome;
}

/** Registers that the instruction does not look at hold numbers that compress and read well. */
function plain(one: Case, ours: Outcome, guest: Guest): Recorded['one'] {
  let best = one;
  let outcome = ours;
  for (let i = 0; i < 8; i++) {
    const value = 0x11111111 * (i + 1);
    const tried = { ...best, registers: best.registers.with(i, value) };
    const result = guest.run(tried);
    if ('unfit' in result) continue;
    const kept = outcome.registers[i] === best.registers[i];
    const expected = kept ? { ...outcome, registers: outcome.registers.with(i, value) } : outcome;
    if (!sameOutcome(result, expected)) continue;
    best = tried;
    outcome = result;
  }
  return best;
}

const sameOutcome = (a: Outcome, b: Outcome): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Cases of each form of the rows, `each` times. */
function draw(random: Random, guest: Guest, arena: Arena, each: number): Recorded[] {
  const recorded: Recorded[] = [];
  for (const row of TestedRows) {
    const forms = countedForms().filter(form => form.row === row);
    const counts = new Map(forms.map(form => [formName(form), 0]));
    for (let draws = 0; draws < MOST_DRAWS && [...counts.values()].some(count => count < each); draws++) {
      const one = generate(random, row, arena);
      const decoded = one && decodeCase(one);
      if (!one || !decoded) continue;
      const form = formName(countedForm(decoded));
      const count = counts.get(form);
      if (count === undefined || count >= each) continue;
      const ours = guest.run(one);
      if ('unfit' in ours || !isComparable(one, ours)) continue;
      const simple = plain(one, ours, guest);
      const again = guest.run(simple);
      if ('unfit' in again) continue;
      counts.set(form, count + 1);
      recorded.push({ row: row.name, one: simple, ours: again });
    }
    const short = [...counts].filter(([, count]) => count < each);
    if (short.length > 0) console.log(`  ${short.map(([form, count]) => `${form}: ${count}`).join(', ')}`);
  }
  return recorded;
}

/** Not one whose destination in memory is undefined as a whole. */
function isComparable(one: Case, ours: Outcome): boolean {
  const decoded = decodeCase(one)!;
  if (!isDone(one, ours)) return true;
  const free = undefinedResult(decoded, one);
  return free === undefined || free.register !== undefined;
}

function masksOf(one: Case, host: Outcome): RegisterValues {
  const decoded = decodeCase(one)!;
  if (!isDone(one, host)) return {};
  const { flags } = undefinedFlags(decoded, one);
  const free = undefinedResult(decoded, one);
  return {
    ...(flags === 0 ? {} : { eflags: (ALL_FLAGS & ~flags) >>> 0 }),
    ...(free?.register === undefined ? {} : { [General32[free.register]!]: ~free.mask >>> 0 }),
  };
}

function testChunk(index: number, { row, one }: Recorded, host: Outcome, data: number, freeEip: boolean): number[] {
  const initial = registersOf(one);
  const all = registersOf(host);
  const changed = Object.fromEntries(
    Object.entries(all).filter(([name, value]) => value !== initial[name as VectorRegister]),
  );
  const memory = one.patches.flatMap(({ offset, bytes }) => bytes.map((byte, i) => [data + offset + i, byte] as const));
  const after = host.changes.flatMap(({ offset, bytes }) =>
    [...bytes].map((byte, i) => [data + offset + i, byte] as const),
  );
  const masks = { ...masksOf(one, host), ...(freeEip ? { eip: 0 } : {}) };
  const { vector, error, cr2 } = host;
  return chunk('TEST', [
    ...u32(index),
    ...textChunk('NAME', ascii(row)),
    ...textChunk('BYTS', one.code),
    ...chunk('INIT', [...registerChunk('values', true, initial), ...(memory.length > 0 ? ramChunk(memory) : [])]),
    ...chunk('FINA', [
      ...registerChunk('values', true, changed),
      ...(Object.keys(masks).length > 0 ? registerChunk('masks', true, masks) : []),
      ...(after.length > 0 ? ramChunk(after) : []),
    ]),
    ...(vector === 3 ? [] : chunk('FALT', [vector, ...u32(error), ...u32(cr2)])),
  ]);
}

function sameIn(part: Part, a: Outcome, b: Outcome): boolean {
  const of = (outcome: Outcome) => {
    if (part === 'memory') return outcome.changes.map(({ offset, bytes }) => [offset, ...bytes]);
    return part === 'flags' ? outcome.eflags : outcome[part];
  };
  return JSON.stringify(of(a)) === JSON.stringify(of(b));
}

function recordVectors(name: string, arena: Arena, each: number, seed: number): void {
  const host = openHost(arena.data);
  if ('reason' in host) throw new Error(host.reason);
  const random = new Random(seed);
  const guest = new Guest(arena.data);
  const contents = pattern(random);
  guest.fill(contents);
  console.log(name);
  const drawn = draw(random, guest, arena, each);
  const outcomes = host.run(
    drawn.map(({ one }) => one),
    contents,
  );
  host.close();
  const tests: Uint8Array[] = [];
  let count = 0;
  for (const [i, entry] of drawn.entries()) {
    const theirs = outcomes[i]!;
    const { one, ours } = entry;
    // What differs by design says nothing to whoever replays it; what differs otherwise is a finding, and stays in.
    const parts = ignoredParts(decodeCase(one)!, one, ours, theirs);
    if ([...parts].some(part => part !== 'eip' && !sameIn(part, ours, theirs))) continue;
    const differences = compare(one, ours, theirs);
    if (differences.length > 0) console.log(`  DIFFERS ${describeCase(one)}\n    ${differences.join('; ')}`);
    tests.push(Uint8Array.from(testChunk(count++, entry, theirs, arena.data, parts.has('eip'))));
  }
  const { code, data, gdt, ldt } = areasAt(arena.data);
  const areas = [...u32(code), ...u32(data), ...u32(gdt.length), ...u32(ldt.length), ...gdt, ...ldt];
  const head = [...headerChunk('HOST', count), ...chunk('AREA', [...areas, ...contents])];
  const file = gzipSync(Buffer.concat([Uint8Array.from(head), ...tests]), { level: 9 });
  writeFileSync(`${FOLDER}/${name}.moo.gz`, file);
  console.log(`  ${count} vectors, ${(file.length / 1024).toFixed(0)} KiB`);
}

function recordImages(
  file: string,
  of: Recordable,
  seed: number,
  states: number,
  ask: (before: Uint8Array) => Uint8Array,
): void {
  const before = of.draw(seed, states);
  const bytes = record(of, seed, before, ask(before));
  writeFileSync(file, bytes);
  console.log(`${file}: ${states} states, ${(bytes.length / 1024).toFixed(0)} KiB`);
}

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, only: { type: 'string' } } });
const seed = Number(values.seed);
const wanted = (name: string): boolean => !values.only || values.only.split(',').includes(name);
mkdirSync(FOLDER, { recursive: true });
for (const [name, arena, each] of FILES) if (wanted(name)) recordVectors(name, arena, each, seed);
if (wanted('host-x87')) {
  const host = hostRunner();
  if (!host) throw new Error('gcc -m32 or what it builds does not work here');
  recordImages(x87.FILE, x87.recordable, x87.SEED + seed - 1, x87.STATES, host);
}
if (wanted('host-simd')) {
  const host = openSimdHost();
  if ('reason' in host) throw new Error(host.reason);
  recordImages(simd.FILE, simd.recordable, simd.SEED + seed - 1, simd.STATES, host.run);
  host.close();
}
