/** Instantiates the interpreter module around a processor's memory. */
import type { CodeCache } from './code-cache.ts';
import { FormSelector } from './forms.ts';
import { buildInterpreter, formTableOf, type Imports } from './interpreter.ts';
import type { State } from './state.ts';

/** Pages the module declares as its least memory: any real machine has more. */
const LEAST_PAGES = 1;

export interface Engine {
  /** Executes from a record on; see Outcome. */
  readonly run: (record: number) => number;
  readonly forms: FormSelector;
  /** Functions of the forms by number, where there are such. */
  readonly table?: WebAssembly.Table;
  /** Called once, when the processor is complete. */
  attach?(host: EngineHost): void;
  /** Instructions after which run() must be left, however large the budget. */
  readonly longestSlice?: number;
  /** What it has to tell, where it was asked to take notes. */
  report?(): EngineReport | undefined;
  /** The form of a record that the engine has taken over (Pseudo.compiled). */
  formAt?(record: number): number;
}

/** A way out of compiled code to the host, and how often it was taken. */
export interface EngineExit {
  /** `access`: one that is no plain hit in the TLB, or an instruction the interpreter must do; `miss`: nothing compiled there; `decline`: an entry condition did not hold. */
  readonly cause: 'access' | 'miss' | 'decline' | 'event';
  readonly linear: number;
  count: number;
  /** What stood there, up to 16 bytes, and whether it was 32-bit code. */
  readonly bytes: Uint8Array;
  readonly big: boolean;
}

/** What an engine tells of a run. */
export interface EngineReport {
  /** Instructions executed by compiled code. */
  readonly compiled: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Instructions between two samples of where the guest was, and samples by linear address. */
  readonly interval: number;
  readonly samples: ReadonlyMap<number, number>;
  /** Most frequent first. */
  readonly exits: readonly EngineExit[];
}

/** What an engine that compiles may know of the processor. */
export interface EngineHost {
  readonly state: State;
  readonly code: CodeCache;
  /** Instructions executed since reset, also from within one. */
  now(): number;
  /** 32-bit code with flat segments. */
  readonly flat: boolean;
  /** The first record of the block at an EIP; 0 when it has not been decoded or is not in the TLB: then it is not hot. */
  blockAt(eip: number): number;
  /** Enters the translation for an access in the TLB, if the access would not fault: its word there, or 0. */
  enterTranslation(linear: number, write: boolean): number;
  /** Has all decoded code forgotten before long. */
  forgetCode(): void;
  /** The doubleword at a linear address, if it lies within a page that is in the TLB. */
  peek(linear: number): number | undefined;
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
  return {
    run: instance.exports.run as (record: number) => number,
    forms: compiled.forms,
    table: instance.exports.forms as WebAssembly.Table,
  };
};
