/** `real86 run`: a static i386 Linux program under the tiny kernel, booted from the reset vector. */
import { ExitCode } from '../session/ending.ts';
import { finish } from './finish.ts';
import { OpenProgram, type ProgramOptions } from './program.ts';

/** Runs the program; resolves to the exit code. */
export async function runProgram(options: ProgramOptions): Promise<number> {
  const program = new OpenProgram(options, 'run');
  const { session, voice } = program;
  const conclusion = program.conclude(await program.run(), options.reports.length > 0);
  if (!options.quiet) program.tell(conclusion);
  const kept = program.writeMounts();
  const code = finish({ ...options, ...conclusion, command: 'run', pc: session.pc, symbols: session.symbols, voice });
  return kept ? code : ExitCode.error;
}
