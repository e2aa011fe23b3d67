/**
 * Runs recorded real-mode vectors on our processor: state in, one instruction (and the HLT after it), state compared.
 * What differs by design between the chip recorded and ours is excluded, with its reason.
 *
 * Not compared: control and debug registers of the 386 vectors, whose reserved bits are each processor's own.
 */

import { emptyBus, type Fault } from '../cpu/bus.ts';
import { Cpu, type StopReason } from '../cpu/cpu.ts';
import type { MakeEngine } from '../cpu/engine.ts';
import { Segments } from '../isa/registers.ts';
import type { RegisterValues, Vector, VectorRegister } from '../loaders/vector.ts';
import { excludedOn8086, excludedOn80286, frameOfFlags, isPrefix } from './design-differences.ts';
import type { Difference, TestResult } from './results.ts';
import type { Chip } from './suite.ts';

/** The chips recorded see 20 to 26 address bits; 2 MiB hold all that real mode can reach. */
const MEMORY = 1 << 21;
/** Instructions a test may take: a REP of 64 Ki iterations and the HLT. */
const BUDGET = 100_000;
/** IOPL and NT: a 286 in real mode keeps them clear, later processors do not. */
const HIGH_FLAGS = 0xf000;
/** EFLAGS bits that a 386 has: RF and VM beside the 16 of FLAGS. What later ones add says nothing here. */
const FLAGS_386 = 0x3ffff;
const General = ['eax', 'ebx', 'ecx', 'edx', 'esp', 'ebp', 'esi', 'edi'] as const;

/** What a file's metadata says of all its vectors. */
export interface Encoding {
  /** Bits of FLAGS that the instruction leaves defined. */
  readonly flagsMask: number;
  /** `normal`, or what the recorders call the encoding: alias, undocumented. */
  readonly status: string;
}

export class VectorRunner {
  readonly cpu: Cpu;
  private firstVector: number | undefined;
  private readonly chip: Chip;
  private readonly wide: boolean;

  constructor(chip: Chip, engine: MakeEngine) {
    this.chip = chip;
    this.wide = chip === '80386';
    const observeException = ({ vector }: Fault) => {
      this.firstVector ??= vector;
    };
    this.cpu = new Cpu({ memoryBytes: MEMORY, bus: { ...emptyBus, observeException }, engine });
    this.cpu.physical.map('ram', 0, MEMORY);
  }

  run(test: Vector, { flagsMask, status }: Encoding): TestResult {
    const reason = this.excluded(test, status);
    if (reason) return { kind: 'excluded', reason };
    const mask = flagsMask & (test.masks.eflags ?? 0xffffffff);
    const differences = this.attempt(test, mask, false);
    if (differences.length === 0) return { kind: 'passed' };
    const byDesign = this.designDifference(test, mask, differences);
    return byDesign ? { kind: 'excluded', reason: byDesign } : { kind: 'failed', differences };
  }

  private excluded(test: Vector, status: string): string | undefined {
    if (this.chip === '8086') return excludedOn8086(test, status);
    return this.chip === '80286' ? excludedOn80286(test) : undefined;
  }

  private attempt(test: Vector, flagsMask: number, stackFaultAs13: boolean): Difference[] {
    this.load(test);
    const { cpu } = this;
    if (stackFaultAs13) cpu.physical.bytes.copyWithin(12 * 4, 13 * 4, 14 * 4);
    this.firstVector = undefined;
    const stop = this.execute(test);
    const defined = this.wide ? flagsMask & FLAGS_386 : flagsMask & ~HIGH_FLAGS;
    const differences = stop ? [{ what: 'end', actual: stop, expected: 'halt' }] : this.compare(test, defined);
    this.unload(test);
    return differences;
  }

