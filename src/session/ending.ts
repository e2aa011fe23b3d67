/** How a run ended, and the exit code that says so. Source of the codes: README, "Exit codes". */
import type { PcStop } from '../machine/pc.ts';

export type Reason =
  | 'exit'
  | 'signal'
  | 'power-off'
  | 'debug-exit'
  | 'triple-fault'
  | 'halt'
  | 'budget'
  | 'wall'
  | 'interrupted'
  /** A place that was asked for: `maps --at`. */
  | 'reached'
  | 'error';

export interface Ending {
  readonly reason: Reason;
  readonly exitCode: number;
  /** Name of the signal that ended the program, or that the user sent us. */
  readonly signal: string | undefined;
  /** A sentence for people, where the reason alone does not say it. */
  readonly detail: string | undefined;
}

export const ExitCode = {
  tripleFault: 121,
  halt: 122,
  budget: 124,
  error: 125,
  notLoadable: 126,
  notFound: 127,
} as const;

/** Linux/i386 signal numbers a guest program can end by. */
export const SignalNames: Readonly<Record<number, string>> = {
  1: 'SIGHUP',
  2: 'SIGINT',
  3: 'SIGQUIT',
  4: 'SIGILL',
  5: 'SIGTRAP',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  10: 'SIGUSR1',
  11: 'SIGSEGV',
  12: 'SIGUSR2',
  13: 'SIGPIPE',
  14: 'SIGALRM',
  15: 'SIGTERM',
  16: 'SIGSTKFLT',
  24: 'SIGXCPU',
  25: 'SIGXFSZ',
  26: 'SIGVTALRM',
  27: 'SIGPROF',
  29: 'SIGIO',
  30: 'SIGPWR',
  31: 'SIGSYS',
};

/** What the tiny kernel writes to the debug exit port when it gives itself up. */
const PANIC = 0xdead;

function ending(reason: Reason, exitCode: number, detail?: string, signal?: string): Ending {
  return { reason, exitCode, signal, detail };
}

/** Stops of our own making: the run was ended from outside. */
export type OuterStop =
  | { readonly reason: 'budget' }
  | { readonly reason: 'wall' }
  | { readonly reason: 'reached' }
  | { readonly reason: 'interrupted'; readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGPIPE' };
/** A stop that is the end, not a pause. */
export type FinalStop = Exclude<PcStop, { reason: 'limit' | 'requested' | 'input' | 'observed' }> | OuterStop;

const HOST_SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGPIPE: 13, SIGTERM: 15 } as const;

/** Endings that do not depend on what was run. */
function commonEnding(stop: FinalStop): Ending | undefined {
  switch (stop.reason) {
    case 'budget':
      return ending('budget', ExitCode.budget, 'the instruction budget is spent');
    case 'wall':
      return ending('wall', ExitCode.budget, 'the time limit is over');
    case 'reached':
      return ending('reached', 0);
    case 'interrupted':
      return ending('interrupted', 128 + HOST_SIGNALS[stop.signal], undefined, stop.signal);
    case 'triple-fault':
      return ending('triple-fault', ExitCode.tripleFault);
    case 'halt':
      return ending('halt', ExitCode.halt, 'halted for ever: HLT with nothing that could wake the processor');
    default:
      return undefined;
  }
}

/** Of `run`: the debug exit carries a wait status as wait(2) encodes it: exit code << 8, or a signal. */
export function programEnding(stop: FinalStop): Ending {
  const common = commonEnding(stop);
  if (common) return common;
  if (stop.reason !== 'debug-exit') return ending('power-off', 0);
  if (stop.value === PANIC) return ending('error', ExitCode.error, 'the guest kernel panicked');
  const signal = stop.value & 0x7f;
  if (signal === 0) return ending('exit', (stop.value >>> 8) & 0xff);
  return ending('signal', 128 + signal, undefined, SignalNames[signal] ?? `signal ${signal}`);
}

/** Of `boot`: the debug exit gives (value << 1) | 1, as QEMU does, unless `exitMap` says otherwise for the value. */
export function bootEnding(stop: FinalStop, exitMap: ReadonlyMap<number, number>): Ending {
  const common = commonEnding(stop);
  if (common) return common;
  if (stop.reason !== 'debug-exit') return ending('power-off', 0);
  return ending('debug-exit', exitMap.get(stop.value) ?? ((stop.value << 1) | 1) & 0xff);
}
