/** `real86 run`: a static i386 Linux program under the tiny kernel, booted from the reset vector. */
import { basename } from 'node:path';
import { type ModelName, Models } from '../cpu/models.ts';
import { formatFault } from '../inspect/fault-report.ts';
import { checkProgram, parseElf32 } from '../loaders/elf32.ts';
import { makeRunDisk } from '../loaders/run-disk.ts';
import { ExitCode, programEnding, SignalNames } from '../session/ending.ts';
import type { EngineName } from '../session/engine-names.ts';
import { engineOf } from '../session/engines.ts';
import { changesBetween } from '../session/mounted.ts';
import { type Death, ProgramSession } from '../session/program-session.ts';
import * as assets from './assets.ts';
import { drive } from './drive.ts';
import { naming, readWhole } from './files.ts';
import { finish } from './finish.ts';
import { StandardInput } from './input.ts';
import { type HostMount, type MountOption, readMounts } from './mount.ts';
import { Output } from './output.ts';
import { RunTerminal } from './run-terminal.ts';
import { suggestion } from './suggest.ts';
import { UserError } from './user-error.ts';
import { Voice } from './voice.ts';
import { writeBack } from './write-back.ts';

/** Options that every kind of run has. */
export interface CommonOptions {
  readonly file: string;
  readonly memoryBytes: number;
  readonly model: ModelName;
  readonly maxInsns: number | undefined;
  readonly wall: number | undefined;
  readonly engine: EngineName;
  readonly reports: readonly string[];
  readonly quiet: boolean;
  /** At the end, how the engine fared. */
  readonly stats: boolean;
  readonly log: string | undefined;
  readonly color: boolean | undefined;
}

export interface RunOptions extends CommonOptions {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly seed: number;
  readonly aslr: boolean;
  readonly kernelLog: boolean;
  readonly mounts: readonly MountOption[];
  /** Where the program begins. */
  readonly directory: string | undefined;
  /** Bytes free on the disk. */
  readonly free: number | undefined;
}

/** Runs the program; resolves to the exit code. */
export async function runProgram(options: RunOptions): Promise<number> {
  const { file, seed, kernelLog } = options;
  if (!Models[options.model].features.has('cmov'))
    throw new UserError(
      `run --cpu ${options.model}: the kernel it runs on needs a pentium-pro or later; boot takes any`,
    );
  if (options.memoryBytes < LEAST_MEMORY) throw new UserError('run needs 2M of memory at least: -m 2M');
  const bytes = readProgram(file, false);
  const program = naming(file, () => {
    const elf = parseElf32(bytes);
    checkProgram(elf);
    return elf;
  });
  const output = new Output();
  const voice = new Voice({ ...options, output });
  const terminal = new RunTerminal();
  const mounts = readMounts(options.mounts, message => voice.say(message));
  const disk = naming(file, () =>
    makeRunDisk({
      bootImage: assets.kernelBootImage(),
      name: file,
      program: bytes,
      argv: [file, ...options.args],
      envp: options.env,
      seed,
      aslr: options.aslr,
      log: kernelLog,
      files: assets.rootFiles(),
      mounts,
      terminal: terminal.facts,
      ...(options.directory === undefined ? {} : { directory: options.directory }),
      ...(options.free === undefined ? {} : { free: options.free }),
    }),
  );
  const stdin = new StandardInput(terminal.filter);
  // A panic must be heard even when the log is not wanted.
  const lastWords: number[] = [];
  const session = new ProgramSession({
    bios: assets.bios(),
    disk,
    program,
    kernelElf: assets.kernelElf,
    memoryBytes: options.memoryBytes,
    model: options.model,
    engine: engineOf(options.engine, options.stats),
    stdin,
    ...(terminal.facts.stdin ? { terminal } : {}),
    stdout: terminal.sink('stdout', byte => output.put('stdout', byte)),
    stderr: terminal.sink('stderr', byte => output.put('stderr', byte)),
    kernelLog: byte => {
      if (kernelLog) voice.raw(byte);
      else if (lastWords.push(byte) > LAST_WORDS) lastWords.shift();
    },
    ...(options.quiet ? {} : { died: deathTeller(voice) }),
    log: message => voice.note(message),
  });
  const { pc } = session;
  const stop = await terminal.during(stdin, onPause =>
    drive({
      pc,
      output,
      input: stdin,
      maxInsns: options.maxInsns,
      wall: options.wall,
      realIdle: terminal.facts.stdin,
      onPause,
    }),
  );
  const ending = programEnding(stop);
  const fault =
    ending.reason === 'signal' && stop.reason === 'debug-exit' ? session.fault(stop.value & 0x7f) : undefined;
  const wantsTask = options.reports.length > 0 || fault !== undefined || ending.reason === 'signal';
  const task = wantsTask ? session.task() : undefined;
  if (!options.quiet && ending.signal !== undefined && ending.reason === 'signal') {
    const who = {
      signal: ending.signal,
      pid: task?.pid ?? 1,
      program: task?.name ?? basename(file),
      exitCode: ending.exitCode,
    };
    voice.say(
      fault
        ? formatFault(fault, who, voice.palette)
        : `${who.signal}  pid ${who.pid} ${who.program}\n  exit ${who.exitCode}`,
    );
  }
  if (!options.quiet && ending.reason === 'error')
    voice.say(new TextDecoder().decode(Uint8Array.from(lastWords)).trimEnd());
  const kept = writeMounts(session, mounts, message => voice.say(`real86: ${message}`));
  const code = finish({ ...options, command: 'run', pc, ending, fault, task, symbols: session.symbols, voice });
  return kept ? code : ExitCode.error;
}

