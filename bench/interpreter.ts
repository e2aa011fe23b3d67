/**
 * The interpreter on compiled C with paging on: the example program `count` (sieve, matrix product, CRC) under the guest kernel, from reset to exit.
 * Prints instructions, time and rate of each round and the median. `npx tsx bench/interpreter.ts [rounds] [engine]`; the interpreter unless another is named.
 */
import { readFileSync } from 'node:fs';
import { parseElf32 } from '../src/loaders/elf32.ts';
import { makeRunDisk } from '../src/loaders/run-disk.ts';
import { EngineNames } from '../src/session/engine-names.ts';
import { Engines } from '../src/session/engines.ts';
import { ProgramSession } from '../src/session/program-session.ts';

const rounds = Number(process.argv[2] ?? 5);
const engine = EngineNames.find(name => name === process.argv[3]) ?? 'interp';
const program = readFileSync('guests/programs/bin/count');
const disk = makeRunDisk({
  bootImage: readFileSync('guests/kernel/boot.img'),
  name: 'count',
  program,
  argv: ['count', '40'],
  envp: [],
  seed: 0,
  aslr: true,
  log: false,
  files: [],
});

const rates: number[] = [];
for (let round = 1; round <= rounds; round++) {
  let output = '';
  const session = new ProgramSession({
    bios: readFileSync('roms/bios/bios.rom'),
    disk,
    program: parseElf32(program),
    kernelElf: () => readFileSync('guests/kernel/kernel.elf'),
    memoryBytes: 64 << 20,
    engine: Engines[engine],
    stdin: { next: () => 'eof' },
    stdout: byte => {
      output += String.fromCharCode(byte);
    },
    stderr: () => {},
  });
  const { pc } = session;
  const start = performance.now();
  const stop = pc.run(1e12);
  const seconds = (performance.now() - start) / 1000;
  if (stop.reason !== 'debug-exit' || stop.value !== 0)
    throw new Error(`the guest ended by ${JSON.stringify(stop)}: ${output}`);
  rates.push(pc.cpu.insns / seconds / 1e6);
  console.log(
    `round ${round}: ${pc.cpu.insns.toLocaleString('en')} instructions in ${seconds.toFixed(2)} s = ${rates.at(-1)!.toFixed(0)} M/s`,
  );
}
rates.sort((a, b) => a - b);
console.log(`${engine}: median ${rates[rates.length >> 1]!.toFixed(0)} M instructions/s`);
