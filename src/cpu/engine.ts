/** Instantiates the interpreter module around a processor's memory. */
import { buildInterpreter, type Imports } from './interpreter.ts';

/** Pages the module declares as its least memory: any real machine has more. */
const LEAST_PAGES = 1;

let compiled: WebAssembly.Module | undefined;

/** Gives the engine bytes built beforehand (see scripts/build.mjs); otherwise they are made from the definitions on first use. */
export function useInterpreter(bytes: Uint8Array<ArrayBuffer>): void {
  compiled = new WebAssembly.Module(bytes);
}

export function interpreterBytes(): Uint8Array<ArrayBuffer> {
  return buildInterpreter(LEAST_PAGES);
}

export function wasmEngine(memory: WebAssembly.Memory, imports: Imports): (record: number) => number {
  compiled ??= new WebAssembly.Module(interpreterBytes());
  const instance = new WebAssembly.Instance(compiled, { env: { memory }, cpu: { ...imports } });
  return instance.exports.run as (record: number) => number;
}
