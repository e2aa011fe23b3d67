/**
 * Runs arithmetic vectors on our x87: for each function a little real-mode program that loads the operands, does the operation, and stores status
 * word and result. So they judge the instructions, not only the arithmetic behind them.
 *
 * Not compared: DE and the condition bits, which TestFloat does not know.
 */
import { emptyBus } from '../cpu/bus.ts';
import { Cpu } from '../cpu/cpu.ts';
import type { MakeEngine } from '../cpu/engine.ts';
import type { FloatFunction, FloatLine } from '../loaders/testfloat.ts';
import type { Difference, TestResult } from './results.ts';

const MEMORY = 1 << 16;
/** Offsets in segment 0. */
const CODE = 0x1000;
const OPERANDS = [0x2000, 0x2010] as const;
const RESULT = 0x2020;
const STATUS = 0x2030;
const CONTROL = 0x2040;
/** FPREM1 needs a pass for each 63 bits of difference of the exponents. */
const BUDGET = 20_000;
const HLT = 0xf4;
const NO_FPU = 'this processor has no FPU';

/** ModRM for a 16-bit displacement alone, with `digit` in reg. */
const at = (digit: number, address: number): number[] => [(digit << 3) | 6, address & 0xff, address >> 8];
const load80 = (address: number): number[] => [0xdb, ...at(5, address)];
const store80 = [0xdb, ...at(7, RESULT)];
const storeStatus = [0xdd, ...at(7, STATUS)];
const [A, B] = OPERANDS;

interface Operation {
  /** Loads, and the operation: all that may raise. */
  readonly code: readonly number[];
  /** Stores the result after the status word. */
  readonly store: readonly number[];
  /** Bytes of the result; for a comparison the bits of the status word that must be set, and clear, where it is true. */
  readonly result: number | { readonly set: number; readonly clear: number };
}

const [C0, C3] = [0x0100, 0x4000];
const binary = (...code: number[]): Operation => ({
  code: [...load80(A), ...load80(B), ...code],
  store: store80,
  result: 10,
});
/** ST0 is the first operand. */
const reversed = (code: number[], result: Operation['result'], store = store80): Operation => ({
  code: [...load80(B), ...load80(A), ...code],
  store,
  result,
});
const unary = (...code: number[]): Operation => ({ code: [...load80(A), ...code], store: store80, result: 10 });
/** Stores in another format; the operation is the store. */
const narrowed = (opcode: number, digit: number, bytes: number): Operation => ({
  code: [...load80(A), opcode, ...at(digit, RESULT)],
  store: [],
  result: bytes,
});
const widened = (opcode: number, digit: number): Operation => ({
  code: [opcode, ...at(digit, A)],
  store: store80,
  result: 10,
});

/** Source of the opcodes: SDM vol. 2. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  extF80_add: binary(0xde, 0xc1),
  extF80_sub: binary(0xde, 0xe9),
  extF80_mul: binary(0xde, 0xc9),
  extF80_div: binary(0xde, 0xf9),
  // FPREM1, FNSTSW AX, TEST AH,4 (C2: not done), JNZ back.
  extF80_rem: reversed([0xd9, 0xf5, 0xdf, 0xe0, 0xf6, 0xc4, 0x04, 0x75, 0xf7], 10),
  // FUCOM and FCOM.
  extF80_eq: reversed([0xdd, 0xe1], { set: C3, clear: C0 }, []),
  extF80_lt: reversed([0xd8, 0xd1], { set: C0, clear: C3 }, []),
  extF80_sqrt: unary(0xd9, 0xfa),
  extF80_roundToInt: unary(0xd9, 0xfc),
  extF80_to_f32: narrowed(0xd9, 3, 4),
  extF80_to_f64: narrowed(0xdd, 3, 8),
  extF80_to_i32: narrowed(0xdb, 3, 4),
  extF80_to_i64: narrowed(0xdf, 7, 8),
  f32_to_extF80: widened(0xd9, 0),
  f64_to_extF80: widened(0xdd, 0),
  i32_to_extF80: widened(0xdb, 0),
  i64_to_extF80: widened(0xdf, 5),
};

/** PE UE OE ZE IE of the status word as TestFloat's flags. */
function floatFlags(status: number): number {
  return ((status >> 5) & 1) | ((status >> 3) & 2) | ((status >> 1) & 4) | ((status << 1) & 8) | ((status << 4) & 0x10);
}

