/**
 * Model-specific registers: RDMSR and WRMSR, RDTSC, RDPMC. Source: SDM vol. 4, chapter 2 (P6 family, Pentium M, Pentium); vol. 3, 11.11 (MTRRs), 11.12 (PAT).
 * What does not exist on the model is #GP(0), and so is a value with reserved bits.
 *
 *     0,1      P5 machine check address, type: read as 0        174-176  SYSENTER CS, ESP, EIP
 *      10      TSC: a write sets the low half, clears the high  186,187  performance event selects; c1,c2 the counters
 *      17      platform id; 2A power-on configuration: 0        1A0      miscellaneous enables: fast strings
 *      1B      APIC base: there is no local APIC                1D9      debug control: BTF
 *      79,8B   microcode update: none is loaded                 200-2FF  MTRRs;  277 PAT
 *      FE      MTRR capabilities                                C0000080 EFER: NXE
 *
 * *Not modelled*: memory types have no effect; counters keep what is written and do not count; last-branch records.
 */
import { EFER_NXE } from '../mmu/paging.ts';
import type { Cpu } from './cpu.ts';
import { Exception } from './descriptors.ts';
import type { Feature } from './models.ts';

/** Value of a register: low and high word, signed or not. */
interface Pair {
  low: number;
  high: number;
}

interface Register {
  readonly feature: Feature;
  /** Bits that may be set; writing others is #GP. Bits of the high word. */
  readonly low: number;
  readonly high: number;
  readonly initial?: Pair;
  /** Writing is #GP(0) as a whole. */
  readonly readOnly?: true;
  /** Writes are accepted and lost. */
  readonly inert?: true;
  /** Further conditions on a value. */
  readonly valid?: (value: Pair) => boolean;
}

const TSC = 0x10;
const PERFORMANCE_COUNTERS = [0xc1, 0xc2] as const;
const BRANCH_TRAPS = 0x1d9;
const BTF = 2;
/** Registers that are words of the processor's state: which, the feature they come with, the bits they have. */
const STATE_WORDS = new Map([
  [0x174, { word: 'sysenterCs', feature: 'sep', bits: 0xffff }],
  [0x175, { word: 'sysenterEsp', feature: 'sep', bits: -1 }],
  [0x176, { word: 'sysenterEip', feature: 'sep', bits: -1 }],
  [0xc0000080, { word: 'efer', feature: 'nx', bits: EFER_NXE }],
] as const);

const every = (pair: Pair, test: (byte: number) => boolean): boolean =>
  [pair.low, pair.high].every(word => [0, 8, 16, 24].every(shift => test((word >>> shift) & 0xff)));
const memoryType = (type: number): boolean => [0, 1, 4, 5, 6].includes(type);
/** Physical addresses have 36 bits. */
const ADDRESS_HIGH = 0xf;

function registers(): ReadonlyMap<number, Register> {
  const map = new Map<number, Register>([
    [0x00, { feature: 'msr', low: -1, high: -1, inert: true }],
    [0x01, { feature: 'msr', low: -1, high: -1, inert: true }],
    [0x17, { feature: 'pmc', low: 0, high: 0, readOnly: true }],
    // The bootstrap processor, its APIC disabled; enabling it has no effect.
    [0x1b, { feature: 'pmc', low: -1, high: ADDRESS_HIGH, inert: true, initial: { low: 0xfee00100, high: 0 } }],
    [0x2a, { feature: 'pmc', low: -1, high: -1, inert: true }],
    [0x79, { feature: 'pmc', low: -1, high: -1, inert: true }],
    [0x8b, { feature: 'pmc', low: -1, high: -1, inert: true }],
    // 8 variable ranges, the fixed ones, write-combining.
    [0xfe, { feature: 'mtrr', low: 0, high: 0, readOnly: true, initial: { low: 0x508, high: 0 } }],
    [0x186, { feature: 'pmc', low: -1, high: 0 }],
    [0x187, { feature: 'pmc', low: -1, high: 0 }],
    [0x1a0, { feature: 'nx', low: -1, high: -1, inert: true, initial: { low: 1, high: 0 } }],
    [BRANCH_TRAPS, { feature: 'pmc', low: BTF, high: 0 }],
    [0x277, { feature: 'pat', low: -1, high: -1, valid: pair => every(pair, type => memoryType(type) || type === 7) }],
    [0x2ff, { feature: 'mtrr', low: 0xcff, high: 0, valid: ({ low }) => memoryType(low & 0xff) }],
  ]);
  for (const counter of PERFORMANCE_COUNTERS) map.set(counter, { feature: 'pmc', low: -1, high: 0xff });
  for (let range = 0; range < 8; range++) {
    map.set(0x200 + 2 * range, {
      feature: 'mtrr',
      low: 0xfffff0ff | 0,
      high: ADDRESS_HIGH,
      valid: ({ low }) => memoryType(low & 0xff),
    });
    map.set(0x201 + 2 * range, { feature: 'mtrr', low: 0xfffff800 | 0, high: ADDRESS_HIGH });
  }
  for (const fixed of [0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f])
    map.set(fixed, { feature: 'mtrr', low: -1, high: -1, valid: pair => every(pair, memoryType) });
  return map;
}

