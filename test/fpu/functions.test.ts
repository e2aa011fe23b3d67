/**
 * x87 functions (src/cpu/x87) against the services, state by state: what a function does not refuse it does bit for bit, registers, tags, status and control word,
 * pointers, memory, EAX and EFLAGS; what it refuses it leaves as it was. Half of the states are those of case.ts, made of edges; the others (pairs.ts) are
 * numbers, and of those it must not refuse many without an exception to report. REAL86_X87_CASES is the number of states in all, REAL86_X87_SEED where they begin.
 */
import { describe, expect, it } from 'vitest';
import { type Engine, wasmEngine } from '../../src/cpu/engine.ts';
import { fpuMemory, fpuRegister } from '../../src/cpu/fpu.ts';
import { Field } from '../../src/cpu/record.ts';
import { FPU_STATE, fieldAddress, fpuRegisterAddress, RAM, STEP_RECORDS, segmentAddress } from '../../src/cpu/state.ts';
import { type X87Function, X87Functions, x87FunctionOf } from '../../src/cpu/x87/functions.ts';
import type { Row } from '../../src/isa/opcode-map.ts';
import { EscapeRows } from '../../src/isa/x87-map.ts';
import type { Stack } from '../../src/jit/x87-row.ts';
import { enterProtected, makeCpu, Random } from '../cpu/rig.ts';
import { share } from '../setup/share.ts';
import { At, CASE_BYTES, Image, writeCase } from './case.ts';
import { anyPair, type Value } from './pairs.ts';
import { type Known, RegionRows } from './region-rows.ts';

const CASES = Math.max(share(24_000, 60_000), Number(process.env.REAL86_X87_CASES ?? 0) * 4);
const SEED = Number(process.env.REAL86_X87_SEED ?? 1);

const OFFSET = 0x8000;
const OPERAND = RAM + OFFSET;
const OPERAND_WORDS = 4;
const STATE_WORDS = (fieldAddress('fpuDataSelector') - FPU_STATE) / 4 + 1;
const SEGMENT = segmentAddress('ds');
const RECORD = STEP_RECORDS;
const [EXCEPTIONS, PE] = [0x7f, 0x20];
const INSTRUCTION = { page: 0x5000, offset: 0x123 } as const;

const made: { engine?: Engine; memory?: WebAssembly.Memory } = {};
const cpu = makeCpu({
  engine: (memory, imports) => Object.assign(made, { memory, engine: wasmEngine(memory, imports) }).engine,
});
const x87Function = made.engine!.x87Function!;
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
function setEdges(random: Random, row: Row, stack: Stack | undefined): void {
  writeCase(random, image, 0, [], row.mnemonic);
  const word = (at: number): number => image.getUint16(At.image + at, true);
  cpu.fpu.status = word(Image.status);
  const tags = word(Image.tags);
  cpu.fpu.tags = [0, 1, 2, 3, 4, 5, 6, 7].reduce((full, n) => full | (((tags >> (2 * n)) & 3) !== 3 ? 1 << n : 0), 0);
  if (stack) setStack(stack);
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

function setStack({ top, full }: Stack): void {
  cpu.fpu.top = top;
  cpu.fpu.tags = full;
}

function setRegister(i: number, { top, significand }: Value): void {
  const at = fpuRegisterAddress(cpu.fpu.physical(i));
  cpu.view.setBigUint64(at, significand, true);
  cpu.view.setInt32(at + 8, top, true);
}

/** Numbers, and a mode that programs have. */
function setNumbers(random: Random, row: Row, i: number, stack: Stack | undefined): void {
  const { fpu, view } = cpu;
  const [a, b] = anyPair(random);
  const precision = random.pick([0x300, 0x300, 0x200, 0, 0x100]);
  fpu.tags = 0xff;
  fpu.status = (random.word() & 0x7f00) | random.pick([0, 0x20, 0x3f]);
  if (stack) setStack(stack);
  else if (pushes(row)) fpu.free(-1);
  fpu.setControl(0x3f | precision | random.pick([0, 0, 0, 0x400, 0x800, 0xc00]));
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

const pushes = ({ mnemonic }: Row): boolean => /^F(LD(?!CW)|ILD)/.test(mnemonic);

type Call = (operand: number) => number;

/** The row as a region has it. */
function written(fn: X87Function, code: number, known: Known): Call {
  const rows = new RegionRows(made.engine!, made.memory!);
  rows.write(fn, fn.bytes === 0 ? code & 7 : undefined, known);
  return rows.finish();
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
function agree(code: number, fn: X87Function, call: Call): boolean {
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

/** How a row is written out; undefined for its function. */
interface Way {
  readonly ready: boolean;
  readonly brief: boolean;
  /** The control word is known. */
  readonly control: boolean;
}
const Ways: readonly (Way | undefined)[] = [
  undefined,
  { ready: false, brief: false, control: false },
  { ready: true, brief: true, control: true },
];

/** Where the stack is in states of numbers: full, or with room for one; and in the others. */
const top = 5;
const FULL: Stack = { top, full: 0xff };
const ROOM: Stack = { top, full: 0xef };
const STACKS: readonly Stack[] = [FULL, ROOM, { top: 0, full: 0x5a }, { top: 2, full: 0 }];

const covered = EscapeRows.filter(row => codesOf(row).some(x87FunctionOf));
const each = Math.ceil(CASES / covered.length / Ways.length);

/** Runs states, and counts those of numbers: all, done, and refused without a reason. */
function compare(row: Row, way: Way | undefined) {
  const random = new Random(SEED * 7919 + EscapeRows.indexOf(row));
  const codes = codesOf(row);
  const calls = new Map<string, Call>();
  const counts = { numbers: 0, done: 0, needless: 0 };
  for (let n = 0; n < each; n++) {
    const code = random.pick(codes);
    const fn = x87FunctionOf(code)!;
    const usual = n % 2 === 0;
    const i = fn.bytes === 0 ? code & 7 : 0;
    const stack = way && (usual ? (pushes(row) ? ROOM : FULL) : random.pick(STACKS));
    if (usual) setNumbers(random, row, i, stack);
    else setEdges(random, row, stack);
    if (way?.ready) {
      // What a region has seen to before.
      cpu.fpu.status &= ~EXCEPTIONS;
      cpu.fpu.setControl(0x37f);
    }
    const done = agree(code, fn, callOf(code, fn, stack && { ...way!, stack }));
    if (!usual) continue;
    counts.numbers++;
    if (done) counts.done++;
    else if (!hasReason(code, fn)) counts.needless++;
  }
  return counts;

  function callOf(code: number, fn: X87Function, known: (Way & { stack: Stack }) | undefined): Call {
    if (!known) return x87Function(fn.place);
    const key = `${code} ${JSON.stringify(known.stack)}`;
    const call = calls.get(key) ?? written(fn, code, { ...known, control: known.control ? 0x37f : undefined });
    calls.set(key, call);
    return call;
  }
}

describe('x87 functions do what the services do', () => {
  it.each(covered.map(row => [row.name, row] as const))(
    '%s',
    (_name, row) => {
      for (const way of Ways) {
        const { numbers, done, needless } = compare(row, way);
        expect(done).toBeGreaterThan(numbers / 4);
        // The greatest exponent, integers of 64 bits and more: few.
        expect(needless).toBeLessThan(numbers / 10);
      }
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
