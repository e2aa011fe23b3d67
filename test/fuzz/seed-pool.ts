/**
 * Seeds, one after the other, shared out among worker processes, until there are enough results. A worker that dies or falls silent is a result too: the seed it
 * was given is known, so it can be given again. Seeds are handed out in order and each one handed out is waited for: what was done is a range.
 *
 * A worker is this program's own file, run again with `--worker`; serve() is its side.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Processor time after which a worker that has said nothing hangs; other work on the machine may keep it waiting for hours. */
const LONGEST_SECONDS = 120;
const LOOKED_AT_MS = 5000;
/** Of the clock in /proc/PID/stat. */
const TICKS_PER_SECOND = 100;
/** Distinguishes a worker from the program a user calls. */
const WORKER = '--worker';

export interface PoolOptions<Result> {
  /** File that calls serve(). */
  readonly program: string;
  /** Told to each worker at its start, as JSON. */
  readonly setup: unknown;
  readonly jobs: number;
  readonly firstSeed: number;
  /** Whether this seed is to be begun, all results so far given. */
  readonly wanted: (seed: number) => boolean;
  readonly result: (seed: number, result: Result) => void;
  /** The worker is gone, or was ended because it fell silent. */
  readonly lost: (seed: number, why: string) => void;
}

type Message<Result> = { readonly seed: number; readonly result: Result };

/** Resolves with the seed after the last that was done. */
export async function runSeeds<Result>(options: PoolOptions<Result>): Promise<number> {
  let next = options.firstSeed;
  const take = (): number | undefined => (options.wanted(next) ? next++ : undefined);
  await Promise.all(Array.from({ length: options.jobs }, () => work(options, take)));
  return next;
}

/** One worker at a time, a new one where one was lost, until there is nothing more to do. */
async function work<Result>(options: PoolOptions<Result>, take: () => number | undefined): Promise<void> {
  for (let seed = take(); seed !== undefined; seed = take()) {
    const worker = fork(options.program, [WORKER, JSON.stringify(options.setup)], { detached: true });
    await untilLost(worker, options, seed, take);
  }
}

/** Resolves when the worker has done all there is to do, or is lost. */
function untilLost<Result>(
  worker: ChildProcess,
  { result, lost }: PoolOptions<Result>,
  first: number,
  take: () => number | undefined,
): Promise<void> {
  return new Promise(resolve => {
    let seed: number | undefined = first;
    let since = 0;
    let why: string | undefined;
    const watch = setInterval(() => {
      if (processorSeconds(worker.pid!) - since < LONGEST_SECONDS) return;
      why = `silent for ${LONGEST_SECONDS} s of processor time`;
      worker.kill('SIGKILL');
    }, LOOKED_AT_MS);
    const give = () => {
      since = processorSeconds(worker.pid!);
      worker.send(seed!);
    };
    worker.on('message', (message: Message<Result>) => {
      result(message.seed, message.result);
      seed = take();
      if (seed !== undefined) give();
      else worker.disconnect();
    });
    worker.on('exit', (code, signal) => {
      clearInterval(watch);
      if (seed !== undefined) lost(seed, why ?? `ended by ${signal ?? `status ${code}`}`);
      resolve();
    });
    give();
  });
}

/** Of a process and its children that have ended; as the clock goes where there is no /proc. */
function processorSeconds(pid: number): number {
  try {
    // After the name in brackets: state is the first, user and system time the twelfth to fifteenth.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
    return fields.slice(11, 15).reduce((all, ticks) => all + Number(ticks), 0) / TICKS_PER_SECOND;
  } catch {
    return performance.now() / 1000;
  }
}

/** In a worker: does seeds until the pool has no more. Undefined in any other process. */
export function workerSetup<Setup>(): Setup | undefined {
  const at = process.argv.indexOf(WORKER);
  return at < 0 ? undefined : (JSON.parse(process.argv[at + 1]!) as Setup);
}

export function serve<Result>(run: (seed: number) => Result): void {
  process.on('message', (seed: number) => {
    const result = run(seed);
    // Whoever asked may be gone; then so is the reason to go on.
    process.send!({ seed, result }, undefined, undefined, error => {
      if (error) process.exit();
    });
  });
}
