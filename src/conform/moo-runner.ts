/**
 * Runs recorded real-mode vectors on our processor: state in, one instruction and the HLT after it, state compared.
 * What differs by design between the chip recorded and a 386 or later is excluded, with its reason.
 */

import { emptyBus, type Fault } from '../cpu/bus.ts';
import { Cpu, type StopReason } from '../cpu/cpu.ts';
import { wasmEngine } from '../cpu/engine.ts';
import { Segments } from '../isa/registers.ts';
import type { MooRegister, MooTest } from '../loaders/moo.ts';
import { excludedOn8086, excludedOn80286, frameOfFlags, isPrefix } from './design-differences.ts';
import type { Chip, SuiteFile } from './suite.ts';

/** The chips recorded see 24 (80286) or 20 address bits; 2 MiB hold all that real mode can reach. */
const MEMORY = 1 << 21;
/** Instructions a test may take: a REP of 64 Ki iterations and the HLT. */
const BUDGET = 100_000;
/** IOPL and NT: a 286 in real mode keeps them clear, later processors do not. */
const HIGH_FLAGS = 0xf000;

export type TestResult =
  | { readonly kind: 'passed' }
  | { readonly kind: 'excluded'; readonly reason: string }
  | { readonly kind: 'failed'; readonly differences: readonly string[] };

export class MooRunner {
  readonly cpu: Cpu;
  private firstVector: number | undefined;

  private readonly chip: Chip;

  constructor(chip: Chip, engine = wasmEngine) {
    this.chip = chip;
    const observeException = ({ vector }: Fault) => {
      this.firstVector ??= vector;
    };
    this.cpu = new Cpu({ memoryBytes: MEMORY, bus: { ...emptyBus, observeException }, engine });
    this.cpu.physical.map('ram', 0, MEMORY);
  }

  /** `flagsMask`: bits the suite's metadata marks as defined. */
  run(test: MooTest, { flagsMask, status }: Pick<SuiteFile, 'flagsMask' | 'status'>): TestResult {
    const reason = this.chip === '8086' ? excludedOn8086(test, status) : excludedOn80286(test);
    if (reason) return { kind: 'excluded', reason };
    const differences = this.attempt(test, flagsMask, false);
    if (differences.length === 0) return { kind: 'passed' };
    const byDesign = this.designDifference(test, flagsMask, differences);
    return byDesign ? { kind: 'excluded', reason: byDesign } : { kind: 'failed', differences };
  }

  private attempt(test: MooTest, flagsMask: number, stackFaultAs13: boolean): string[] {
    this.load(test);
    const { cpu } = this;
    if (stackFaultAs13) cpu.physical.bytes.copyWithin(12 * 4, 13 * 4, 14 * 4);
    this.firstVector = undefined;
    const stop = this.execute(test);
    const differences = stop ? [`stopped by ${stop}`] : this.compare(test, flagsMask & ~HIGH_FLAGS);
    this.unload(test);
    return differences;
  }

  /** The 80286 was recorded up to the HLT after the instruction, the 8086 up to the next fetch. Undefined when it got there. */
  private execute(test: MooTest): StopReason | undefined {
    const { cpu } = this;
    if (this.chip === '80286') {
      const stop = cpu.run(BUDGET);
      return stop === 'halt' ? undefined : stop;
    }
    const repeats = test.bytes.some(byte => byte === 0xf2 || byte === 0xf3);
    const start = cpu.state.eip;
    for (let steps = 0; steps < BUDGET; steps++) {
      const stop = cpu.run(1);
      if (stop !== 'limit') return stop;
      if (!repeats || cpu.state.eip !== start) return undefined;
    }
    return 'limit';
  }

  /** Differences of exceptions in real mode, each verified but for what the reason names. */
  private designDifference(test: MooTest, flagsMask: number, differences: readonly string[]): string | undefined {
    if (this.chip === '8086') {
      if (this.firstVector === 0)
        return 'divide error: an 8086 pushes the address of the next instruction, later ones that of the division';
      const overrun = this.firstVector === 12 || this.firstVector === 13;
      return overrun
        ? 'access past the end of a segment: wraps on an 8086, interrupt 12 or 13 on later processors'
        : undefined;
    }
    if (test.exception?.vector !== 13) return undefined;
    const onStack = this.firstVector === 12;
    const rest = onStack ? this.attempt(test, flagsMask, true) : differences;
    if (rest.length === 0)
      return 'segment overrun on the stack: interrupt 13 on an 80286, 12 on later processors (all else verified)';
    const opcode = test.bytes.find(byte => !isPrefix(byte)) ?? 0;
    const isString = (opcode >= 0xa4 && opcode <= 0xaf) || (opcode >= 0x6c && opcode <= 0x6f);
    if (isString && rest.every(d => /^(si|di|cx) /.test(d))) {
      return 'string instruction that faults: an 80286 has moved SI, DI or CX, later processors restart (all else verified)';
    }
    return undefined;
  }

  private load(test: MooTest): void {
    const { cpu } = this;
    cpu.reset();
    if (this.chip === '8086') cpu.setA20(false);
    for (const [address, value] of test.initial.memory) cpu.physical.bytes[address] = value;
    const registers = test.initial.registers as Record<MooRegister, number>;
    for (const name of ['ax', 'bx', 'cx', 'dx', 'sp', 'bp', 'si', 'di'] as const)
      cpu.state[`e${name}`] = registers[name];
    Segments.slice(0, 4).forEach((name, i) => {
      const selector = registers[name as 'es' | 'cs' | 'ss' | 'ds'];
      cpu.setSegment(i, { ...cpu.segment(i), selector, base: selector << 4 });
    });
    cpu.state.eip = registers.ip;
    cpu.eflags = registers.flags & ~HIGH_FLAGS;
    cpu.updateMode();
  }

  private unload(test: MooTest): void {
    for (const [address] of [...test.initial.memory, ...test.final.memory]) this.cpu.physical.bytes[address] = 0;
    this.cpu.physical.bytes.fill(0, 12 * 4, 13 * 4);
  }

  private compare(test: MooTest, flagsMask: number): string[] {
    const { cpu } = this;
    const found: string[] = [];
    const expected = { ...test.initial.registers, ...test.final.registers };
    const check = (what: string, actual: number, wanted: number, mask = 0xffff) => {
      if ((actual & mask) !== (wanted & mask))
        found.push(`${what} ${hex(actual & mask)}, expected ${hex(wanted & mask)}`);
    };
    for (const name of ['ax', 'bx', 'cx', 'dx', 'sp', 'bp', 'si', 'di'] as const)
      check(name, cpu.state[`e${name}`], expected[name]!);
    Segments.slice(0, 4).forEach((name, i) => {
      check(name, cpu.segment(i).selector, expected[name as 'es']!);
    });
    check('ip', cpu.state.eip, expected.ip!);
    check('flags', cpu.eflags, expected.flags!, flagsMask);
    const pushedFlags = frameOfFlags(test, this.chip, expected.ss!, expected.sp!);
    for (const [address, value] of test.final.memory) {
      const byte = pushedFlags === undefined ? -1 : address - pushedFlags;
      const mask =
        byte === 0 ? flagsMask & 0xff : byte === 1 ? (flagsMask >> 8) & (this.chip === '8086' ? 0x0f : 0xff) : 0xff;
      check(`[${hex(address)}]`, cpu.physical.bytes[address]!, value, mask);
    }
    return found;
  }
}

const hex = (value: number): string => `0x${value.toString(16)}`;
