/**
 * x87 functions (src/cpu/x87) against the services, state by state: what a function does not refuse it does bit for bit, registers, tags, status and control word,
 * pointers, memory, EAX and EFLAGS; what it refuses it leaves as it was. Half of the states are those of case.ts, made of edges; the others (pairs.ts) are
 * numbers, and of those it must not refuse many without an exception to report. REAL86_X87_CASES is the number of states in all, REAL86_X87_SEED where they begin.
 */
import { describe, expect, it } from 'vitest';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { fpuMemory, fpuRegister } from '../../src/cpu/fpu.ts';
import { Field } from '../../src/cpu/record.ts';
import { FPU_STATE, fieldAddress, fpuRegisterAddress, RAM, STEP_RECORDS, segmentAddress } from '../../src/cpu/state.ts';
import { type X87Function, X87Functions, x87FunctionOf } from '../../src/cpu/x87/functions.ts';
import type { Row } from '../../src/isa/opcode-map.ts';
import { EscapeRows } from '../../src/isa/x87-map.ts';
import { enterProtected, makeCpu, Random } from '../cpu/rig.ts';
import { At, CASE_BYTES, Image, writeCase } from './case.ts';
import { anyPair, type Value } from './pairs.ts';

const CASES = Math.max(40_000, Number(process.env.REAL86_X87_CASES ?? 0) * 4);
const SEED = Number(process.env.REAL86_X87_SEED ?? 1);

const OFFSET = 0x8000;
const OPERAND = RAM + OFFSET;
const OPERAND_WORDS = 4;
const STATE_WORDS = (fieldAddress('fpuDataSelector') - FPU_STATE) / 4 + 1;
const SEGMENT = segmentAddress('ds');
const RECORD = STEP_RECORDS;
const [EXCEPTIONS, PE] = [0x7f, 0x20];
const INSTRUCTION = { page: 0x5000, offset: 0x123 } as const;

let x87Function: NonNullable<ReturnType<typeof wasmEngine>['x87Function']>;
const cpu = makeCpu({
  engine: (memory, imports) => {
    const engine = wasmEngine(memory, imports);
    x87Function = engine.x87Function!;
    return engine;
  },
});
enterProtected(cpu);
cpu.state.cr0 |= 0x20;
cpu.state.pcBase = INSTRUCTION.page;
cpu.view.setUint16(RECORD + Field.offset, INSTRUCTION.offset, true);

/** All that an x87 instruction can change. */
function observe(): number[] {
  const { words } = cpu;
  return [
    ...words.subarray(FPU_STATE >> 2, (FPU_STATE >> 2) + STATE_WORDS),
    ...words.subarray(OPERAND >> 2, (OPERAND >> 2) + OPERAND_WORDS),
    cpu.state.eax,
    cpu.eflags,
  ];
}

function restore(state: readonly number[]): void {
  cpu.words.set(state.slice(0, STATE_WORDS), FPU_STATE >> 2);
  cpu.words.set(state.slice(STATE_WORDS, STATE_WORDS + OPERAND_WORDS), OPERAND >> 2);
  cpu.state.eax = state.at(-2)!;
  cpu.eflags = state.at(-1)!;
}

const image = new DataView(new ArrayBuffer(CASE_BYTES));

/** A state of case.ts. */
function setEdges(random: Random, row: Row): void {
  writeCase(random, image, 0, [], row.mnemonic);
  const word = (at: number): number => image.getUint16(At.image + at, true);
  cpu.fpu.status = word(Image.status);
  const tags = word(Image.tags);
  cpu.fpu.tags = [0, 1, 2, 3, 4, 5, 6, 7].reduce((full, n) => full | (((tags >> (2 * n)) & 3) !== 3 ? 1 << n : 0), 0);
  cpu.fpu.setControl(word(Image.control));
  for (let i = 0; i < 8; i++) {
    const at = At.image + Image.registers + i * 10;
    setRegister(i, { top: image.getUint16(at + 8, true), significand: image.getBigUint64(at, true) });
  }
  for (let i = 0; i < OPERAND_WORDS; i++)
    cpu.view.setInt32(OPERAND + 4 * i, image.getInt32(At.memory + 4 * i, true), true);
  cpu.state.eax = image.getInt32(At.eax, true);
  cpu.eflags = image.getInt32(At.eflags, true);
}

function setRegister(i: number, { top, significand }: Value): void {
  const at = fpuRegisterAddress(cpu.fpu.physical(i));
  cpu.view.setBigUint64(at, significand, true);
  cpu.view.setInt32(at + 8, top, true);
}

