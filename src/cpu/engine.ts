/** Instantiates the interpreter module around a processor's memory. */
import type { CodeCache } from './code-cache.ts';
import { FormSelector } from './forms.ts';
import { buildInterpreter, formTableOf, type Imports, type InterpreterOptions } from './interpreter.ts';
import type { State } from './state.ts';

/** Pages the module declares as its least memory: any real machine has more. */
const LEAST_PAGES = 1;

export interface Engine {
  /** Executes from a record on; see Outcome. */
  readonly run: (record: number) => number;
  readonly forms: FormSelector;
  /** Functions of the forms by number, where there are such. */
  readonly table?: WebAssembly.Table;
  /** An x87 function of the module (x87/functions.ts), where there are such: for calls from another module it is imported. */
  x87Function?(place: number): (operand: number) => number;
  /** Called once, when the processor is complete. */
  attach?(host: EngineHost): void;
  /** The form of a record that the engine has taken over (Pseudo.compiled). */
  formAt?(record: number): number;
}

/** What an engine that compiles may know of the processor. */
export interface EngineHost {
  readonly state: State;
  readonly code: CodeCache;
  readonly insns: number;
  /** 32-bit code with flat segments. */
  readonly flat: boolean;
  /** The first record of the block at an EIP; 0 when it has not been decoded or is not in the TLB: then it is not hot. */
  blockAt(eip: number): number;
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

export function interpreterBytes(options?: InterpreterOptions): Uint8Array<ArrayBuffer> {
  return buildInterpreter(LEAST_PAGES, options);
}

function compile(bytes: Uint8Array<ArrayBuffer>): Compiled {
  const module = new WebAssembly.Module(bytes);
  return { module, forms: new FormSelector(formTableOf(module)) };
}

export const wasmEngine: MakeEngine = (memory, imports) => {
  compiled ??= compile(interpreterBytes());
  return instantiate(compiled, memory, imports);
};

/** An engine of another module than the common one: for comparisons. */
export function engineOf(bytes: Uint8Array<ArrayBuffer>): MakeEngine {
  const own = compile(bytes);
  return (memory, imports) => instantiate(own, memory, imports);
}

function instantiate({ module, forms }: Compiled, memory: WebAssembly.Memory, imports: Imports): Engine {
  const { exports } = new WebAssembly.Instance(module, { env: { memory }, cpu: { ...imports } });
  const table = exports.forms as WebAssembly.Table;
  return {
    run: exports.run as (record: number) => number,
    forms,
    table,
    // They follow the forms.
    x87Function: place => table.get(forms.table.endsBlock.length + place) as (operand: number) => number,
  };
}
