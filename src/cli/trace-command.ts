/** `real86 trace`: a program runs as `run` has it, and what it asks of kernel and allocator is told. */
import type { AllocationEvent, AllocationSummary } from '../inspect/allocations/events.ts';
import { allocationPage } from '../inspect/allocations/page.ts';
import { eventText, problemText, summaryText } from '../inspect/allocations/text.ts';
import { SystemCallTrace, type TraceEvent } from '../inspect/system-calls/trace.ts';
import { AllocationWatch } from '../session/allocation-watch.ts';
import { blockText } from '../session/autopsy.ts';
import { finish } from './finish.ts';
import { type Conclusion, OpenProgram, type ProgramOptions } from './program.ts';

export interface TraceOptions extends ProgramOptions {
  readonly syscalls: boolean;
  readonly alloc: boolean;
  /** File for the page. */
  readonly html: string | undefined;
}

/** Runs the program; resolves to the exit code. */
export async function trace(options: TraceOptions): Promise<number> {
  const program = new OpenProgram(options, 'trace', 'stdout', options.html === undefined ? [] : [options.html]);
  const { session, voice } = program;
  const collect = options.reports.length > 0;
  const say = (text: string): void => {
    if (!options.quiet) voice.say(text);
  };
  const calls: TraceEvent[] = [];
  const systemCalls = new SystemCallTrace({
    line: say,
    ...(collect ? { event: (event: TraceEvent) => calls.push(event) } : {}),
  });
  const events: AllocationEvent[] = [];
  const summaries: AllocationSummary[] = [];
  const pids = new Set<number>();
  const allocations: AllocationWatch = new AllocationWatch(session, {
    event: (event, model) => {
      pids.add(event.pid);
      if (collect || options.html !== undefined) events.push(event);
      if (options.quiet) return;
      say(eventText(event, pids.size > 1));
      const problem = problemText(event, id => blockText(id, model, back => allocations.callerOf(back)));
      if (problem !== undefined) say(voice.palette.strong(problem));
    },
    ended: summary => {
      // Of a child that never asked for anything there is nothing to say.
      if (summary.calls === 0 && pids.size > 0) return;
      summaries.push(summary);
      say(summaryText(summary, pids.size > 1));
    },
  });
  session.watchProcesses(
    ...(options.syscalls
      ? [
          {
            entered: systemCalls.enter.bind(systemCalls),
            left: systemCalls.leave.bind(systemCalls),
          },
        ]
      : []),
    ...(options.alloc ? [allocations] : []),
  );
  const stop = await program.run();
  const conclusion = program.conclude(stop, true);
  allocations.close();
  if (options.syscalls) {
    endOfCalls(systemCalls, conclusion, stop.reason === 'debug-exit' ? stop.value : undefined, program);
  }
  if (options.alloc && allocations.missing) {
    voice.say(
      `real86: ${options.file}: no symbol malloc: the program is stripped, or has no allocator; link it without -s to trace its allocations`,
    );
  }
  if (options.html !== undefined) {
    const page = allocationPage({
      program: options.file,
      insns: session.pc.cpu.insns,
      events,
      summaries,
      heapStart: summaries.find(({ pid }) => pid === events[0]?.pid)?.heap.start ?? 0,
    });
    voice.write(page, options.html);
  }
  if (!options.quiet) program.tell(conclusion);
  return finish({
    ...options,
    ...conclusion,
    command: 'trace',
    pc: session.pc,
    symbols: session.symbols,
    voice,
    trace: {
      systemCalls: options.syscalls ? calls : null,
      allocations: options.alloc ? { events, summaries } : null,
    },
  });
}

function endOfCalls(
  calls: SystemCallTrace,
  { task, ending, fault }: Conclusion,
  status: number | undefined,
  { session }: OpenProgram,
): void {
  const insn = session.pc.cpu.insns;
  if (task && status !== undefined && ending.reason !== 'error') {
    const snapshot = fault && session.lastException;
    calls.end({ pid: task.pid, insn, status }, snapshot && { snapshot, mappings: task.mappings });
  }
  calls.close(insn);
}
