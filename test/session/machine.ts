/** Whole runs of programs under the tiny kernel, for tests that look on. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseElf32 } from '../../src/loaders/elf32.ts';
import { makeRunDisk } from '../../src/loaders/run-disk.ts';
import type { EngineName } from '../../src/session/engine-names.ts';
import { Engines } from '../../src/session/engines.ts';
import { ProgramSession } from '../../src/session/program-session.ts';

export interface Run {
  readonly session: ProgramSession;
  /** Standard output and error. */
  output(): string;
}

/** A machine with a program on its disk: a bundled one by name, or the bytes of another. */
export function machineFor(name: string, args: readonly string[], engine: EngineName, bytes?: Uint8Array): Run {
  const program = bytes ?? readFileSync(`guests/programs/bin/${name}`);
  let output = '';
  const put = (byte: number): void => {
    output += String.fromCharCode(byte);
  };
  const session = new ProgramSession({
    bios: readFileSync('roms/bios/bios.rom'),
    disk: makeRunDisk({
      bootImage: readFileSync('guests/kernel/boot.img'),
      name,
      program,
      argv: [name, ...args],
      envp: ['HOME=/'],
      seed: 5,
      aslr: true,
      log: true,
      files: [{ name: 'usr/share/story.txt', data: readFileSync('guests/rootfs/usr/share/story.txt') }],
    }),
    program: parseElf32(program),
    kernelElf: () => readFileSync('guests/kernel/kernel.elf'),
    memoryBytes: 16 << 20,
    engine: Engines[engine],
    stdin: { next: () => 'eof' },
    stdout: put,
    stderr: put,
  });
  return { session, output: () => output };
}

/** Runs to the end, `slice` instructions at a time, and says what came of it. */
export function finish({ session, output }: Run, slice = 1e12): unknown {
  const { pc } = session;
  let stop = pc.run(slice);
  while (stop.reason === 'limit') stop = pc.run(slice);
  const hash = createHash('sha256').update(pc.cpu.physical.bytes).digest('hex');
  return { stop, insns: pc.cpu.insns, output: output(), hash };
}
