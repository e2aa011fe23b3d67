/** The script of the thread that compiles: see compile-thread.ts. What it runs lies beside it, with its bytecode. Each message to it is a port, which is served. */
import { join } from 'node:path';
import { type MessagePort, parentPort } from 'node:worker_threads';
import { precompiled } from './precompiled.ts';

const { CompilerEnd } = precompiled<typeof import('../jit/compile-channel.ts')>(
  join(__dirname, 'compiler.cjs'),
).evaluate();

parentPort!.on('message', (port: MessagePort) => {
  const end = new CompilerEnd(message => port.postMessage(message));
  port.on('message', message => end.receive(message));
});
