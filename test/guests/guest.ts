/** Runs programs under the tiny kernel in this process, and compiles C for it and for the host where gcc can. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { afterAll } from 'vitest';
import { parseElf32 } from '../../src/loaders/elf32.ts';
import { BLOCK } from '../../src/loaders/ext2/layout.ts';
import { makeRunDisk, type RunDiskOptions } from '../../src/loaders/run-disk.ts';
import { SECTOR } from '../../src/machine/block-store.ts';
import { ProgramSession } from '../../src/session/program-session.ts';

const bios = readFileSync('roms/bios/bios.rom');
const bootImage = readFileSync('guests/kernel/boot.img');
const scratch = join(tmpdir(), `real86-guests-${process.pid}-${threadId}`);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A worker runs several test files with this one module: another file's end may have taken the folder away. */
function inScratch(name: string): string {
  mkdirSync(scratch, { recursive: true });
  return join(scratch, name);
}

export interface GuestOptions extends Partial<RunDiskOptions> {
  readonly argv: readonly string[];
  readonly input?: string;
  readonly memoryBytes?: number;
  readonly maxInsns?: number;
  /** Standard input is a terminal that types `input`. */
  readonly typed?: boolean;
  /** Nothing is typed before stdout ends with this. */
  readonly after?: string;
}

export interface GuestResult {
  /** As wait(2) encodes it; undefined when the run did not end by itself. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly log: string;
  readonly insns: number;
  readonly session: ProgramSession;
}

function text(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

export function runGuest(path: string, options: GuestOptions): GuestResult {
  const program = readFileSync(path);
  const disk = makeRunDisk({
    bootImage,
    name: basename(path),
    program,
    envp: ['HOME=/root', 'PATH=/bin'],
    seed: 1,
    aslr: true,
    log: true,
    files: [],
    free: 8 << 20,
    ...options,
  });
  const out = { stdout: [] as number[], stderr: [] as number[], log: [] as number[] };
  const input = new TextEncoder().encode(options.input ?? '');
  let at = 0;
  const isReady = (): boolean => at > 0 || text(out.stdout).endsWith(options.after ?? '');
  const session = new ProgramSession({
    bios,
    disk,
    program: parseElf32(program),
    kernelElf: () => readFileSync('guests/kernel/kernel.elf'),
    memoryBytes: options.memoryBytes ?? 64 << 20,
    stdin: { next: () => (isReady() ? input[at++] : undefined) ?? (options.typed ? 'wait' : 'eof') },
    ...(options.typed ? { terminal: { news: { next: () => 'wait' } } } : {}),
    stdout: byte => out.stdout.push(byte),
    stderr: byte => out.stderr.push(byte),
    kernelLog: byte => out.log.push(byte),
  });
  let left = options.maxInsns ?? 2e9;
  let status: number | undefined;
  for (;;) {
    const before = session.pc.ticks;
    const stop = session.pc.run(Math.min(left, 50e6));
    left -= session.pc.ticks - before;
    if (stop.reason === 'debug-exit') status = stop.value;
    const goesOn = stop.reason === 'limit' || (stop.reason === 'input' && at < input.length && isReady());
    if (!goesOn || left <= 0) break;
  }
  return {
    status,
    stdout: text(out.stdout),
    stderr: text(out.stderr),
    log: text(out.log),
    insns: session.pc.cpu.insns,
    session,
  };
}

/** What e2fsck finds wrong with the guest's root, after its run; undefined where there is no e2fsck. */
export function checkRoot({ session }: GuestResult): string | undefined {
  if (spawnSync('e2fsck', ['-V']).error) return undefined;
  const start = Math.ceil(bootImage.length / SECTOR);
  const superblock = session.disk.read(start + 2, 2);
  const blocks = new DataView(superblock.buffer, superblock.byteOffset).getUint32(4, true);
  const image = inScratch('root.img');
  writeFileSync(image, session.disk.read(start, blocks * (BLOCK / SECTOR)));
  const { status, stdout } = spawnSync('e2fsck', ['-fn', image], { encoding: 'utf8' });
  return status === 0 ? '' : stdout;
}

let probe: { readonly compiles: boolean; readonly executes: boolean } | undefined;

function probed(): NonNullable<typeof probe> {
  if (!probe) {
    const source = inScratch('probe.c');
    writeFileSync(source, 'int main(void) { return 0; }\n');
    const compiles = spawnSync('gcc', ['-m32', '-static', source, '-o', `${source}.out`]).status === 0;
    probe = { compiles, executes: compiles && spawnSync(`${source}.out`).status === 0 };
  }
  return probe;
}

/** Whether this machine builds static 32-bit programs. */
export const canCompile = (): boolean => probed().compiles;

/** Whether it executes them, too: a 64-bit kernel may be built without that. */
export const runsHere = (): boolean => probed().executes;

/** Builds a C program with the host's library and others it names (`-lm`); the same file runs here and there. */
export function compile(source: string, ...libraries: string[]): string {
  const to = inScratch(basename(source, '.c'));
  if (!existsSync(to)) execFileSync('gcc', ['-m32', '-static', '-O1', '-w', source, '-o', to, ...libraries]);
  return to;
}

/** What it prints here, in an empty directory of its own. */
export function runHere(program: string, ...args: string[]): string {
  const { stdout, error } = spawnSync(program, args, { encoding: 'utf8', cwd: mkdtempSync(inScratch('here-')) });
  if (error) throw error;
  return stdout;
}
