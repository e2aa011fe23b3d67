/** The command line, as yargs reads it: commands, flags, help. What comes out is checked and typed; what is wrong is a UserError. */

import yargs, { type Argv } from 'yargs';
import { DEFAULT_MODEL, type ModelName, ModelNames } from '../cpu/models.ts';
import { DEFAULT_ENGINE } from '../session/engine-names.ts';
import { bundledPrograms } from './assets.ts';
import type { BootOptions } from './boot-command.ts';
import { CONFORM, conformHelp, conformOptions } from './conform-arguments.ts';
import type { ConformOptions } from './conform-command.ts';
import { MAPS, mapsHelp, TRACE, traceHelp } from './inspection-arguments.ts';
import type { MapsOptions } from './maps-command.ts';
import { parseMount } from './mount.ts';
import type { CommonOptions, ProgramOptions } from './program.ts';
import {
  parseCount,
  parseDuration,
  parseEngine,
  parseEnvironment,
  parseExitMap,
  parseFree,
  parseGuestDirectory,
  parseMemory,
  parsePort,
  parseSeed,
} from './quantities.ts';
import type { RealOptions } from './real-command.ts';
import type { RunOptions } from './run-command.ts';
import { nearest, suggestion } from './suggest.ts';
import type { TraceOptions } from './trace-command.ts';
import { UserError } from './user-error.ts';

export type Command =
  | { readonly name: 'run'; readonly options: RunOptions }
  | { readonly name: 'real'; readonly options: RealOptions }
  | { readonly name: 'boot'; readonly options: BootOptions }
  | { readonly name: 'trace'; readonly options: TraceOptions }
  | { readonly name: 'maps'; readonly options: MapsOptions }
  | { readonly name: 'conform'; readonly options: ConformOptions }
  /** Help or the version has been printed. */
  | { readonly name: 'none' };

const EXIT_CODES = `Exit codes:
  the program's own; 128+signal when one ended it (139 SIGSEGV, 136 SIGFPE)
  121 triple fault   122 halted for ever   124 budget spent or time over
  125 bad usage or an error of real86   126 not loadable   127 not found`;

/** Columns of help, where the terminal has them. */
const WIDTH = 100;

/** Flags of every command. */
const COMMON = {
  memory: { alias: 'm', type: 'string', default: '64M', describe: 'RAM, 1M to 2047M', requiresArg: true },
  cpu: { choices: ModelNames, default: DEFAULT_MODEL, describe: 'The processor: what it lacks is an invalid opcode' },
  'max-insns': { type: 'string', describe: 'Stop after this many instructions, e.g. 2e9', requiresArg: true },
  wall: { type: 'string', describe: 'Stop after this time, e.g. 60s (a safety net)', requiresArg: true },
  engine: {
    type: 'string',
    describe: 'jit, interp, jit-eager or oracle: the same run, at another speed',
    default: DEFAULT_ENGINE,
    requiresArg: true,
  },
  report: { type: 'string', describe: 'Write a JSON report; - is stderr', requiresArg: true },
  json: { type: 'boolean', describe: 'The report on stderr, in place of text' },
  stats: { type: 'boolean', describe: 'At the end, where the guest spent its instructions and how much ran compiled' },
  log: {
    type: 'string',
    describe: 'What real86 says, and notes of the machine, to a file; - is stderr',
    requiresArg: true,
  },
  color: { type: 'boolean', describe: 'Colour on stderr (default: when it is a terminal)' },
} as const;

/** Flags of every command that runs a program. */
const PROGRAM = {
  env: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'NAME=VALUE for the environment; repeatable',
    requiresArg: true,
  },
  seed: { type: 'string', default: '0', describe: 'Decides the random addresses', requiresArg: true },
  aslr: { type: 'boolean', default: true, describe: 'Random addresses; --no-aslr fixes them' },
  mount: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'HOSTDIR[:GUESTDIR][:rw]: a directory for the program, at /mnt if not said; repeatable',
    requiresArg: true,
  },
  cwd: { type: 'string', describe: 'The directory the program begins in, of the guest (default /)', requiresArg: true },
  free: { type: 'string', describe: 'Room on the disk for what the program writes (default 32M)', requiresArg: true },
  'kernel-log': { type: 'boolean', describe: 'Show what the guest kernel logs (port E9h)' },
} as const;

