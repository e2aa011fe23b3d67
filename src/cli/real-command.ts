/** `real86 run --real`: a 16-bit binary, .COM file or boot sector in real mode, where a pointer is an address. */
import { makeRealDisk } from '../loaders/real-disk.ts';
import { MemoryStore } from '../machine/block-store.ts';
import { Pc } from '../machine/pc.ts';
import { programEnding } from '../session/ending.ts';
import { engineOf } from '../session/engines.ts';
import { typeOn } from '../session/typing.ts';
import * as assets from './assets.ts';
import { drive } from './drive.ts';
import { naming } from './files.ts';
import { finish } from './finish.ts';
import { StandardInput } from './input.ts';
import { Output } from './output.ts';
import { type CommonOptions, readProgram } from './program.ts';
import { Voice } from './voice.ts';

export interface RealOptions extends CommonOptions {
  readonly debugLog: boolean;
}

/** Runs it; resolves to the exit code. What it prints through the BIOS or DOS is stdout; stdin is typed on its keyboard. */
export async function runReal(options: RealOptions): Promise<number> {
  const { file } = options;
  const bytes = readProgram(file, true);
  const disk = naming(file, () => makeRealDisk(file, bytes, assets.realLoader));
  const output = new Output();
  const voice = new Voice({ ...options, output });
  const pc = new Pc({
    engine: engineOf(options.engine, options.stats),
    memoryBytes: options.memoryBytes,
    model: options.model,
    bios: assets.bios(),
    disks: [new MemoryStore(disk.bytes)],
    teletype: byte => output.put('stdout', byte),
    ...(options.debugLog ? { debugConsole: (byte: number) => voice.raw(byte) } : {}),
    log: message => voice.note(message),
  });
  const input = new StandardInput();
  input.open();
  const stop = await drive({
    pc,
    output,
    input,
    maxInsns: options.maxInsns,
    wall: options.wall,
    realIdle: process.stdin.isTTY === true,
    betweenSlices: () => typeOn(pc, input.takeText()),
  });
  return finish({ ...options, command: 'run --real', pc, ending: programEnding(stop), seed: null, voice });
}
