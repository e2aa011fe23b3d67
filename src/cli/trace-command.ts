/** `real86 trace`: a program runs as `run` has it, and what it asks of kernel and allocator is told. */
import { SystemCallTrace, type TraceEvent } from '../inspect/system-calls/trace.ts';
import type { ProcessListener } from '../session/process-watch.ts';
import { finish } from './finish.ts';
import { OpenProgram, type ProgramOptions } from './program.ts';

export interface TraceOptions extends ProgramOptions {
  readonly syscalls: boolean;
  readonly alloc: boolean;
  /** File for the page. */
  readonly html: string | undefined;
}

/** Runs the program; resolves to the exit code. */
export async function trace(options: TraceOptions): Promise<number> {
  const program = new OpenProgram(options, 'trace');
  const { session, voice } = program;
  const calls: TraceEvent[] = [];
  const collect = options.reports.length > 0;
  const systemCalls = new SystemCallTrace({
    line: text => {
      if (!options.quiet) voice.say(text);
    },
    ...(collect ? { event: (event: TraceEvent) => calls.push(event) } : {}),
  });
  const listeners: ProcessListener[] = [];
  if (options.syscalls)
    listeners.push({
      entered: (call, memory) => systemCalls.enter(call, memory),
      left: (at, memory) => systemCalls.leave(at, memory),
    });
  session.watchProcesses(...listeners);
  const stop = await program.run();
  const conclusion = program.conclude(stop, true);
  if (options.syscalls) {
    const { task, ending } = conclusion;
    if (task && stop.reason === 'debug-exit' && ending.reason !== 'error') {
      const snapshot = conclusion.fault && session.lastException;
      systemCalls.end(
        { pid: task.pid, insn: session.pc.cpu.insns, status: stop.value },
        snapshot && { snapshot, mappings: task.mappings },
      );
    }
    systemCalls.close(session.pc.cpu.insns);
  }
  if (!options.quiet) program.tell(conclusion);
  return finish({
    ...options,
    ...conclusion,
    command: 'trace',
    pc: session.pc,
    symbols: session.symbols,
    voice,
    trace: { systemCalls: options.syscalls ? calls : null },
  });
}