const RUN = {
  real: { type: 'boolean', describe: 'A 16-bit binary, .COM file or boot sector, in real mode' },
  profile: { type: 'boolean', describe: 'At the end, the functions of kernel and program that took most instructions' },
  ...PROGRAM,
} as const;

const BOOT = {
  display: {
    choices: ['text', 'none'] as const,
    default: 'none' as const,
    describe: 'text: the screen and keyboard here instead of COM1',
  },
  screen: { type: 'string', describe: 'Write the last text screen to a file; - is stdout', requiresArg: true },
  drive: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Another disk image; repeatable',
    requiresArg: true,
  },
  floppy: { type: 'boolean', describe: 'Take the image for a floppy, whatever its size' },
  write: { type: 'boolean', describe: 'Keep what the guest writes (default: images are never changed)' },
  append: { type: 'string', describe: 'Command line of a Multiboot kernel', requiresArg: true },
  bios: { type: 'string', describe: 'A ROM in place of the BIOS, e.g. a CPU test ROM', requiresArg: true },
  post: { type: 'string', describe: 'Show each byte written to this port, e.g. 0x190', requiresArg: true },
  'exit-map': {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Exit code for a debug-exit value, e.g. 0x31=0',
    requiresArg: true,
  },
} as const;

/** Parses what follows `real86`. Help and version are printed to stdout. */
export async function parseArguments(argv: readonly string[], version: string): Promise<Command> {
  let command: Command = { name: 'none' };
  const parser = yargs([...argv])
    .scriptName('real86')
    .usage(
      'real86 <command>\n\nAn x86 PC you can see through: real mode to paging, to a segfault that explains itself.',
    )
    .command(
      'run <file>',
      'Run a static i386 Linux program (or, with --real, a 16-bit binary)',
      y => runHelp(y.options(shown({ ...RUN, ...COMMON }, argv)), argv),
      args => {
        const common = commonOptions(args);
        if (args.real) {
          refuse(['env', 'seed', 'mount', 'cwd', 'free', 'profile'], argv, '--real');
          refuseArguments(args['--'], 'a 16-bit program has no arguments');
          command = { name: 'real', options: { ...common, debugLog: args['kernel-log'] ?? false } };
          return;
        }
        command = { name: 'run', options: { ...programOptions(args), profile: args.profile ?? false } };
      },
    )
    .command(
      'trace <file>',
      'Run a program and show its system calls, or where each of its mallocs got memory',
      y => traceHelp(y.options(shown({ ...TRACE, ...PROGRAM, ...COMMON }, argv)), wantsHelp(argv)),
      args => {
        const { syscalls = false, alloc = false } = args;
        const html = last(args.html);
        if (!syscalls && !alloc)
          throw new UserError(`trace needs --syscalls or --alloc: real86 trace --alloc ${args.file}`);
        if (html !== undefined && !alloc) throw new UserError('--html shows allocations: it needs --alloc');
        command = { name: 'trace', options: { ...programOptions(args), syscalls, alloc, html } };
      },
    )
    .command(
      'maps <file>',
      'Show the address space of a program, at its end or at a place in it',
      y => mapsHelp(y.options(shown({ ...MAPS, ...PROGRAM, ...COMMON }, argv)), wantsHelp(argv)),
      args => {
        command = { name: 'maps', options: { ...programOptions(args), at: last(args.at) } };
      },
    )
    .command(
      'boot [file]',
      'Boot a disk or floppy image, or a Multiboot kernel',
      y => bootHelp(y.options(shown({ ...BOOT, ...COMMON }, argv)), argv),
      args => {
        refuseArguments(args['--'], 'boot takes none');
        const bios = last(args.bios);
        const post = last(args.post);
        if (args.file === undefined && bios === undefined)
          throw new UserError('boot needs a file: real86 boot <file>; see real86 boot --help');
        if (args.file === undefined && (args.drive ?? []).length > 0)
          throw new UserError('--drive: another disk beside the one to boot, which is missing');
        command = {
          name: 'boot',
          options: {
            ...commonOptions({ ...args, file: args.file ?? '' }),
            bios,
            post: post === undefined ? undefined : parsePort('--post', post),
            exitMap: parseExitMap(args['exit-map'] ?? []),
            display: args.display,
            screen: last(args.screen),
            append: last(args.append),
            drives: args.drive ?? [],
            writeBack: args.write ?? false,
            floppy: args.floppy ?? false,
          },
        };
      },
    )
    .command(
      'conform [files..]',
      'Run recorded vectors of real processors against this one',
      y => conformHelp(y.options(CONFORM)),
      args => {
        command = { name: 'conform', options: conformOptions(args) };
      },
    )
    .epilogue(EXIT_CODES)
    .wrap(Math.min(WIDTH, process.stdout.columns || WIDTH))
    .parserConfiguration({ 'populate--': true, 'parse-numbers': false, 'parse-positional-numbers': false })
    .locale('en')
    .demandCommand(1, 'a command is needed: run, boot, trace, maps or conform; see real86 --help')
    .version(version)
    .alias('help', 'h')
    .strict()
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      throw error instanceof UserError ? error : new UserError(usageMessage(message ?? String(error?.message), argv));
    });
  await parser.parseAsync();
  return command;
}

