/** Runs vectors recorded from a process on a real processor (docs/host-vectors.md). Nothing is excluded here: what differs by design is not in the files. */
import type { MakeEngine } from '../cpu/engine.ts';
import { Access } from '../cpu/segments.ts';
import { General32, Segments } from '../isa/registers.ts';
import type { Vector, VectorAreas } from '../loaders/vector.ts';
import type { Difference, TestResult } from './results.ts';
import { type Arrival, UserMachine } from './user-machine.ts';

const BREAKPOINT = { vector: 3, error: 0, cr2: 0 };
const PAGE_FAULT = 14;
/** Error code bit 4, instruction fetch: set only where no-execute is on, which our processor lacks (SDM vol. 3, 4.7). */
const FETCH = 0x10;
const Compared = [...General32, ...Segments, 'eip', 'eflags'] as const;

export class HostRunner {
  private readonly machine: UserMachine;
  private readonly areas: VectorAreas;
  private readonly arrivals: readonly Arrival[];
  private runs = 0;

  /** `compiled`: the engine compiles what is jumped to, and is to do so with each instruction. */
  constructor(areas: VectorAreas, engine: MakeEngine, compiled = false) {
    this.areas = areas;
    this.arrivals = compiled ? ['jump'] : ['block', 'step'];
    this.machine = new UserMachine(areas, engine);
  }

  run(test: Vector): TestResult {
    const { machine } = this;
    const { initial, final, masks, fault: expected = BREAKPOINT } = test;
    const arrival = this.arrivals[this.runs++ % this.arrivals.length]!;
    const end = machine.run(test.bytes, initial.registers, initial.memory, arrival);
    if (!end) return { kind: 'failed', differences: [{ what: 'end', actual: 'none', expected: 'a fault or INT3' }] };
    const differences: Difference[] = [];
    const check = (what: string, actual: number, wanted: number, mask = 0xffffffff) => {
      if (((actual ^ wanted) & mask) !== 0)
        differences.push({ what, actual: hex(actual & mask), expected: hex(wanted & mask) });
    };
    check('vector', end.vector, expected.vector);
    if (end.vector === expected.vector) {
      check('error code', end.error, expected.error, end.vector === PAGE_FAULT ? ~FETCH : -1);
      check('cr2', end.cr2, expected.cr2);
    }
    const wanted = { ...initial.registers, ...final.registers };
    for (const name of Compared) check(name, end.registers[name] ?? 0, wanted[name] ?? 0, masks[name] ?? -1);
    this.compareMemory(test, check);
    return differences.length === 0 ? { kind: 'passed' } : { kind: 'failed', differences };
  }

  /** Whether the code segment that the vector starts in is a 32-bit one. */
  isBig({ initial }: Vector): boolean {
    return (this.machine.segment(initial.registers.cs ?? 0).access & Access.big) !== 0;
  }

  private compareMemory(
    { initial, final }: Vector,
    check: (what: string, actual: number, wanted: number) => void,
  ): void {
    const { data, pattern } = this.areas;
    const first = data - 0x1000;
    const wanted = pattern.slice();
    for (const [linear, value] of [...initial.memory, ...final.memory]) wanted[linear - first] = value;
    const actual = this.machine.data;
    for (let i = 0; i < actual.length; i++)
      if (actual[i] !== wanted[i]) check(`[${hex(first + i)}]`, actual[i]!, wanted[i]!);
  }
}

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`;
