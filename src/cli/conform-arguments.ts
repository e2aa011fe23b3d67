/** Flags of `real86 conform`, and what they come to. */
import type { Argv } from 'yargs';
import type { Shard } from '../conform/run-file.ts';
import type { ConformOptions } from './conform-command.ts';
import { parseEngine } from './quantities.ts';
import { UserError } from './user-error.ts';

export const CONFORM = {
  json: { type: 'boolean', describe: 'JSON on stdout, in place of the table' },
  junit: { type: 'string', describe: 'Write JUnit XML to a file', requiresArg: true },
  shard: { type: 'string', default: '1/1', describe: 'Run the i-th of n equal parts, e.g. 2/4', requiresArg: true },
  merge: { type: 'boolean', describe: 'The files are JSON reports of shards: make one of them' },
  jobs: { type: 'string', describe: 'Threads (default: one a core)', requiresArg: true },
  engine: {
    type: 'string',
    default: 'interp',
    describe: 'interp, jit, jit-eager or oracle: what executes',
    requiresArg: true,
  },
  filter: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Only this opcode, e.g. F7.4, or all of a group, e.g. F7; repeatable',
    requiresArg: true,
  },
  'first-failure': { type: 'boolean', describe: 'Show the first failure in full' },
  color: { type: 'boolean', describe: 'Colour (default: when stdout is a terminal)' },
} as const;

interface ConformArguments {
  readonly files: string[] | undefined;
  readonly json: boolean | undefined;
  readonly junit: string | undefined;
  readonly shard: string;
  readonly merge: boolean | undefined;
  readonly jobs: string | undefined;
  readonly engine: string;
  readonly filter: string[] | undefined;
  readonly 'first-failure': boolean | undefined;
  readonly color: boolean | undefined;
}

export function conformHelp<T>(y: Argv<T>): Argv<T & { files: string[] | undefined }> {
  return y
    .positional('files', { type: 'string', array: true, describe: 'Folders or files of recorded vectors' })
    .usage(
      'real86 conform <folder or file>...\n\nSingleStepTests vectors (MOO and JSON), TestFloat lines for the x87, and our own recordings of a host.',
    )
    .example('real86 conform suites/80286-real', 'all of a suite, on all cores')
    .example('real86 conform suites/8086 --filter F7 --first-failure', 'one group of opcodes')
    .example('real86 conform suites --shard 1/4 --json > 1.json', 'a quarter of it')
    .example('real86 conform --merge [1-4].json --junit out.xml', 'the quarters as one')
    .epilogue(
      'Exit codes: 0 all pass (or are excluded, with the reason), 1 some fail, 2 bad usage or unreadable.',
    ) as Argv<T & { files: string[] | undefined }>;
}

/** Throws UserError. */
export function conformOptions(args: ConformArguments): ConformOptions {
  const paths = args.files ?? [];
  if (paths.length === 0) throw new UserError('conform needs folders or files of vectors; see real86 conform --help');
  return {
    paths,
    merge: args.merge ?? false,
    json: args.json ?? false,
    junit: args.junit,
    shard: parseShard(args.shard),
    jobs: args.jobs === undefined ? undefined : parseJobs(args.jobs),
    engine: parseEngine(args.engine === 'interpreter' ? 'interp' : args.engine),
    filter: (args.filter ?? []).flatMap(text => text.split(',')).map(text => text.trim().toUpperCase()),
    firstFailure: args['first-failure'] ?? false,
    color: args.color,
  };
}

function parseShard(text: string): Shard {
  const [index, count] = (/^(\d+)\/(\d+)$/.exec(text)?.slice(1) ?? []).map(Number);
  if (index === undefined || count === undefined || index < 1 || index > count || count > 10_000)
    throw new UserError(`--shard ${text}: expected i/n with i from 1 to n, for example 2/4`);
  return { index: index - 1, count };
}

function parseJobs(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 256) throw new UserError(`--jobs ${text}: expected a number of threads from 1 to 256`);
  return value;
}
