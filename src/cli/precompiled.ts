/**
 * A CommonJS bundle together with the bytecode that V8 made of it in an earlier process, kept in a file beside it (`.code`): to parse and compile JavaScript takes
 * longer than most commands. V8 takes no bytecode of another version, of other settings or for a source of another length; then, or where there is none, the
 * bundle is compiled as usual. The build makes the two together, and the bundle of ASCII alone, which is soonest read.
 * It cannot import anything by itself: what is not in it is given to it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import v8 from 'node:v8';
import { Script } from 'node:vm';

export interface Precompiled<Exports> {
  /** Runs the bundle, once; what it exports. */
  evaluate(): Exports;
  /** Whether bytecode was used. */
  readonly isCached: boolean;
  /** Bytecode of what has been compiled by now. */
  bytecode(): Uint8Array;
}

const bytecodePath = (bundle: string): string => bundle.replace(/cjs$/, 'code');

export function precompiled<Exports>(path: string): Precompiled<Exports> {
  const cachedData = bytecode(bytecodePath(path));
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'latin1')}\n})`;
  const script = new Script(source, {
    filename: path,
    ...(cachedData ? { cachedData } : {}),
  });
  return {
    isCached: cachedData !== undefined && script.cachedDataRejected === false,
    bytecode: () => script.createCachedData(),
    evaluate() {
      const module = { exports: {} };
      script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
      return module.exports as Exports;
    },
  };
}

/** Writes the bytecode of what `work` takes of a bundle; without it, of all that is in it. */
export async function writeBytecode<Exports>(path: string, work?: (exports: Exports) => unknown): Promise<void> {
  // Bytecode is for a process with the same settings, as its start has them: before the command changes any. Nor does it go by age meanwhile.
  const { setFlagsFromString } = v8;
  v8.setFlagsFromString = () => {};
  setFlagsFromString('--no-flush-bytecode');
  if (!work) setFlagsFromString('--no-lazy');
  const bundle = precompiled<Exports>(path);
  setFlagsFromString('--lazy');
  await work?.(bundle.evaluate());
  setFlagsFromString('--flush-bytecode');
  writeFileSync(bytecodePath(path), bundle.bytecode());
  v8.setFlagsFromString = setFlagsFromString;
}

function bytecode(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
