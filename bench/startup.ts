/**
 * From the start of the process to a byte on its output: of a ROM whose first instructions send one, of the benchmark image after its firmware
 * and boot, of our kernel and a program under `real86 run`. Ours is measured as it is installed, from dist/.
 */
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IMAGE, MEMORY_MIB } from './engines/engine.ts';
import { QEMU, QEMU_MACHINE } from './engines/qemu.ts';
import { median } from './statistics.ts';
import { figure, table } from './table.ts';

const CLI = 'dist/cli.js';
const ROM_BYTES = 0x10000;
const RESET_VECTOR = 0xfff0;
/** `mov dx, 3F8h; mov al, '!'; out dx, al; mov al, 10; out dx, al; hlt` at F000:0000, a jump there at the reset vector. */
const SENDS = [0xba, 0xf8, 0x03, 0xb0, 0x21, 0xee, 0xb0, 0x0a, 0xee, 0xf4];
const JUMP = [0xea, 0x00, 0x00, 0x00, 0xf0];
const PATIENCE_MS = 30_000;

interface Start {
  readonly what: string;
  readonly engine: string;
  readonly command: readonly string[];
  readonly until: string;
}

export interface StartupOptions {
  readonly folder: string;
  readonly rounds: number;
  /** Names of the engines that are here. */
  readonly engines: readonly string[];
  /** How to start v86 with a ROM, or with the image. */
  readonly v86?: { readonly rom: (file: string) => string[]; readonly image: () => string[] };
}

export interface Startup {
  readonly what: string;
  readonly engine: string;
  readonly milliseconds: number;
}

/** Why ours is not measured; undefined when it is. */
export const startupMissing = (): string | undefined =>
  existsSync(CLI) ? undefined : `${CLI} is not built (npm run build)`;

export async function measureStartup(options: StartupOptions): Promise<Startup[]> {
  const list = starts(options);
  const times = list.map((): number[] => []);
  for (let round = 0; round < options.rounds; round++)
    for (const [i, start] of list.entries()) times[i]!.push(await timeUntil(start));
  return list.map(({ what, engine }, i) => ({ what, engine, milliseconds: median(times[i]!) }));
}

function starts({ folder, engines, v86 }: StartupOptions): Start[] {
  const rom = new Uint8Array(ROM_BYTES);
  rom.set(SENDS);
  rom.set(JUMP, RESET_VECTOR);
  const file = join(folder, 'first.rom');
  writeFileSync(file, rom);
  const list: Start[] = [];
  const first = (engine: string, command: readonly string[]) =>
    list.push({ what: 'first guest instructions', engine, command, until: '!' });
  const kernel = (engine: string, command: readonly string[]) =>
    list.push({ what: 'firmware and a Multiboot kernel', engine, command, until: 'BEGIN' });
  if (!startupMissing()) {
    const real86 = [process.execPath, CLI];
    first('real86', [...real86, 'boot', '--bios', file]);
    kernel('real86', [...real86, 'boot', '-m', `${MEMORY_MIB}M`, '--append', 'fib 1', IMAGE]);
    const hello = [...real86, 'run', '--kernel-log', 'hello'];
    list.push({ what: 'run hello: first line of the boot stage', engine: 'real86', command: hello, until: '[boot]' });
    list.push({ what: 'run hello: first line of the kernel', engine: 'real86', command: hello, until: '[kernel]' });
    list.push({ what: 'run hello: its own line', engine: 'real86', command: hello, until: 'Hello' });
  }
  if (engines.includes('qemu')) {
    const machine = [QEMU, ...QEMU_MACHINE];
    first('qemu', [...machine, '-bios', file]);
    kernel('qemu', [...machine, '-kernel', IMAGE, '-append', 'fib 1']);
  }
  if (v86) {
    first('v86', [process.execPath, ...v86.rom(file)]);
    kernel('v86', [process.execPath, ...v86.image()]);
  }
  return list;
}

function timeUntil({ command, until }: Start): Promise<number> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const [program, ...args] = command;
    const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: PATIENCE_MS });
    let output = '';
    let found: number | undefined;
    const look = (data: Buffer): void => {
      output += data.toString('latin1');
      if (found !== undefined || !output.includes(until)) return;
      found = performance.now() - begun;
      child.kill('SIGKILL');
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.on('error', reject);
    child.on('close', () => {
      if (found === undefined) reject(new Error(`${command.join(' ')} never said "${until}": ${output.slice(-200)}`));
      else resolve(found);
    });
  });
}

export function startupTable(startups: readonly Startup[]): string {
  const engines = [...new Set(startups.map(({ engine }) => engine))];
  const rows = [...new Set(startups.map(({ what }) => what))].map(what => [
    what,
    ...engines.map(engine => figure(startups.find(s => s.what === what && s.engine === engine)?.milliseconds)),
  ]);
  return table(['from start to', ...engines.map(engine => `${engine} ms`)], rows);
}
