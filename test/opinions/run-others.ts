/** The cases on Bochs and on QEMU, each in a folder of its own that goes afterwards. Neither has a part in ours: they are second and third opinions. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const Others = ['bochs', 'qemu'] as const;
export type Other = (typeof Others)[number];

/** Without a byte for so long, a case does not end. */
const PATIENCE_MS = 30_000;
/** Builds of Bochs with a debugger wait for a command at the beginning and after each reset: they get `c`. */
const MOST_RESETS = 20_000;
const BLOCK = 512;
const HEADS = 16;
const SECTORS = 63;

/** Pentium III of each. */
const QEMU_CPU = 'pentium3';
const BOCHS_CPU = 'p3_katmai';

const PROGRAM: Readonly<Record<Other, string>> = { bochs: 'bochs', qemu: 'qemu-system-i386' };

/** Why that one cannot be asked here, or undefined. */
export function whyNot(other: Other): string | undefined {
  const { error } = spawnSync(PROGRAM[other], [other === 'bochs' ? '--help' : '--version'], { stdio: 'ignore' });
  return error ? `no ${PROGRAM[other]} here` : undefined;
}

/** What the harness says on port E9h. Ends without its last line where a case does not end. */
export async function runOther(other: Other, disk: Uint8Array): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'opinions-'));
  try {
    writeFileSync(join(folder, 'disk.img'), disk);
    const args = other === 'bochs' ? bochs(folder, disk.length) : qemu(folder);
    return await collect(PROGRAM[other], args, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function qemu(folder: string): string[] {
  return [
    ...['-machine', 'pc', '-cpu', QEMU_CPU, '-m', '64', '-display', 'none', '-monitor', 'none', '-serial', 'none'],
    ...['-net', 'none', '-drive', `file=${join(folder, 'disk.img')},format=raw,if=ide`],
    ...['-debugcon', 'stdio', '-device', 'isa-debug-exit,iobase=0x501,iosize=4'],
  ];
}

function bochs(folder: string, bytes: number): string[] {
  const cylinders = bytes / (HEADS * SECTORS * BLOCK);
  const lines = [
    'config_interface: textconfig',
    // Its screen is offered to viewers that never come.
    'display_library: rfb, options="timeout=0"',
    `cpu: model=${BOCHS_CPU}, count=1, ips=200000000, reset_on_triple_fault=1, ignore_bad_msrs=0`,
    'megs: 64',
    `ata0-master: type=disk, path="${join(folder, 'disk.img')}", mode=flat, cylinders=${cylinders}, heads=${HEADS}, spt=${SECTORS}`,
    'boot: disk',
    'port_e9_hack: enabled=1',
    'clock: sync=none, time0=946684800',
    'log: bochs.log',
    'panic: action=fatal',
    'error: action=ignore',
    'info: action=ignore',
    'debug: action=ignore',
    'speaker: enabled=0',
  ];
  writeFileSync(join(folder, 'bochsrc'), `${lines.join('\n')}\n`);
  return ['-q', '-f', join(folder, 'bochsrc')];
}

function collect(program: string, args: readonly string[], folder: string): Promise<string> {
  const commands = join(folder, 'commands');
  writeFileSync(commands, 'c\n'.repeat(MOST_RESETS));
  const child = spawn(program, args, { cwd: folder, stdio: [openSync(commands, 'r'), 'pipe', 'ignore'] });
  const parts: Buffer[] = [];
  let length = 0;
  const stop = () => child.kill('SIGKILL');
  let timer = setTimeout(stop, PATIENCE_MS);
  child.stdout!.on('data', (part: Buffer) => {
    parts.push(part);
    length += part.length;
    clearTimeout(timer);
    if (isLast(part)) stop();
    else timer = setTimeout(stop, PATIENCE_MS);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(parts, length).toString('latin1'));
    });
  });
}

const isLast = (part: Buffer): boolean => /(^|\n)\.\n/.test(part.toString('latin1'));
