/**
 * Measures docs/coverage.json: how often each oracle has covered each form of the opcode map (vectors that passed), and what the recordings of a real
 * processor show of each row. scripts/instructions.ts makes docs/instructions.md of it. Takes some minutes.
 *
 *   npm run coverage                 with the suites in ../shared/suites, or where REAL86_SUITES says
 *
 * Of a row: `written`, the arithmetic flags and DF that some recorded execution has changed; `undefined`, those that some recording masks; `read`, those
 * on which the outcome depends, on our processor (a flag that merely stays as it was is not read); `faults`, the vectors that the host has raised.
 * Without suites their counts stay as they are.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findSuiteFiles, readVectors } from '../src/cli/conform-files.ts';
import { countedForm, decodeBytes, formName } from '../src/conform/coverage.ts';
import { HostRunner } from '../src/conform/host-runner.ts';
import { FileRunner } from '../src/conform/run-file.ts';
import { type UserEnd, UserMachine } from '../src/conform/user-machine.ts';
import type { Decoded } from '../src/cpu/decoder.ts';
import { wasmEngine } from '../src/cpu/engine.ts';
import { Flag } from '../src/isa/flags.ts';
import { parseMoo } from '../src/loaders/moo.ts';
import type { Vector } from '../src/loaders/vector.ts';
import { At } from '../test/fpu/case.ts';
import { compareOutcomes, viewOf } from '../test/fpu/compare.ts';
import { guestRunner } from '../test/fpu/guest.ts';
import * as x87 from '../test/fpu/recording.ts';
import { makeCase } from '../test/opinions/families/index.ts';
import { instructionsJudged } from '../test/opinions/instructions.ts';
import { readRecording } from '../test/opinions/recording.ts';
import { type Recordable, replay } from '../test/recording.ts';
import { codeOf, compareCase } from '../test/simd/compare.ts';
import { Guest } from '../test/simd/guest.ts';
import { Layout, NO_FAULT } from '../test/simd/layout.ts';
import * as simd from '../test/simd/recording.ts';
import { COVERAGE, type Coverage, type FormCount, ObservedFlags, type RowFacts } from './coverage-file.ts';

const suites = process.env.REAL86_SUITES ?? '../shared/suites';
const HOST_FILES = ['test/data/host-flat.moo.gz', 'test/data/host-segments.moo.gz'];

type Counts = Record<string, FormCount>;

/** Vectors that passed, by form. */
function count(paths: readonly string[]): Counts {
  const counts: Counts = {};
  const runner = new FileRunner({ engine: wasmEngine, covered: (form, completed) => add(counts, form, completed) });
  for (const file of findSuiteFiles(paths)) runner.run(file, readVectors(file.path));
  return sorted(counts);
}

interface Judgement {
  /** Undefined for what is no instruction. */
  readonly decoded: Decoded | undefined;
  readonly agrees: boolean;
  readonly completed: boolean;
}

/** Recorded states (test/recording.ts) with the same outcome here, by form. `judge`, told all states, says of an outcome and its place whether it is ours. */
function countImages(
  of: Recordable,
  file: Uint8Array,
  judge: (before: Uint8Array) => (after: Uint8Array, at: number) => Judgement,
): Counts {
  const { before, after } = replay(of, file);
  const judgeAt = judge(before);
  const counts: Counts = {};
  for (let at = 0; at < before.length; at += of.bytes) {
    const { decoded, agrees, completed } = judgeAt(after, at);
    if (decoded && agrees) add(counts, formName(countedForm(decoded)), completed);
  }
  return sorted(counts);
}

/** Cases of privileged state in which Bochs agrees (test/opinions). */
function countOpinions(): Counts {
  const counts: Counts = {};
  const { seed, cases } = readRecording();
  for (const [number, { outcome, reason }] of cases.entries()) {
    if (reason !== undefined) continue;
    for (const { decoded, completed } of instructionsJudged(makeCase(seed, number), outcome))
      add(counts, formName(countedForm(decoded)), completed);
  }
  return sorted(counts);
}

function add(counts: Counts, form: string, completed: boolean): void {
  const [whole, faulted] = counts[form] ?? [0, 0];
  counts[form] = completed ? [whole + 1, faulted] : [whole, faulted + 1];
}

const sorted = (counts: Counts): Counts =>
  Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));

interface Facts {
  written: number;
  read: number;
  undefined: number;
  readonly faults: Set<number>;
}

const mask = (names: readonly (keyof typeof Flag)[]): number => names.reduce((all, name) => all | Flag[name], 0);
const ALL = mask(ObservedFlags);
const DEBUG = 1;