  /** The 8086 was recorded up to the next fetch, the others up to the HLT after the instruction. Undefined when it got there. */
  private execute(test: Vector): StopReason | undefined {
    const { cpu } = this;
    if (this.chip !== '8086') {
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
  private designDifference(test: Vector, flagsMask: number, differences: readonly Difference[]): string | undefined {
    if (this.chip === '8086') {
      if (this.firstVector === 0)
        return 'divide error: an 8086 pushes the address of the next instruction, later ones that of the division';
      const overrun = this.firstVector === 12 || this.firstVector === 13;
      return overrun
        ? 'access past the end of a segment: wraps on an 8086, interrupt 12 or 13 on later processors'
        : undefined;
    }
    if (this.chip !== '80286' || test.exception?.vector !== 13) return undefined;
    const onStack = this.firstVector === 12;
    const rest = onStack ? this.attempt(test, flagsMask, true) : differences;
    if (rest.length === 0)
      return 'segment overrun on the stack: interrupt 13 on an 80286, 12 on later processors (all else verified)';
    const opcode = test.bytes.find(byte => !isPrefix(byte)) ?? 0;
    const isString = (opcode >= 0xa4 && opcode <= 0xaf) || (opcode >= 0x6c && opcode <= 0x6f);
    if (isString && rest.every(({ what }) => ['si', 'di', 'cx'].includes(what))) {
      return 'string instruction that faults: an 80286 has moved SI, DI or CX, later processors restart (all else verified)';
    }
    return undefined;
  }

  private load(test: Vector): void {
    const { cpu } = this;
    cpu.reset();
    if (this.chip === '8086') cpu.setA20(false);
    for (const [address, value] of test.initial.memory) this.poke(address, value);
    const { registers } = test.initial;
    for (const name of General) cpu.state[name] = registers[name] ?? 0;
    Segments.forEach((name, i) => {
      const selector = (registers[name] ?? 0) & 0xffff;
      cpu.setSegment(i, { ...cpu.segment(i), selector, base: selector << 4 });
    });
    cpu.state.eip = registers.eip ?? 0;
    const flags = registers.eflags ?? 0;
    cpu.eflags = this.wide ? flags & FLAGS_386 : flags & ~HIGH_FLAGS;
    cpu.updateMode();
  }

  /** Real mode reaches no further than our memory; what a file names beyond it is not there. */
  private poke(address: number, value: number): void {
    if (address < MEMORY) this.cpu.physical.bytes[address] = value;
  }

  private unload(test: Vector): void {
    for (const [address] of [...test.initial.memory, ...test.final.memory]) this.poke(address, 0);
    this.cpu.physical.bytes.fill(0, 12 * 4, 13 * 4);
  }

  private compare(test: Vector, flagsMask: number): Difference[] {
    const { cpu, wide } = this;
    const found: Difference[] = [];
    const expected: RegisterValues = { ...test.initial.registers, ...test.final.registers };
    const check = (what: string, actual: number, wanted: number, mask: number) => {
      if (((actual ^ wanted) & mask) !== 0)
        found.push({ what, actual: hex(actual & mask), expected: hex(wanted & mask) });
    };
    const register = (name: VectorRegister, actual: number, mask = wide ? -1 : 0xffff) =>
      check(wide ? name : name.replace(/^e(?!s$)/, ''), actual, expected[name] ?? 0, mask & (test.masks[name] ?? -1));
    for (const name of General) register(name, cpu.state[name]);
    Segments.slice(0, wide ? 6 : 4).forEach((name, i) => {
      register(name, cpu.segment(i).selector, 0xffff);
    });
    register('eip', cpu.state.eip);
    register('eflags', cpu.eflags, flagsMask);
    const pushedFlags = frameOfFlags(test, this.chip, expected.ss!, expected.esp!);
    for (const [address, value] of test.final.memory) {
      const byte = pushedFlags === undefined ? -1 : address - pushedFlags;
      const mask =
        byte === 0 ? flagsMask & 0xff : byte === 1 ? (flagsMask >> 8) & (this.chip === '8086' ? 0x0f : 0xff) : 0xff;
      check(`[${hex(address)}]`, cpu.physical.bytes[address] ?? 0xff, value, mask);
    }
    return found;
  }
}

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
