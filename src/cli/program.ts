/** A program under the tiny kernel as every command has it: read, checked, put on a disk, in a machine with the host's streams; and what is said at its end. */
import { basename } from 'node:path';
import { type ModelName, Models } from '../cpu/models.ts';
import type { FaultExplanation } from '../inspect/fault-explanation.ts';
import { type Death, formatDeath, formatFault } from '../inspect/fault-report.ts';
import type { Task } from '../inspect/maps.ts';
import { checkProgram, parseElf32 } from '../loaders/elf32.ts';
import { makeRunDisk } from '../loaders/run-disk.ts';
import type { SerialSource } from '../machine/pc.ts';
import { autopsy, LONGEST_REPLAY } from '../session/autopsy.ts';
import { type Ending, type FinalStop, programEnding, SignalNames } from '../session/ending.ts';
import { DEFAULT_ENGINE, type EngineName } from '../session/engine-names.ts';
import { engineOf } from '../session/engines.ts';
import { changesBetween } from '../session/mounted.ts';
import { type ProcessDeath, ProgramSession } from '../session/program-session.ts';
import { Journal } from '../session/replay.ts';
import * as assets from './assets.ts';
import { type DriveOptions, drive } from './drive.ts';
import { naming, readWhole } from './files.ts';
import { StandardInput } from './input.ts';
import { moveInputFile, openInputFile } from './input-file.ts';
import { type HostMount, type MountOption, readMounts } from './mount.ts';
import { Output } from './output.ts';
import { RunTerminal } from './run-terminal.ts';
import { sourceText } from './sources.ts';
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

/** Options that every run of a program has. */
export interface ProgramOptions extends CommonOptions {
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

/** How a run ended, and what can be said of it. */
export interface Conclusion {
  readonly ending: Ending;
  readonly fault: FaultExplanation | undefined;
  /** Of a signal that was no fault. */
  readonly death: Death | undefined;
  readonly task: Task | undefined;
}

/** Bytes of the kernel's log kept for when it panics. */
const LAST_WORDS = 2000;
/** The guest kernel lies at 1 MiB. */
const LEAST_MEMORY = 2 << 20;

export class OpenProgram {
  readonly session: ProgramSession;
  readonly voice: Voice;
  readonly output = new Output();
  private readonly options: ProgramOptions;
  private readonly terminal = new RunTerminal();
  private readonly stdin = new StandardInput(this.terminal.filter);
  private readonly inputFile = openInputFile();
  private readonly mounts: readonly HostMount[];
  /** What came in, and the same session fed by it: for an autopsy. */
  private readonly journal: Journal;
  private readonly again: (source: SerialSource) => ProgramSession;
  // A panic must be heard even when the log is not wanted.
  private readonly lastWords: number[] = [];

  /** `printsTo`: where the program's standard output goes; `files` will be written at the end, and are tried at once. Throws UserError. */
  constructor(
    options: ProgramOptions,
    command: string,
    printsTo: 'stdout' | 'stderr' = 'stdout',
    files: readonly string[] = [],
  ) {
    this.options = options;
    const { file, kernelLog } = options;
    if (!Models[options.model].features.has('cmov'))
      throw new UserError(
        `${command} --cpu ${options.model}: the kernel it runs on needs a pentium-pro or later; boot takes any`,
      );
    if (options.memoryBytes < LEAST_MEMORY) throw new UserError(`${command} needs 2M of memory at least: -m 2M`);
    const bytes = readProgram(file, false);
    const program = naming(file, () => {
      const elf = parseElf32(bytes);
      checkProgram(elf);
      return elf;
    });
    const { output } = this;
    this.voice = new Voice({ ...options, reports: [...options.reports, ...files], output });
    const { voice, terminal } = this;
    this.mounts = readMounts(options.mounts, message => voice.say(message));
    const disk = naming(file, () =>
      makeRunDisk({
        bootImage: assets.kernelBootImage(),
        name: file,
        program: bytes,
        argv: [file, ...options.args],
        envp: options.env,
        seed: options.seed,
        aslr: options.aslr,
        log: kernelLog,
        files: assets.rootFiles(),
        mounts: this.mounts,
        terminal: terminal.facts,
        ...(this.inputFile ? { stdin: this.inputFile } : {}),
        ...(options.directory === undefined ? {} : { directory: options.directory }),
        ...(options.free === undefined ? {} : { free: options.free }),
      }),
    );
    const parts = {
      bios: assets.bios(),
      disk,
      program,
      kernelElf: assets.kernelElf,
      memoryBytes: options.memoryBytes,
      model: options.model,
      sourceText,
    };
    const silent = (): void => {};
    this.again = source =>
      new ProgramSession({
        ...parts,
        engine: engineOf(DEFAULT_ENGINE, false),
        stdin: source,
        stdout: silent,
        stderr: silent,
      });
    this.journal = new Journal(this.stdin, () => this.session.pc.ticks);
    this.session = new ProgramSession({
      ...parts,
      engine: engineOf(options.engine, options.stats),
      stdin: this.journal,
      ...(terminal.facts.stdin ? { terminal } : {}),
      stdout: terminal.sink('stdout', byte => output.put(printsTo, byte)),
      stderr: terminal.sink('stderr', byte => output.put('stderr', byte)),
      kernelLog: byte => {
        if (kernelLog) this.voice.raw(byte);
        else if (this.lastWords.push(byte) > LAST_WORDS) this.lastWords.shift();
      },
      ...(options.quiet ? {} : { died: deathTeller(voice) }),
      log: message => this.voice.note(message),
    });
  }

