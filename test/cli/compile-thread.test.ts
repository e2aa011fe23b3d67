/** Compiling in a thread of its own, as built: what comes of it comes when it comes, and the run is the same. */
import { availableParallelism } from 'node:os';
import { expect, inject, it } from 'vitest';
import { useCompileThread } from '../../src/cli/compile-thread.ts';
import type { Cpu } from '../../src/cpu/cpu.ts';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { assemble } from '../../src/isa/assemble.ts';
import { compileBeside, DEFAULTS, Jit } from '../../src/jit/jit.ts';
import { architecture, enterProtected, makeCpu, poke } from '../cpu/rig.ts';

const CODE = 0x20000;
/** How many of the loops are open. */
const OPEN = 0x30000;
const LOOPS = 100;
const STRETCH = 2_000_000;
/** Ten seconds of waiting are enough for a thread to start in. */
const MOST_STRETCHES = 10_000;
const PAUSE_MS = 1;
/** Until the thread is there, another loop is opened after so many: there are enough for all of that time. */
const STRETCHES_ALONE = MOST_STRETCHES / LOOPS;

/** The loops that are open, one after the other, for ever: a region each. */
function program(): Uint8Array {
  const loops = Array.from(
    { length: LOOPS },
    (_, i) =>
      `cmp dword [${OPEN}],${i}\njbe main\nmov ecx,4000\nl${i}:\nadd eax,ecx\nxor edx,${i * 77}\ndec ecx\njnz l${i}`,
  );
  return assemble(`main:\n${loops.join('\n')}\njmp main`, 32, CODE).bytes;
}

function start(cpu: Cpu): Cpu {
  poke(cpu, CODE, program());
  enterProtected(cpu);
  Object.assign(cpu.state, { eip: CODE, esp: 0x10000 });
  return cpu;
}

const single = availableParallelism() === 1;

it.skipIf(single)(`a thread compiles beside the run${single ? ': one processor' : ''}`, async () => {
  useCompileThread(inject('built'));
  let jit!: Jit;
  const cpu = start(
    makeCpu({
      engine: (memory, imports) => {
        jit = new Jit(memory, wasmEngine(memory, imports), { ...DEFAULTS, besideAfter: 0, merge: 3 });
        return jit;
      },
    }),
  );
  compileBeside(undefined);
  const { statistics } = jit;
  /** Instructions executed when each loop was opened: one at a time, so that none waits for another and comes in its module. */
  const opened: number[] = [];
  let modules = -1;
  // Mergers of what the compiler of this thread has handed over, and of the other's.
  for (let i = 0; i < MOST_STRETCHES && (statistics.beside < 6 || statistics.merges < 2); i++) {
    if (statistics.beside > 0 ? statistics.modules > modules : i % STRETCHES_ALONE === 0) {
      opened.push(cpu.insns);
      cpu.writePhysical(OPEN, opened.length, 4);
      modules = statistics.modules;
    }
    cpu.run(STRETCH);
    await new Promise(resolve => setTimeout(resolve, PAUSE_MS));
  }
  expect(statistics.beside).toBeGreaterThanOrEqual(6);
  expect(statistics.merges).toBeGreaterThanOrEqual(2);
  const reference = start(makeCpu());
  for (const [i, insns] of opened.entries()) {
    reference.run(insns - reference.insns);
    reference.writePhysical(OPEN, i + 1, 4);
  }
  reference.run(cpu.insns - reference.insns);
  expect(architecture(cpu)).toEqual(architecture(reference));
});
