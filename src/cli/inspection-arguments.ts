/** Flags and help of the commands that run a program to look at it: trace and maps. */
import type { Argv } from 'yargs';

export const TRACE = {
  syscalls: { type: 'boolean', describe: 'Each system call, as strace shows it' },
  alloc: { type: 'boolean', describe: 'Each malloc and free: reuse, brk or mmap; what pins the heap' },
  html: { type: 'string', describe: 'With --alloc: a page with the timeline and the address space', requiresArg: true },
} as const;

export const MAPS = {
  at: {
    type: 'string',
    describe: 'Where to look: a symbol, FILE:LINE, 0xADDRESS, or the number of an instruction',
    requiresArg: true,
  },
} as const;

type WithFile<T> = Argv<T & { file: string }>;

function withFile<T>(y: Argv<T>): WithFile<T> {
  return y.positional('file', {
    type: 'string',
    demandOption: true,
    describe: 'The program; a bare name may be an example that comes with real86',
  }) as WithFile<T>;
}

/** `help`: it will be shown. */
export function traceHelp<T>(y: Argv<T>, help: boolean): WithFile<T> {
  const described = withFile(y);
  if (!help) return described;
  return described
    .usage(
      'real86 trace --syscalls|--alloc <file> [-- arguments of the program]\n\nThe trace goes to stderr, or to --log FILE; with --json it is one document at the end. It never changes the run.',
    )
    .example('real86 trace --syscalls hello', 'as strace shows them')
    .example('real86 trace --alloc alloc', 'where each malloc got its memory')
    .example('real86 trace --alloc --html heap.html ./a.out', 'as a page to look at')
    .example('real86 trace --alloc --report heap.json ./a.out -- x y', 'for tools');
}

export function mapsHelp<T>(y: Argv<T>, help: boolean): WithFile<T> {
  const described = withFile(y);
  if (!help) return described;
  return described
    .usage(
      'real86 maps <file> [-- arguments of the program]\n\n/proc/self/maps and a picture, on stdout; what the program prints goes to stderr then.',
    )
    .example('real86 maps story', 'as it is when the program ends')
    .example('real86 maps alloc --at main', 'when main begins')
    .example('real86 maps ./a.out --at crash.c:7', 'when line 7 begins for the first time')
    .example('real86 maps ./a.out --at 700000', 'after so many instructions');
}
