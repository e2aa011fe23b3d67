/** A program under the tiny kernel as every command has it: read, checked, put on a disk, in a machine with the host's streams; and what is said at its end. */
import { basename } from 'node:path';
import { type ModelName, Models } from '../cpu/models.ts';
import type { FaultExplanation } from '../inspect/fault-explanation.ts';
import { formatFault } from '../inspect/fault-report.ts';
import type { Task } from '../inspect/maps.ts';
import { checkProgram, parseElf32 } from '../loaders/elf32.ts';
import { makeRunDisk } from '../loaders/run-disk.ts';
import { type Ending, type FinalStop, programEnding } from '../session/ending.ts';
import type { EngineName } from '../session/engine-names.ts';
import { engineOf } from '../session/engines.ts';
import { ProgramSession } from '../session/program-session.ts';
import * as assets from './assets.ts';
import { type DriveOptions, drive } from './drive.ts';
import { naming, readWhole } from './files.ts';
import { StandardInput } from './input.ts';
import { Output } from './output.ts';
import { suggestion } from './suggest.ts';
import { UserError } from './user-error.ts';
import { Voice } from './voice.ts';

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
}

/** How a run ended, and what can be said of it. */
export interface Conclusion {
  readonly ending: Ending;
  readonly fault: FaultExplanation | undefined;
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
  private readonly stdin = new StandardInput();
  // A panic must be heard even when the log is not wanted.
  private readonly lastWords: number[] = [];

  /** `printsTo`: where the program's standard output goes. Throws UserError. */
  constructor(options: ProgramOptions, command: string, printsTo: 'stdout' | 'stderr' = 'stdout') {
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
      }),
    );
    const { output } = this;
    this.voice = new Voice({ ...options, output });
    this.session = new ProgramSession({
      bios: assets.bios(),
      disk,
      program,
      kernelElf: assets.kernelElf,
      memoryBytes: options.memoryBytes,
      model: options.model,
      engine: engineOf(options.engine, options.stats),
      stdin: this.stdin,
      stdout: byte => output.put(printsTo, byte),
      stderr: byte => output.put('stderr', byte),
      kernelLog: byte => {
        if (kernelLog) this.voice.raw(byte);
        else if (this.lastWords.push(byte) > LAST_WORDS) this.lastWords.shift();
      },
      log: message => this.voice.note(message),
    });
  }

  run(more: Pick<DriveOptions, 'isReached'> = {}): Promise<FinalStop> {
    const { session, output, options, stdin } = this;
    return drive({ pc: session.pc, output, input: stdin, maxInsns: options.maxInsns, wall: options.wall, ...more });
  }

  /** What the end of the run means. `thorough`: the process is wanted even where nothing went wrong. */
  conclude(stop: FinalStop, thorough: boolean): Conclusion {
    const { session } = this;
    const ending = programEnding(stop);
    const died = ending.reason === 'signal';
    const fault = died && stop.reason === 'debug-exit' ? session.fault(stop.value & 0x7f) : undefined;
    return { ending, fault, task: thorough || died ? session.task() : undefined };
  }

  /** Says what a program died of, or a kernel that gave itself up. */
  tell({ ending, fault, task }: Conclusion): void {
    const { voice, options, lastWords } = this;
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
          : `${who.signal}  pid ${who.pid} ${who.program}\n  exit ${who.exitCode}`,
      );
    }
    if (ending.reason === 'error') voice.say(new TextDecoder().decode(Uint8Array.from(lastWords)).trimEnd());
  }
}

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
