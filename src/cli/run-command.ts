/** `real86 run`: a static i386 Linux program under the tiny kernel, booted from the reset vector. */
import { ExitCode } from '../session/ending.ts';
import { ProfiledRun } from '../session/profiled-run.ts';
import { finish } from './finish.ts';
import { OpenProgram, type ProgramOptions } from './program.ts';

export interface RunOptions extends ProgramOptions {
  /** At the end, the functions that took most instructions. */
  readonly profile: boolean;
}

/** Runs the program; resolves to the exit code. */
export async function runProgram(options: RunOptions): Promise<number> {
  const program = new OpenProgram(options, 'run');
  const { session, voice } = program;
  const profiled = options.profile ? new ProfiledRun(session) : undefined;
  const stop = await program.run(profiled ? { run: ticks => profiled.run(ticks) } : {});
  const conclusion = program.conclude(stop, options.reports.length > 0);
  if (!options.quiet) program.tell(conclusion);
  const kept = program.writeMounts();
  const code = finish({ ...options, ...conclusion, command: 'run', pc: session.pc, symbols: session.symbols, voice });
  if (profiled && !options.quiet) voice.say(profiled.text);
  return kept ? code : ExitCode.error;
}
