/** Boots the benchmark image on one of our engines, in this process, and takes the times at its marks. */
import { readFileSync } from 'node:fs';
import { enterMultiboot, HANDOVER_INDEX, handoverDisk } from '../../src/cli/multiboot-machine.ts';
import type { Engine } from '../../src/cpu/engine.ts';
import { loadMultiboot } from '../../src/loaders/multiboot1.ts';
import { Pc } from '../../src/machine/pc.ts';
import type { EngineName } from '../../src/session/engine-names.ts';
import { Engines } from '../../src/session/engines.ts';
import { IMAGE, MEMORY_MIB, type Sample } from './engine.ts';
import { SerialMarks } from './serial-marks.ts';

const BIOS = 'roms/bios/bios.rom';
const MOST_INSTRUCTIONS = 1e12;

export type GuestSample = Sample & { readonly instructions: number };

/** Throws when the guest faults or stops early. Paths are those of the repository, which must be the working directory. */
export function runGuest(engine: EngineName, workload: string, count: number): GuestSample {
  const memoryBytes = MEMORY_MIB << 20;
  const marks = new SerialMarks();
  let made: Engine | undefined;
  let begun: { at: number; insns: number } | undefined;
  let sample: GuestSample | undefined;
  let fault: string | undefined;
  const disks = [];
  disks[HANDOVER_INDEX] = handoverDisk();
  const transmit = (byte: number): void => {
    const mark = marks.put(byte);
    const { insns } = pc.cpu;
    if (mark?.kind === 'begin') begun = { at: performance.now(), insns };
    if (mark?.kind === 'fault') fault = mark.line;
    if (mark?.kind === 'end' && begun) {
      const milliseconds = performance.now() - begun.at;
      sample = { milliseconds, checksum: mark.checksum, instructions: insns - begun.insns };
    }
  };
  const pc = new Pc({
    memoryBytes,
    bios: readFileSync(BIOS),
    engine: (memory, imports) => {
      made = Engines[engine](memory, imports);
      return made;
    },
    disks,
    floppy: HANDOVER_INDEX,
    com1: { transmit },
  });
  if (!enterMultiboot(pc, loadMultiboot(readFileSync(IMAGE), `${workload} ${count}`, memoryBytes)))
    throw new Error('the BIOS did not reach the boot sector');
  const stop = pc.run(MOST_INSTRUCTIONS);
  if (!sample) throw new Error(fault ?? `the guest ended by ${JSON.stringify(stop)}`);
  return { ...sample, statistics: numbersOf(made) };
}

/** The numbers of an engine's `statistics`, those of objects in it by dotted names. */
function numbersOf(engine: object | undefined): Record<string, number> {
  const numbers: Record<string, number> = {};
  const collect = (prefix: string, value: unknown): void => {
    if (typeof value === 'number') numbers[prefix] = value;
    else if (typeof value === 'object' && value !== null)
      for (const [key, inner] of Object.entries(value)) collect(prefix === '' ? key : `${prefix}.${key}`, inner);
  };
  if (engine && 'statistics' in engine) collect('', engine.statistics);
  return numbers;
}
