/**
 * The interpreter's module as the build made it, and the thread that compiles. In a source tree without dist/ the engine makes the module from the definitions, which
 * takes 0.2 s, and compiles without such a thread.
 */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { useInterpreter } from '../cpu/engine.ts';
import { useCompileThread } from './compile-thread.ts';
import { prepareHost } from './host-flags.ts';
import { moduleOf } from './optimised-code.ts';

/** Beside the bundle: this module is dist/cli.js or a chunk in dist/chunks. */
const PLACES = ['./interpreter.wasm', '../interpreter.wasm'];

export function useBuiltInterpreter(): void {
  prepareHost();
  // Sources that have changed since the build must not meet a module of old.
  if (import.meta.url.endsWith('.ts')) return;
  for (const place of PLACES) {
    const file = fileURLToPath(new URL(place, import.meta.url));
    if (!useInterpreterFile(file)) continue;
    // Threads that run machines leave no processor idle.
    if (isMainThread) useCompileThread(dirname(file));
    return;
  }
}

/** Uses the module in a file, with the optimised code that lies beside it (`.code`), if there is any for this host. False when there is no such file. */
export function useInterpreterFile(path: string): boolean {
  const bytes = contents(path);
  if (!bytes) return false;
  const code = contents(path.replace(/wasm$/, 'code'));
  useInterpreter((code && moduleOf(bytes, code)) ?? bytes);
  return true;
}

function contents(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return undefined;
  }
}
