/**
 * Random instructions in random machines, for as long as you like: `npx tsx test/cpu/fuzz-modes.ts [millions] [mode] [seed]`. Each round is replayed by its seed, printed
 * when the host throws, when it takes 20 s of processor time, or when the state is one no processor can be in.
 */
import { writeSync } from 'node:fs';
import { wasmEngine } from '../../src/cpu/engine.ts';
import { impossible, type MachineMode, MachineModes, prepareRandom } from './random-machine.ts';
import { makeCpu, Random } from './rig.ts';

const millions = Number(process.argv[2] ?? 1);
const modes = process.argv[3] && process.argv[3] !== 'all' ? [process.argv[3] as MachineMode] : MachineModes;
const firstSeed = Number(process.argv[4] ?? 1);
const ROUND = 20_000;
const SLOWEST_MS = 20_000;

const cpu = makeCpu({ engine: wasmEngine });
let bad = 0;
for (const mode of modes) {
  let executed = 0;
  let seed = firstSeed;
  const ends: Record<string, number> = {};
  const begun = Date.now();
  for (; executed < millions * 1e6; seed++) {
    const random = new Random(seed);
    cpu.reset();
    cpu.interruptLine = false;
    cpu.physical.bytes.fill(0);
    prepareRandom(cpu, mode, random);
    const before = cpu.insns;
    const started = process.cpuUsage().user;
    let end: string = 'limit';
    try {
      while (end === 'limit' && cpu.insns - before < ROUND) {
        const count = cpu.insns;
        if (random.below(8) === 0) cpu.nmiLine = true;
        cpu.nmiLine = false;
        cpu.interruptLine = random.below(4) === 0;
        end = cpu.run(1 + random.below(1000));
        const wrong = impossible(cpu) ?? (end === 'limit' && cpu.insns === count ? 'no progress' : undefined);
        if (wrong) throw new Error(wrong);
      }
      const ms = (process.cpuUsage().user - started) / 1000;
      if (ms > SLOWEST_MS) throw new Error(`${ms} ms`);
    } catch (error) {
      bad++;
      writeSync(1, `${mode} seed ${seed}, eip 0x${(cpu.state.eip >>> 0).toString(16)}: ${(error as Error).stack}\n`);
    }
    executed += cpu.insns - before;
    ends[end] = (ends[end] ?? 0) + 1;
  }
  const rate = executed / (Date.now() - begun) / 1000;
  writeSync(
    1,
    `${mode}: ${executed} instructions, seeds ${firstSeed} to ${seed - 1}, ${JSON.stringify(ends)}, ${rate.toFixed(2)} M/s\n`,
  );
}
process.exitCode = bad > 0 ? 1 : 0;
