/**
 * Runs a machine to its end: in slices, so that signals, input and the clock on the wall get their turn between them; the guest's time never
 * depends on how the slices fall.
 */
import type { Pc, PcStop } from '../machine/pc.ts';
import type { FinalStop } from '../session/ending.ts';
import type { StandardInput } from './input.ts';
import { BrokenPipe, type Output } from './output.ts';

export interface DriveOptions {
  readonly pc: Pc;
  /** In place of Pc.run(), for who looks on. */
  run?(ticks: number): PcStop;
  readonly output: Output;
  readonly input: StandardInput | undefined;
  /** Instructions at most; undefined: no limit. */
  readonly maxInsns: number | undefined;
  /** Milliseconds at most. */
  readonly wall: number | undefined;
  /** Between slices: a screen to redraw, a keyboard to feed. */
  betweenSlices?(): void;
  /** The guest is not done yet: called from the first pause on. */
  onPause?(): void;
  /** The guest halts for good, as far as it can see; true when something was done that may wake it. */
  wake?(): Promise<boolean>;
  /** Asked between slices, which an observation point may end: what was looked for has been reached. */
  isReached?(): boolean;
  /** An idle guest waits in real time, as somebody sits before it; otherwise idle time passes at once. */
  readonly realIdle?: boolean;
}

/** Ticks of a slice: tens of milliseconds of a busy guest. */
const SLICE = 5_000_000;
/** Longest wait for input at a time, so that a screen is redrawn and the wall clock is looked at. */
const LONGEST_WAIT = 100;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export async function drive(options: DriveOptions): Promise<FinalStop> {
  const { output, input } = options;
  let signal: (typeof SIGNALS)[number] | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    signal = name as (typeof SIGNALS)[number];
    input?.interrupt();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  try {
    return await slices(options, () => signal);
  } catch (error) {
    if (error instanceof BrokenPipe) return { reason: 'interrupted', signal: 'SIGPIPE' };
    throw error;
  } finally {
    output.flush();
    for (const name of SIGNALS) process.off(name, onSignal);
  }
}

async function slices(
  options: DriveOptions,
  signalled: () => (typeof SIGNALS)[number] | undefined,
): Promise<FinalStop> {
  const { pc, output, input, maxInsns = Number.MAX_SAFE_INTEGER, wall = Number.POSITIVE_INFINITY } = options;
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  for (;;) {
    // Instructions are at most as many as ticks: a slice of what is left of the budget cannot overrun it.
    const left = maxInsns - pc.cpu.insns;
    if (left <= 0) return { reason: 'budget' };
    const before = { ticks: pc.ticks, insns: pc.cpu.insns, at: performance.now() };
    const ticks = Math.min(left, SLICE);
    const stop = options.run?.(ticks) ?? pc.run(ticks);
    // Before anything is shown: a terminal may answer at once to what it is sent.
    if (isPause(stop)) options.onPause?.();
    output.flush();
    options.betweenSlices?.();
    if (options.isReached?.()) return { reason: 'reached' };
    const woken = stop.reason === 'halt' && ((await options.wake?.()) ?? false);
    if (!isPause(stop) && !woken)
      return signalled() === undefined ? stop : { reason: 'interrupted', signal: signalled()! };
    if (stop.reason === 'input') await input?.more(Math.min(LONGEST_WAIT, wall - elapsed()));
    else await nextTurn();
    if (options.realIdle) await idle(pc, before, input);
    const signal = signalled();
    if (signal) return { reason: 'interrupted', signal };
    if (elapsed() >= wall) return { reason: 'wall' };
  }
}

function isPause(stop: PcStop): stop is Exclude<PcStop, FinalStop> {
  return ['limit', 'requested', 'input', 'observed'].includes(stop.reason);
}

/** Waits as long as the guest idled, less what has passed meanwhile; input ends the wait. */
async function idle(
  pc: Pc,
  before: { ticks: number; insns: number; at: number },
  input: StandardInput | undefined,
): Promise<void> {
  const idled = pc.ticks - before.ticks - (pc.cpu.insns - before.insns);
  const wait = (idled * 1000) / pc.clock.hz - (performance.now() - before.at);
  if (wait >= 1) await input?.more(Math.min(wait, LONGEST_WAIT));
}

/** Lets pending events in. */
function nextTurn(): Promise<void> {
  return new Promise(resolve => {
    setImmediate(resolve);
  });
}