  async run(more: Pick<DriveOptions, 'isReached' | 'run'> = {}): Promise<FinalStop> {
    const { session, output, options, stdin, terminal, inputFile } = this;
    const stop = await terminal.during(stdin, onPause =>
      drive({
        pc: session.pc,
        output,
        input: stdin,
        maxInsns: options.maxInsns,
        wall: options.wall,
        realIdle: terminal.facts.stdin,
        onPause,
        ...more,
      }),
    );
    const position = inputFile && session.inputPosition;
    if (position !== undefined) moveInputFile(inputFile!, position);
    return stop;
  }

  /** What the end of the run means. `thorough`: the process is wanted even where nothing went wrong. */
  conclude(stop: FinalStop, thorough: boolean): Conclusion {
    const { session } = this;
    const ending = programEnding(stop);
    if (ending.reason !== 'signal' || stop.reason !== 'debug-exit')
      return { ending, fault: undefined, death: undefined, task: thorough ? session.task() : undefined };
    const number = stop.value & 0x7f;
    const { insns } = session.pc.cpu;
    const { again: build, journal } = this;
    const snapshot = session.fatalException(number);
    // What a terminal does besides is not in the journal.
    const found =
      insns <= LONGEST_REPLAY && !this.terminal.facts.stdin ? autopsy({ build, journal, snapshot, insns }) : undefined;
    const fault = session.fault(number, found?.history);
    return { ending, fault, death: fault ? undefined : session.death(found?.history), task: session.task() };
  }

  /** Carries what the guest wrote over to the host; false when some of it could not be. */
  writeMounts(): boolean {
    return writeMounts(this.session, this.mounts, message => this.voice.say(`real86: ${message}`));
  }

  /** Says what a program died of, or a kernel that gave itself up. */
  tell({ ending, fault, death, task }: Conclusion): void {
    const { voice, options, lastWords, session } = this;
    if (ending.reason === 'signal' && ending.signal !== undefined) {
      const who = {
        signal: ending.signal,
        pid: task?.pid ?? 1,
        program: task?.name ?? basename(options.file),
        exitCode: ending.exitCode,
      };
      voice.say(
        fault
          ? formatFault(fault, who, voice.palette)
          : death
            ? formatDeath(death, who, session.pc.cpu.insns, voice.palette)
            : `${who.signal}  pid ${who.pid} ${who.program}\n  exit ${who.exitCode}`,
      );
    }
    if (ending.reason === 'error') voice.say(new TextDecoder().decode(Uint8Array.from(lastWords)).trimEnd());
  }
}

/** More of them tell nothing new: a program that tests what crashes, say. */
const DEATHS_TOLD = 3;

/** Says why processes that the program has started came to their ends. */
function deathTeller(voice: Voice): (death: ProcessDeath) => void {
  let count = 0;
  return ({ pid, program, signal, fault, death, insns }) => {
    count++;
    const who = { signal: SignalNames[signal] ?? `signal ${signal}`, pid, program, exitCode: 128 + signal };
    if (count <= DEATHS_TOLD && fault) voice.say(formatFault(fault, who, voice.palette));
    if (count <= DEATHS_TOLD && death) voice.say(formatDeath(death, who, insns, voice.palette));
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

/** Bytes a guest may leave in a mount, holes included. */
const MOST_WRITTEN = 2 ** 31;

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
