/** The interpreter's module as the build made it. In a source tree without dist/ the engine makes it from the definitions, which takes 0.2 s. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useInterpreter } from '../cpu/engine.ts';
import { prepareHost } from './host-flags.ts';
import { moduleOf } from './optimised-code.ts';

/** Beside the bundle: this module is dist/cli.js or a chunk in dist/chunks. */
const PLACES = ['./interpreter.wasm', '../interpreter.wasm'];

export function useBuiltInterpreter(): void {
  prepareHost();
  // Sources that have changed since the build must not meet a module of old.
  if (import.meta.url.endsWith('.ts')) return;
  for (const place of PLACES) if (useInterpreterFile(fileURLToPath(new URL(place, import.meta.url)))) return;
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
