/**
 * What of the host's WebAssembly engine can be set, and compiled code profits from. All of it is optional.
 *
 *   --experimental-wasm-branch-hinting   branches that regions mark as not expected are laid out of the way
 *   --no-wasm-stack-checks               no check of the host's stack in each function and loop: the depth of compiled calls is bounded by the regions themselves
 *   --wasm-tiering-budget                functions that run hot are optimised sooner
 */
import { readdirSync } from 'node:fs';
import { availableParallelism, setPriority } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { isMainThread } from 'node:worker_threads';

/** The last major version of Node known to have these: an engine names on stderr what it does not know. */
const LAST_KNOWN = 24;
/** Where Linux shows the threads of this process. */
const THREADS = '/proc/self/task';
const BACKGROUND_NICENESS = 10;

/** Before the first WebAssembly module is compiled. */
export function prepareHost(): void {
  yieldToMainThread();
  if (Number.parseInt(process.versions.node, 10) > LAST_KNOWN) return;
  setFlagsFromString('--experimental-wasm-branch-hinting');
  setFlagsFromString('--no-wasm-stack-checks');
  setFlagsFromString('--wasm-tiering-budget=100000');
}

/**
 * The engine optimises on as many threads as there are in its pool, four mostly, however many processors there are; on two, the guest stood still for a quarter
 * of the time in which most is compiled, a time slice now and then. A thread is known to Linux as a process is, and has a priority of its own.
 */
function yieldToMainThread(): void {
  if (!isMainThread || availableParallelism() === 1) return;
  try {
    for (const thread of readdirSync(THREADS).map(Number))
      if (thread !== process.pid) setPriority(thread, BACKGROUND_NICENESS);
  } catch {
    // Another system, or one that does not let us.
  }
}