const PRECISIONS = { 24: 0, 53: 0x200, 64: 0x300 } as const;
const ROUNDINGS = { nearest: 0, down: 0x400, up: 0x800, zero: 0xc00 } as const;

export class FloatRunner {
  private readonly cpu: Cpu;
  /** Where there is none, every vector is excluded. */
  readonly hasFpu: boolean;
  private current: FloatFunction | undefined;

  constructor(engine: MakeEngine) {
    this.cpu = new Cpu({ memoryBytes: MEMORY, bus: emptyBus, engine });
    this.cpu.physical.map('ram', 0, MEMORY);
    // As programs find out: where nothing answers, the bus floats.
    this.begin([0xdb, 0xe3, ...storeStatus, HLT]);
    this.cpu.run(BUDGET);
    this.hasFpu = this.view.getUint16(STATUS, true) === 0;
  }

  /** The instruction that a function tests; empty where there is none. */
  static instruction(name: string): readonly number[] {
    const { code = [] } = OPERATIONS[name] ?? {};
    const loads = name.startsWith('extF80_') ? (/_(to_|sqrt|roundToInt)/.test(name) ? 1 : 2) : 0;
    return code.slice(loads * load80(A).length);
  }

  run(line: FloatLine, what: FloatFunction): TestResult {
    const operation = OPERATIONS[what.name];
    if (!operation) return { kind: 'excluded', reason: `no instruction does ${what.name}` };
    const { cpu } = this;
    if (!this.hasFpu) return { kind: 'excluded', reason: NO_FPU };
    if (this.current !== what) this.prepare(what, operation);
    for (const [i, digits] of line.operands.entries()) this.poke(OPERANDS[i] ?? B, digits);
    cpu.state.eip = CODE;
    cpu.halted = false;
    if (cpu.run(BUDGET) !== 'halt') return failed([{ what: 'end', actual: 'running', expected: 'halt' }]);
    const status = this.view.getUint16(STATUS, true);
    const differences: Difference[] = [];
    const check = (name: string, actual: string, expected: string) => {
      if (actual !== expected) differences.push({ what: name, actual, expected });
    };
    const result =
      typeof operation.result === 'number'
        ? this.peek(RESULT, operation.result)
        : String(Number((status & operation.result.set) !== 0 && (status & operation.result.clear) === 0));
    check('result', result, line.result);
    check('flags', floatFlags(status).toString(16).padStart(2, '0'), line.flags.toString(16).padStart(2, '0'));
    return differences.length === 0 ? { kind: 'passed' } : failed(differences);
  }

  private get view(): DataView {
    const { bytes } = this.cpu.physical;
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  private prepare(what: FloatFunction, { code, store }: Operation): void {
    const control = 0x7f | PRECISIONS[what.precision] | ROUNDINGS[what.rounding];
    this.view.setUint16(CONTROL, control, true);
    // FNINIT, FLDCW, the operation, FNSTSW, the result, HLT.
    this.begin([0xdb, 0xe3, 0xd9, ...at(5, CONTROL), ...code, ...storeStatus, ...store, HLT]);
    this.current = what;
  }

  /** Real mode, everything in segment 0. */
  private begin(program: readonly number[]): void {
    const { cpu } = this;
    cpu.reset();
    cpu.physical.bytes.set(program, CODE);
    cpu.state.eip = CODE;
    for (let i = 0; i < 6; i++) cpu.setSegment(i, { ...cpu.segment(i), selector: 0, base: 0 });
    cpu.updateMode();
  }

  /** Little-endian bytes of hexadecimal digits. */
  private poke(address: number, digits: string): void {
    for (let i = 0; i * 2 < digits.length; i++) {
      const end = digits.length - i * 2;
      this.cpu.physical.bytes[address + i] = Number.parseInt(digits.slice(Math.max(0, end - 2), end), 16);
    }
  }

  private peek(address: number, length: number): string {
    const bytes = this.cpu.physical.bytes.slice(address, address + length).reverse();
    return Array.from(bytes, byte => byte.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase();
  }
}

const failed = (differences: readonly Difference[]): TestResult => ({ kind: 'failed', differences });
