/** A program that a signal ended which was no fault of its own: who sent it, and what the program was about then. */
import { backtrace } from '../inspect/backtrace.ts';
import type { FaultHistory } from '../inspect/fault-history.ts';
import type { Death } from '../inspect/fault-report.ts';
import { readTasks, type Task } from '../inspect/maps.ts';
import { peekLinear32 } from '../inspect/page-walk.ts';
import { sourceFile } from '../inspect/program-image.ts';
import type { SourceLine } from '../loaders/dwarf-lines.ts';
import type { ProgramSession } from './program-session.ts';

/** Of the process that runs, which is ending. `sourceText`: the text of a line, where the host has the file. */
export function deathOf(
  session: ProgramSession,
  task: Task,
  history: FaultHistory | undefined,
  sourceText?: (source: SourceLine) => string | undefined,
): Death {
  const { physical, state } = session.pc.cpu;
  const trace = backtrace(task.entered.eip, task.entered.registers, {
    image: session.image,
    mappings: task.mappings,
    read32: linear => peekLinear32(physical, state, linear >>> 0),
  });
  return {
    cause: task.cause && { ...task.cause, program: nameOf(session, task, task.cause.sender) },
    backtrace: trace.frames.map(({ address, symbol, source, times }) => {
      const file = sourceFile(source);
      return {
        address,
        symbol,
        times,
        source: source && file !== undefined ? { file, line: source.line, text: sourceText?.(source) } : undefined,
      };
    }),
    backtraceOmitted: trace.omitted,
    backtraceStop: trace.stop,
    history,
  };
}

function nameOf(session: ProgramSession, self: Task, pid: number): string | null {
  if (pid === 0 || pid === self.pid) return pid === 0 ? null : self.name;
  const { physical, state } = session.pc.cpu;
  const at = session.kernelImage.symbols.address('tasks');
  const tasks = at === undefined ? [] : readTasks(physical, state, at);
  return tasks.find(task => task.pid === pid)?.name ?? null;
}
