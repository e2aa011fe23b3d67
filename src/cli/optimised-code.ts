/**
 * A WebAssembly module together with the code V8's optimiser makes of it, kept in a file. Without it a module begins as code compiled in a hurry, which for the
 * interpreter takes ten times as long, and is optimised on the side, function by function, in the first third of a second.
 *
 * V8 has no public way to do that but for web pages; its functions for its own tests do it. So this is an attempt: where such a function is missing,
 * or the code is by another version, of other settings or for another processor - V8 looks at that - there is none, and the module is compiled as usual.
 */
import { setFlagsFromString } from 'node:v8';

/** Settings under which everything is compiled at once, by the optimiser. They are part of what must be the same later on, so they are set and reset then, too. */
const COMPLETE = ['liftoff', 'wasm-lazy-compilation'];

function withNatives<T>(
  work: (native: (name: string, ...parameters: string[]) => (...a: unknown[]) => unknown) => T,
): T {
  setFlagsFromString('--allow-natives-syntax');
  try {
    return work(
      (name, ...parameters) =>
        new Function(...parameters, `return %${name}(${parameters})`) as (...a: unknown[]) => unknown,
    );
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}

function completely<T>(work: () => T): T {
  for (const flag of COMPLETE) setFlagsFromString(`--no-${flag}`);
  try {
    return work();
  } finally {
    for (const flag of COMPLETE) setFlagsFromString(`--${flag}`);
  }
}

/** Compiles a module with all its functions, and gives the code. After prepareHost(), and, as V8 may end the process instead, in one of its own. */
export function optimisedCode(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const serialize = withNatives(native => native('SerializeWasmModule', 'module'));
  const module = completely(() => new WebAssembly.Module(bytes));
  return new Uint8Array(serialize(module) as ArrayBuffer);
}

/** The module with that code; undefined where this process cannot use it. After prepareHost(). */
export function moduleOf(
  bytes: Uint8Array<ArrayBuffer>,
  code: Uint8Array<ArrayBuffer>,
): WebAssembly.Module | undefined {
  try {
    const deserialize = withNatives(native => native('DeserializeWasmModule', 'code', 'bytes'));
    completely(() => undefined);
    const whole = code.buffer.byteLength === code.byteLength ? code.buffer : code.slice().buffer;
    const module = deserialize(whole, bytes);
    return module instanceof WebAssembly.Module ? module : undefined;
  } catch {
    return undefined;
  }
}