const Registers = registers();

const ZERO: Readonly<Pair> = { low: 0, high: 0 };

/** The values of those registers that neither state words nor the clock hold. */
export class ModelRegisters {
  private values = new Map<number, Pair>();

  reset(): void {
    this.values = new Map([[0x277, { low: 0x00070406, high: 0x00070406 }]]);
  }

  get(number: number): Readonly<Pair> {
    return this.values.get(number) ?? Registers.get(number)?.initial ?? ZERO;
  }

  set(number: number, value: Pair): void {
    this.values.set(number, value);
  }

  /** DEBUGCTL.BTF: TF traps after branches alone. */
  get branchTraps(): boolean {
    return (this.get(BRANCH_TRAPS).low & BTF) !== 0;
  }

  clearBranchTraps(): void {
    if (this.values.has(BRANCH_TRAPS)) this.set(BRANCH_TRAPS, { low: 0, high: 0 });
  }
}

function answer(cpu: Cpu, { low, high }: Pair): boolean {
  cpu.state.eax = low | 0;
  cpu.state.edx = high | 0;
  return true;
}

function find(cpu: Cpu, number: number): Register | undefined {
  const register = Registers.get(number);
  return register && cpu.model.features.has(register.feature) ? register : undefined;
}

export function readModelRegister(cpu: Cpu): boolean {
  const number = cpu.state.ecx >>> 0;
  if (number === TSC) return answer(cpu, timestamp(cpu));
  const held = STATE_WORDS.get(number as 0x174);
  if (held && cpu.model.features.has(held.feature)) return answer(cpu, { low: cpu.state[held.word], high: 0 });
  return find(cpu, number) ? answer(cpu, cpu.modelRegisters.get(number)) : cpu.raise(Exception.GP, 0);
}

export function writeModelRegister(cpu: Cpu): boolean {
  const { state } = cpu;
  const number = state.ecx >>> 0;
  const value = { low: state.eax, high: state.edx };
  if (number === TSC) {
    setTimestamp(cpu, value.low);
    return true;
  }
  const held = STATE_WORDS.get(number as 0x174);
  if (held && cpu.model.features.has(held.feature)) {
    const { word, bits } = held;
    // Undefined bits of EFER are reserved, those of SYSENTER_CS ignored.
    if (word === 'efer' && ((value.low & ~bits) !== 0 || value.high !== 0)) return cpu.raise(Exception.GP, 0);
    state[word] = value.low & bits;
    if (word === 'efer') cpu.flushTlb();
    return true;
  }
  const register = find(cpu, number);
  const allowed =
    register &&
    !register.readOnly &&
    (value.low & ~register.low) === 0 &&
    (value.high & ~register.high) === 0 &&
    (register.valid?.(value) ?? true);
  if (!allowed) return cpu.raise(Exception.GP, 0);
  if (!register.inert) cpu.modelRegisters.set(number, value);
  return true;
}

const WORD = 2 ** 32;

/** The clock, moved by what the guest wrote: 64 bits, which go round. */
function timestamp(cpu: Cpu): Pair {
  const ticks = cpu.bus.timestamp();
  const { timestampLow, timestampHigh } = cpu.state;
  const low = (ticks % WORD) + (timestampLow >>> 0);
  const carry = low >= WORD ? 1 : 0;
  return { low: low | 0, high: (Math.floor(ticks / WORD) + timestampHigh + carry) | 0 };
}

/** The P6 sets the low half and clears the high one. */
function setTimestamp(cpu: Cpu, low: number): void {
  const ticks = cpu.bus.timestamp();
  const difference = (low >>> 0) - (ticks % WORD);
  cpu.state.timestampLow = difference | 0;
  cpu.state.timestampHigh = (-Math.floor(ticks / WORD) - (difference < 0 ? 1 : 0)) | 0;
}

/** RDTSC: CR4.TSD reserves it to CPL 0. */
export function readTimestamp(cpu: Cpu): boolean {
  const disabled = (cpu.state.cr4 & 4) !== 0 && cpu.state.cpl !== 0;
  return disabled ? cpu.raise(Exception.GP, 0) : answer(cpu, timestamp(cpu));
}

/** RDPMC: CR4.PCE opens it to all. */
export function readCounter(cpu: Cpu): boolean {
  const counter = PERFORMANCE_COUNTERS[cpu.state.ecx >>> 0];
  const closed = (cpu.state.cr4 & 0x100) === 0 && cpu.state.cpl !== 0;
  if (closed || counter === undefined) return cpu.raise(Exception.GP, 0);
  return answer(cpu, cpu.modelRegisters.get(counter));
}