function observe(path: string, facts: Map<string, Facts>): void {
  const { vectors, areas } = parseMoo(readVectors(path));
  const machine = new UserMachine(areas!, wasmEngine);
  const runner = new HostRunner(areas!, wasmEngine);
  for (const test of vectors) {
    if (!decodeBytes(test.bytes, runner.isBig(test))) continue;
    const row = facts.get(test.name) ?? { written: 0, read: 0, undefined: 0, faults: new Set<number>() };
    facts.set(test.name, row);
    const before = test.initial.registers.eflags!;
    // The trap after a single step is not the instruction's.
    const trapped = test.fault?.vector === DEBUG && (before & Flag.TF) !== 0;
    if (test.fault && !trapped) {
      row.faults.add(test.fault.vector);
      continue;
    }
    const after = test.final.registers.eflags ?? before;
    row.undefined |= ~(test.masks.eflags ?? -1) & ALL;
    row.written |= (before ^ after) & (test.masks.eflags ?? -1) & ALL;
    for (const name of ObservedFlags)
      if ((row.read & Flag[name]) === 0 && matters(machine, test, Flag[name])) row.read |= Flag[name];
  }
}

/** Whether the outcome depends on this flag, other than that the flag itself stays as it was. */
function matters(machine: UserMachine, test: Vector, flag: number): boolean {
  const { registers, memory } = test.initial;
  const defined = test.masks.eflags ?? -1;
  const run = (eflags: number) => {
    const end = machine.run(test.bytes, { ...registers, eflags }, memory, 'step');
    if (!end) return undefined;
    const after = end.registers.eflags! & defined & flag;
    return {
      rest: `${summary(end, flag | ~defined)} ${hash(machine.data)}`,
      after,
      kept: after === (eflags & defined & flag),
    };
  };
  const one = run(registers.eflags!);
  const other = run(registers.eflags! ^ flag);
  if (one?.rest !== other?.rest) return true;
  return one !== undefined && other !== undefined && one.after !== other.after && !(one.kept && other.kept);
}

function summary({ vector, error, cr2, registers }: UserEnd, ignoredFlags: number): string {
  return JSON.stringify([vector, error, cr2, { ...registers, eflags: registers.eflags! & ~ignoredFlags }]);
}

/** FNV-1a over words: equal memory, equal number. */
function hash(bytes: Uint8Array): number {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let value = 0x811c9dc5;
  for (const word of words) value = Math.imul(value ^ word, 0x01000193);
  return value >>> 0;
}

const letters = (flags: number): string => ObservedFlags.filter(name => flags & Flag[name]).join(' ');

const old: Partial<Coverage> = existsSync(COVERAGE) ? (JSON.parse(readFileSync(COVERAGE, 'utf8')) as Coverage) : {};
const oracles: Record<string, Counts> = { ...old.oracles };
for (const name of ['8086', '80286-real', 'x87']) {
  const folder = join(suites, name);
  if (existsSync(folder)) oracles[name] = count([folder]);
  else console.warn(`no ${folder}: counts stay as they are`);
}
oracles['host-x87'] = countImages(x87.recordable, readFileSync(x87.FILE), before => {
  const guest = guestRunner(wasmEngine);
  const ours = guest(before);
  return (after, at) => {
    const decoded = decodeBytes(before.subarray(at, at + before[at + At.length]!), true)!;
    const agrees =
      compareOutcomes(decoded.row, viewOf(before), viewOf(after), viewOf(ours), at).difference === undefined;
    return { decoded, agrees, completed: after[at + At.length] === 0 };
  };
});
oracles['host-simd'] = countImages(simd.recordable, readFileSync(simd.FILE), before => {
  const guest = new Guest();
  const ours = before.slice();
  return (after, at) => {
    guest.run(viewOf(ours), at);
    const decoded = decodeBytes(codeOf(before, at), true);
    const agrees = compareCase(before, ours, after, at)?.length === 0;
    return { decoded, agrees, completed: viewOf(after).getUint32(at + Layout.vector, true) === NO_FAULT };
  };
});
oracles.bochs = countOpinions();
const facts = new Map<string, Facts>();
for (const path of HOST_FILES) {
  oracles[basename(path, '.moo.gz')] = count([path]);
  observe(path, facts);
}
const rows: Record<string, RowFacts> = {};
for (const [name, row] of [...facts].sort(([a], [b]) => (a < b ? -1 : 1))) {
  rows[name] = {
    read: letters(row.read),
    written: letters(row.written),
    undefined: letters(row.undefined),
    faults: [...row.faults].sort((a, b) => a - b),
  };
}
// A form a line.
const text = JSON.stringify({ oracles, rows }, null, 1).replace(
  /\[\s+(\d+(?:,\s+\d+)*)\s+\]/g,
  (_, list: string) => `[${list.replace(/\s+/g, '')}]`,
);
writeFileSync(COVERAGE, `${text}\n`);
for (const [name, counts] of Object.entries(oracles)) {
  const total = Object.values(counts).reduce((all, [whole, faulted]) => all + whole + faulted, 0);
  console.log(`${name}: ${total} instructions, ${Object.keys(counts).length} forms`);
}
