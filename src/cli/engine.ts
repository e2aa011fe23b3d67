/** The interpreter's module as the build made it. In a source tree without dist/ the engine makes it from the definitions, which takes 0.2 s. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { useInterpreter } from '../cpu/engine.ts';
import { prepareHost } from './host-flags.ts';

/** Beside the bundle: this module is dist/cli.js or a chunk in dist/chunks. */
const PLACES = ['./interpreter.wasm', '../interpreter.wasm'];

export function useBuiltInterpreter(): void {
  prepareHost();
  // Sources that have changed since the build must not meet a module of old.
  if (import.meta.url.endsWith('.ts')) return;
  for (const place of PLACES) {
    let bytes: Uint8Array<ArrayBuffer>;
    try {
      bytes = new Uint8Array(readFileSync(fileURLToPath(new URL(place, import.meta.url))));
    } catch {
      continue;
    }
    useInterpreter(bytes);
    return;
  }
}
