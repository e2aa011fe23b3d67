/** Determinism over engines: a whole run - boot, kernel, program - is the same on each, to the last byte of memory and the last instruction. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseElf32 } from '../../src/loaders/elf32.ts';
import { makeRunDisk } from '../../src/loaders/run-disk.ts';
import type { EngineName } from '../../src/session/engine-names.ts';
import { Engines } from '../../src/session/engines.ts';
import { ProgramSession } from '../../src/session/program-session.ts';
import { isLong, share } from '../setup/share.ts';

/** `slice`: instructions a run() at a time. */
function run(name: string, args: readonly string[], engine: EngineName, slice = 1e12): unknown {
  const program = readFileSync(`guests/programs/bin/${name}`);
  let output = '';
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
    stdout: byte => {
      output += String.fromCharCode(byte);
    },
    stderr: byte => {
      output += String.fromCharCode(byte);
    },
  });
  const { pc } = session;
  let stop = pc.run(slice);
  while (stop.reason === 'limit') stop = pc.run(slice);
  const hash = createHash('sha256').update(pc.cpu.physical.bytes).digest('hex');
  return { stop, insns: pc.cpu.insns, output, hash };
}

describe('the same run on every engine', () => {
  const programs: readonly [string, readonly string[]][] = [
    ['hello', []],
    ['fault-stack', []],
    ['story', []],
    ['malloc-test', ['20']],
  ];
  it.each(programs.slice(0, share(1, programs.length)))('%s', { timeout: 300_000 }, (name, args) => {
    const expected = run(name, args, 'interp');
    expect(run(name, args, 'jit-eager')).toEqual(expected);
    expect(run(name, args, 'jit', 99_991)).toEqual(expected);
  });

  it.runIf(isLong)('hello, on the printed oracle', { timeout: 300_000 }, () => {
    expect(run('hello', [], 'oracle')).toEqual(run('hello', [], 'interp'));
  });
});
