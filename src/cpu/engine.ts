/** Instantiates the interpreter module around a processor's memory. */
import { FormSelector } from './forms.ts';
import { buildInterpreter, formTableOf, type Imports } from './interpreter.ts';

/** Pages the module declares as its least memory: any real machine has more. */
const LEAST_PAGES = 1;

export interface Engine {
  /** Executes from a record on; see Outcome. */
  readonly run: (record: number) => number;
  readonly forms: FormSelector;
}

export type MakeEngine = (memory: WebAssembly.Memory, imports: Imports) => Engine;

interface Compiled {
  readonly module: WebAssembly.Module;
  readonly forms: FormSelector;
}

let compiled: Compiled | undefined;

/** Gives the engine bytes built beforehand (see scripts/build.mjs); otherwise they are made from the definitions on first use. */
export function useInterpreter(bytes: Uint8Array<ArrayBuffer>): void {
  compiled = compile(bytes);
}

export function interpreterBytes(): Uint8Array<ArrayBuffer> {
  return buildInterpreter(LEAST_PAGES);
}

function compile(bytes: Uint8Array<ArrayBuffer>): Compiled {
  const module = new WebAssembly.Module(bytes);
  return { module, forms: new FormSelector(formTableOf(module)) };
}

export const wasmEngine: MakeEngine = (memory, imports) => {
  compiled ??= compile(interpreterBytes());
  const instance = new WebAssembly.Instance(compiled.module, { env: { memory }, cpu: { ...imports } });
  return { run: instance.exports.run as (record: number) => number, forms: compiled.forms };
};
