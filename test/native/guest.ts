/**
 * Our processor in the place of the host's: cases on a UserMachine that has the process's memory and tables (areas.ts). A case that touches what only the host
 * has - at FREE_END and above, or in its own part of the GDT - is no case.
 */
import { type Arrival, type UserEnd, UserMachine } from '../../src/conform/user-machine.ts';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { type MakeEngine, wasmEngine } from '../../src/cpu/engine.ts';
import { General32, Segments } from '../../src/isa/registers.ts';
import type { RegisterValues, VectorRegister } from '../../src/loaders/vector.ts';
import { areasAt, FOREIGN_ENTRIES, LONG_CODE_INDEX } from './areas.ts';
import type { Case, Change, Outcome } from './case.ts';
import { DATA_BYTES, FREE_END, PATTERN_BYTES, READ_ONLY_BYTES } from './layout.ts';

/** Why a case is not one for the host, or what became of it here. */
export type GuestOutcome = Outcome | { readonly unfit: string };

export class Guest {
  private readonly machine: UserMachine;
  private readonly data: number;
  private pattern: Uint8Array = new Uint8Array(PATTERN_BYTES);
  private runs = 0;

  constructor(data: number, engine: MakeEngine = wasmEngine) {
    this.data = data;
    this.machine = new UserMachine(areasAt(data), engine, FOREIGN_ENTRIES);
  }

  get cpu(): Cpu {
    return this.machine.cpu;
  }

  /** Contents of the read-only and data pages before each case from now on. */
  fill(pattern: Uint8Array): void {
    this.pattern = pattern.slice();
    this.machine.fill(pattern);
  }

  /** By turns in a block and as the only instruction of a slice, unless told how to come upon the instruction. */
  run(one: Case, arrival: Arrival = this.runs++ % 2 === 1 ? 'step' : 'block'): GuestOutcome {
    const end = this.machine.run(Uint8Array.from(one.code), registersOf(one), this.memoryOf(one), arrival);
    return end ? this.outcome(one, end) : { unfit: 'shut down or endless' };
  }

  /** Then nobody can judge: what is undefined after the instruction that comes next, and where hosts differ in it, is not known. */
  jumpsIntoItself(one: Case): boolean {
    return this.machine.jumpsIntoItself(Uint8Array.from(one.code), registersOf(one), this.memoryOf(one));
  }

  private memoryOf({ patches }: Case): (readonly [number, number])[] {
    return patches.flatMap(({ offset, bytes }) => bytes.map((byte, i) => [this.data + offset + i, byte] as const));
  }

  private outcome({ patches }: Case, { vector, error, cr2, registers: after }: UserEnd): GuestOutcome {
    if (cr2 >= FREE_END) return { unfit: 'touches what only the host has' };
    if (after.cs! >> 3 === LONG_CODE_INDEX) return { unfit: 'enters 64-bit code' };
    const expected = this.pattern.slice(READ_ONLY_BYTES);
    for (const { offset, bytes } of patches) expected.set(bytes, offset);
    return {
      vector,
      error,
      cr2,
      eip: after.eip!,
      eflags: after.eflags!,
      registers: General32.map(name => after[name]!),
      selectors: Segments.map(name => after[name]!),
      changes: differences(this.machine.data.subarray(READ_ONLY_BYTES, READ_ONLY_BYTES + DATA_BYTES), expected),
    };
  }
}

export function registersOf({
  registers,
  selectors,
  eip,
  eflags,
}: Pick<Outcome, 'registers' | 'selectors' | 'eip' | 'eflags'>): RegisterValues {
  const values: Partial<Record<VectorRegister, number>> = { eip, eflags };
  for (const [i, name] of General32.entries()) values[name] = registers[i]! >>> 0;
  for (const [i, name] of Segments.entries()) values[name] = selectors[i]!;
  return values;
}

/** Runs of bytes in which `now` differs from `before`: as the runner reports them, 8 equal bytes end a run. */
function differences(now: Uint8Array, before: Uint8Array): Change[] {
  if (Buffer.compare(now, before) === 0) return [];
  const changes: Change[] = [];
  for (let at = 0; at < now.length; at++) {
    if (now[at] === before[at]) continue;
    let end = at + 1;
    for (let i = end; i < now.length && i < end + 8; i++) if (now[i] !== before[i]) end = i + 1;
    changes.push({ offset: at, bytes: now.slice(at, end) });
    at = end - 1;
  }
  return changes;
}