/** Numbers, and a mode that programs have. */
function setNumbers(random: Random, row: Row, i: number): void {
  const { fpu, view } = cpu;
  const [a, b] = anyPair(random);
  const pushes = /^F(LD(?!CW)|ILD)/.test(row.mnemonic);
  const precision = random.pick([0x300, 0x300, 0x200, 0, 0x100]);
  fpu.tags = 0xff;
  fpu.status = (random.word() & 0x7f00) | random.pick([0, 0x20, 0x3f]);
  fpu.setControl(0x3f | precision | random.pick([0, 0, 0, 0x400, 0x800, 0xc00]));
  if (pushes) fpu.free(-1);
  for (let n = 0; n < 8; n++) setRegister(n, n === i ? b : anyPair(random)[0]);
  setRegister(0, i === 0 && random.below(2) === 0 ? b : a);
  if (row.registerForm < 0 || i === 0) setRegister(1, b);
  const narrow = random.below(8);
  view.setBigUint64(OPERAND, b.significand, true);
  view.setInt32(OPERAND + 8, b.top, true);
  if (row.operands[0] === 'Mq' && !/^FI/.test(row.mnemonic))
    view.setFloat64(
      OPERAND,
      narrow === 0 ? 0 : (random.word() - 2 ** 31) * 2 ** (random.below(200) - 100) + random.word(),
      true,
    );
  if (row.operands[0] === 'Md' && !/^FI/.test(row.mnemonic))
    view.setFloat32(OPERAND, narrow === 0 ? -0 : (random.word() - 2 ** 31) * 2 ** (random.below(100) - 50), true);
  if (/^FI/.test(row.mnemonic) && narrow < 2) view.setInt32(OPERAND, random.pick([0, 1, -1, 100, -32768, 32767]), true);
  if (row.mnemonic === 'FLDCW') view.setUint16(OPERAND, 0x3f | (random.word() & 0xffc0), true);
}

/** What the caller of a function does after it. */
function notePointers(code: number, { bytes, control }: X87Function): void {
  if (control) return;
  const { state } = cpu;
  const selector = (segment: number): number => cpu.words[segment >> 2]! & 0xffff;
  state.fpuOpcode = code;
  state.fpuInstruction = INSTRUCTION.page + INSTRUCTION.offset;
  state.fpuInstructionSelector = selector(segmentAddress('cs'));
  if (bytes === 0) return;
  state.fpuData = OFFSET;
  state.fpuDataSelector = selector(SEGMENT);
}

const serve = (code: number, bytes: number): boolean | number =>
  bytes === 0 ? fpuRegister(cpu, code, 0, 0, RECORD) : fpuMemory(cpu, code | (4 << 16), OFFSET, SEGMENT, RECORD);

const hex = (state: readonly number[]): string => state.map(word => (word >>> 0).toString(16)).join(' ');

/** Runs a state both ways; answers whether the function did not refuse. */
function agree(code: number, fn: X87Function, call: (operand: number) => number): boolean {
  const before = observe();
  const done = call(fn.bytes === 0 ? code & 7 : OPERAND);
  if (done === 0) {
    const after = observe();
    if (after.some((word, i) => word !== before[i]))
      expect.fail(`refused, but changed ${hex(before)} to ${hex(after)}`);
    return false;
  }
  notePointers(code, fn);
  const ours = observe();
  restore(before);
  expect(serve(code, fn.bytes)).toBe(true);
  const theirs = observe();
  if (ours.some((word, i) => word !== theirs[i]))
    expect.fail(`${code.toString(16)} on ${hex(before)}:\n  ${hex(ours)}, but the service\n  ${hex(theirs)}`);
  return true;
}

/** The escape codes of a row: of each STi, or with a ModRM byte of a memory operand. */
function codesOf({ opcode, digit, registerForm, operands }: Row): number[] {
  const base = (opcode & 7) << 8;
  if (registerForm < 0) return [base | (digit << 3) | 7];
  return Array.from({ length: operands.includes('STi') ? 8 : 1 }, (_, i) => base | (registerForm + i));
}

/** After a refusal: whether there was something to refuse, an exception other than PE. */
function hasReason(code: number, { bytes }: X87Function): boolean {
  cpu.fpu.status &= ~EXCEPTIONS;
  serve(code, bytes);
  return (cpu.fpu.status & EXCEPTIONS & ~PE) !== 0;
}

const covered = EscapeRows.filter(row => codesOf(row).some(x87FunctionOf));
const each = Math.ceil(CASES / covered.length);

describe('x87 functions do what the services do', () => {
  it.each(covered.map(row => [row.name, row] as const))(
    '%s',
    (_name, row) => {
      const random = new Random(SEED * 7919 + EscapeRows.indexOf(row));
      const codes = codesOf(row);
      const counts = { numbers: 0, done: 0, needless: 0 };
      for (let n = 0; n < each; n++) {
        const code = random.pick(codes);
        const fn = x87FunctionOf(code)!;
        const usual = n % 2 === 0;
        if (usual) setNumbers(random, row, fn.bytes === 0 ? code & 7 : 0);
        else setEdges(random, row);
        const done = agree(code, fn, x87Function(fn.place));
        if (!usual) continue;
        counts.numbers++;
        if (done) counts.done++;
        else if (!hasReason(code, fn)) counts.needless++;
      }
      expect(counts.done).toBeGreaterThan(counts.numbers / 4);
      // The greatest exponent, integers of 64 bits and more: few.
      expect(counts.needless).toBeLessThan(counts.numbers / 10);
    },
    600_000,
  );

  it('most rows have one', () => {
    const none = EscapeRows.filter(row => !covered.includes(row)).map(({ mnemonic }) => mnemonic);
    expect([...new Set(none)].sort()).toEqual(
      (
        'F2XM1 FBLD FBSTP FCOS FLDENV FNDISI FNENI FNINIT FNSAVE FNSETPM FNSTENV FPATAN FPREM FPREM1 FPTAN FRSTOR FSIN FSINCOS ' +
        'FXTRACT FYL2X FYL2XP1'
      ).split(' '),
    );
    expect(X87Functions.length).toBeGreaterThan(100);
  });
});
