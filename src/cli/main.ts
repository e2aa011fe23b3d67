/** The `real86` command. Commands are loaded when they are asked for: help and mistakes need no machine. */
import { readFileSync } from 'node:fs';
import { LoadError } from '../loaders/load-error.ts';
import { parseArguments } from './arguments.ts';
import type { LoadPool } from './conform-command.ts';
import { UserError } from './user-error.ts';

const ERROR = 125;
/** No guest's exit status shares the code with conform: it says what test runners say. */
const CONFORM_ERROR = 2;

/** Does what the arguments say, and complains where it cannot; the exit code. `loadPool`: the library for workers, which is not in the bundle. */
export function main(argv: readonly string[], loadPool: LoadPool = () => import('tinypool')): Promise<number> {
  return perform(argv, loadPool).catch(error => complain(error, argv));
}

async function perform(argv: readonly string[], loadPool: LoadPool): Promise<number> {
  const command = await parseArguments(argv, version());
  if (command.name !== 'none') (await import('./engine.ts')).useBuiltInterpreter();
  switch (command.name) {
    case 'run':
      return (await import('./run-command.ts')).runProgram(command.options);
    case 'real':
      return (await import('./real-command.ts')).runReal(command.options);
    case 'boot':
      return (await import('./boot-command.ts')).boot(command.options);
    case 'trace':
      return (await import('./trace-command.ts')).trace(command.options);
    case 'maps':
      return (await import('./maps-command.ts')).maps(command.options);
    case 'conform':
      return (await import('./conform-command.ts')).conform(command.options, loadPool);
    case 'none':
      return 0;
  }
}

/** Of the package: its manifest is one or two folders up, in the bundle and in the sources. */
function version(): string {
  for (const up of ['..', '../..']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(`${up}/package.json`, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'real86' && manifest.version) return manifest.version;
    } catch {
      // Not there: one folder further up.
    }
  }
  return 'unknown';
}

/** One line for a user's mistake; one line, and the stack only on request, for ours. */
function complain(error: unknown, argv: readonly string[]): number {
  const known = error instanceof UserError || error instanceof LoadError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(
    known ? `real86: ${message}\n` : `real86: internal error: ${message} (set REAL86_DEBUG=1 for the stack)\n`,
  );
  if (!known && process.env.REAL86_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  if (argv[0] === 'conform') return CONFORM_ERROR;
  return error instanceof UserError ? error.exitCode : ERROR;
}