/** Help is laid out whether it is shown or not, which takes a tenth of a short run: flags are described only to who asks. */
function shown<T extends Readonly<Record<string, object>>>(options: T, argv: readonly string[]): T {
  if (wantsHelp(argv)) return options;
  return Object.fromEntries(Object.entries(options).map(([name, option]) => [name, { ...option, hidden: true }])) as T;
}

function wantsHelp(argv: readonly string[]): boolean {
  return argv.some(a => a === '--help' || a === '-h');
}

function runHelp<T>(y: Argv<T>, argv: readonly string[]): Argv<T & { file: string }> {
  const described = y.positional('file', {
    type: 'string',
    demandOption: true,
    describe: 'The program; a bare name may be an example that comes with real86',
  });
  if (!wantsHelp(argv)) return described;
  return described
    .usage('real86 run <file> [-- arguments of the program]')
    .example('real86 run hello', 'an example, booted from the reset vector')
    .example('real86 run ./a.out -- x y', 'arguments; stdin, stdout, stderr and the exit status pass through')
    .example('real86 run story', 'the address space, malloc by brk and mmap, and a segfault')
    .example('real86 run --real peek.bin', 'real mode: a pointer is an address')
    .example('real86 run --report r.json fault-null', 'everything about a fault, for machines')
    .epilogue(`Examples that come with real86: ${bundledPrograms(false).join(', ')}.`);
}

function bootHelp<T>(y: Argv<T>, argv: readonly string[]): Argv<T & { file: string | undefined }> {
  const described = y.positional('file', {
    type: 'string',
    describe: 'A disk or floppy image, or a Multiboot ELF',
  });
  if (!wantsHelp(argv)) return described;
  return described
    .usage('real86 boot <file>\n\nCOM1 is stdin and stdout. At a terminal, ^A x ends the run and ^A ^A sends a ^A.')
    .example('real86 boot os.img', 'through the BIOS; the serial port is here')
    .example('real86 boot --display text os.img', 'the text screen and the keyboard are here')
    .example('real86 boot kernel.elf --append "root=hd0" --drive disk.img', 'a Multiboot kernel')
    .example('real86 boot os.img --max-insns 2e9 --exit-map 0x10=0', 'as a grader does it')
    .example('real86 boot --bios test386.bin --post 0x190', 'a CPU test ROM, with its progress');
}

interface CommonArguments {
  readonly file: string;
  readonly memory: string;
  readonly cpu: ModelName;
  readonly 'max-insns': string | undefined;
  readonly wall: string | undefined;
  readonly engine: string;
  readonly report: string | undefined;
  readonly json: boolean | undefined;
  readonly stats: boolean | undefined;
  readonly log: string | undefined;
  readonly color: boolean | undefined;
}

function commonOptions(args: CommonArguments): CommonOptions {
  const maxInsns = last(args['max-insns']);
  const wall = last(args.wall);
  const report = last(args.report);
  return {
    file: args.file,
    memoryBytes: parseMemory(last(args.memory)!),
    model: last(args.cpu) as ModelName,
    maxInsns: maxInsns === undefined ? undefined : parseCount('--max-insns', maxInsns),
    wall: wall === undefined ? undefined : parseDuration('--wall', wall),
    engine: parseEngine(last(args.engine)!),
    reports: [...new Set([...(report === undefined ? [] : [report]), ...(args.json ? ['-'] : [])])],
    quiet: args.json ?? false,
    stats: args.stats ?? false,
    log: last(args.log),
    color: args.color,
  };
}