/** More of them tell nothing new: a program that tests what crashes, say. */
const DEATHS_TOLD = 3;

/** Says why processes that the program has started came to their ends. */
function deathTeller(voice: Voice): (death: Death) => void {
  let count = 0;
  return ({ pid, program, signal, fault }) => {
    count++;
    const who = { signal: SignalNames[signal] ?? `signal ${signal}`, pid, program, exitCode: 128 + signal };
    if (count <= DEATHS_TOLD) voice.say(formatFault(fault, who, voice.palette));
    if (count === DEATHS_TOLD + 1)
      voice.say(`real86: ${who.signal}  pid ${pid} ${program}, and what comes after it, is not shown`);
  };
}

/** Carries what the guest wrote over to the host. False, with a line for each, when some of it could not be. */
function writeMounts(session: ProgramSession, mounts: readonly HostMount[], note: (message: string) => void): boolean {
  let whole = true;
  mounts.forEach(({ host, tree, writable }, i) => {
    if (!writable) return;
    const say = (message: string): void => note(`--mount ${host}: ${message}`);
    try {
      const { root, skipped } = session.mounted(i, MOST_WRITTEN);
      for (const path of skipped) say(`${path}: no file, directory or link: not made on the host`);
      whole = writeBack(host, changesBetween(tree, root), say) && skipped.length === 0 && whole;
    } catch (error) {
      say(`nothing was written back: ${(error as Error).message}`);
      whole = false;
    }
  });
  return whole;
}

/** Bytes of the kernel's log kept for when it panics. */
const LAST_WORDS = 2000;

/** Bytes a guest may leave in a mount, holes included. */
const MOST_WRITTEN = 2 ** 31;

/** The guest kernel lies at 1 MiB. */
const LEAST_MEMORY = 2 << 20;

/** The bytes of a program the user names, or of a bundled one of that name. Throws UserError. */
export function readProgram(name: string, real: boolean): Uint8Array {
  try {
    return readWhole(assets.findProgram(name, real));
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== 127 || name.includes('/')) throw error;
    const hint =
      suggestion(name, assets.bundledPrograms(real)) ||
      ', and none of the examples that come with real86; see real86 run --help';
    throw new UserError(`${error.message}${hint}`, 127);
  }
}
