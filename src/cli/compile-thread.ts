/**
 * The thread that compiles beside the run: one for the process, started for the first machine that wants it. It is looked in upon, never waited for.
 * On a host with one processor there would be nothing beside which to do it.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { Channel } from '../jit/compile-channel.ts';
import { compileBeside } from '../jit/jit.ts';

/** The script of the thread, and what it runs (compile-worker.ts), lie in `folder`. */
export function useCompileThread(folder: string): void {
  const script = resolve(folder, 'compile-worker.cjs');
  if (availableParallelism() === 1 || !existsSync(script)) return;
  let worker: Worker | undefined;
  compileBeside(() => {
    worker ??= start(script);
    return channelTo(worker);
  });
}

function start(script: string): Worker {
  const worker = new Worker(script, { stdin: false, env: {} });
  // The process ends when the command does. A thread that cannot start, or ends, compiles nothing: the run goes on all the same.
  worker.unref();
  worker.on('error', () => {});
  return worker;
}

function channelTo(worker: Worker): Channel {
  const { port1, port2 } = new MessageChannel();
  worker.postMessage(port2, [port2]);
  return {
    send: message => port1.postMessage(message),
    receive: () => (receiveMessageOnPort(port1) as { message: unknown } | undefined)?.message,
  };
}