interface ProgramArguments extends CommonArguments {
  readonly env: string[] | undefined;
  readonly seed: string;
  readonly aslr: boolean;
  readonly 'kernel-log': boolean | undefined;
  readonly mount: string[] | undefined;
  readonly cwd: string | undefined;
  readonly free: string | undefined;
  readonly '--'?: unknown;
}

function programOptions(args: ProgramArguments): ProgramOptions {
  return {
    ...commonOptions(args),
    args: (args['--'] as string[] | undefined) ?? [],
    env: parseEnvironment(args.env ?? []),
    seed: parseSeed(last(args.seed)!),
    aslr: args.aslr,
    kernelLog: args['kernel-log'] ?? false,
    mounts: (args.mount ?? []).map(parseMount),
    directory: parseGuestDirectory(last(args.cwd)),
    free: args.free === undefined ? undefined : parseFree(last(args.free)!),
  };
}

/** A flag given twice comes as an array: the last one counts. */
function last(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.at(-1) : value;
}

function refuse(names: readonly string[], argv: readonly string[], because: string): void {
  for (const name of names) {
    if (argv.some(a => a === `--${name}` || a.startsWith(`--${name}=`)))
      throw new UserError(`--${name} has no meaning with ${because}`);
  }
}

function refuseArguments(list: unknown, because: string): void {
  if (Array.isArray(list) && list.length > 0) throw new UserError(`arguments after --: ${because}`);
}

const COMMANDS = ['run', 'boot', 'trace', 'maps', 'conform'];
/** The flags that are a command's own, where it has those of every command too. */
const OWN = { run: RUN, boot: BOOT, trace: { ...TRACE, ...PROGRAM }, maps: { ...MAPS, ...PROGRAM } } as const;

/** yargs' complaint in one line of ours, with the nearest name when one was mistyped. */
function usageMessage(message: string, argv: readonly string[]): string {
  const command = COMMANDS.find(name => name === argv[0]);
  const help = `see real86 ${command ? `${command} ` : ''}--help`;
  const own = command === 'conform' ? CONFORM : { ...COMMON, ...OWN[(command ?? 'run') as keyof typeof OWN] };
  const flags = Object.keys({ ...own, help: 0, version: 0 });
  const ours = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  const unknownFlag = ours.find(a => /^-./.test(a) && !flags.includes(bareFlag(a)) && !SHORT.includes(bareFlag(a)));
  if (unknownFlag !== undefined) {
    const close = nearest(bareFlag(unknownFlag), flags);
    return `unknown flag ${unknownFlag.replace(/=.*/, '')}${close === undefined ? '' : ` (did you mean --${close}?)`}; ${help}`;
  }
  const [, unknown] = /^Unknown (?:argument|command)s?: ([^,\n]+)/.exec(message) ?? [];
  if (unknown !== undefined) {
    if (command !== undefined && command !== 'boot' && command !== 'conform') {
      const example = argv.slice(0, argv.indexOf(unknown)).join(' ');
      return `unexpected argument ${unknown}: put -- before the program's own, as in real86 ${example} -- ${unknown}`;
    }
    if (command === 'boot') return `unexpected argument ${unknown}; ${help}`;
    return `unknown command ${unknown}${suggestion(unknown, COMMANDS)}; there are run, boot, trace, maps and conform; ${help}`;
  }
  const [, flag, given, choices] = /Argument: ([^,]+), Given: "([^"]*)", Choices: (.*)/.exec(message) ?? [];
  if (flag !== undefined) return `--${flag} ${given}: expected one of ${choices!.replaceAll('"', '')}`;
  if (/Not enough non-option arguments/.test(message))
    return `${argv[0]} needs a file: real86 ${argv[0]} <file>; ${help}`;
  const [line = ''] = message.split('\n');
  return line.charAt(0).toLowerCase() + line.slice(1);
}

const SHORT = ['m', 'h'];

/** `--no-aslr=x` is `aslr`, `-m64` is `m`. */
function bareFlag(argument: string): string {
  if (!argument.startsWith('--')) return argument.charAt(1);
  return argument.slice(2).replace(/=.*/, '').replace(/^no-/, '');
}
