/** Instantiates the interpreter module around a processor's memory. */
import type { CodeCache } from './code-cache.ts';
import { FormSelector } from './forms.ts';
import { buildInterpreter, formTableOf, type InterpreterOptions } from './interpreter.ts';
import type { Imports } from './interpreter-imports.ts';
import type { State } from './state.ts';

/** Pages the module declares as its least memory: any real machine has more. */
const LEAST_PAGES = 1;

/** A function compiled in a hurry is replaced by its better self when it is entered again, not before. */
const LONGEST_SLICE = 1 << 20;

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
  /** Instructions after which run() must be left, however large the budget. */
  readonly longestSlice?: number;
  /** What it has to tell, where it was asked to take notes. */
  report?(): EngineReport | undefined;
  /** Delivers through a gate as it has been done before: see repeated-transfers.ts. 0: it must be done in full. */
  deliver?(vector: number, software: number, hasError: number, errorCode: number, flags: number): number;
  /** Whatever it has compiled of a linear page is to be found anew. */
  forgetPage?(linearPage: number): void;
  /** The direct jump or call at a record has been taken for the first time, to a linear address. */
  jumped?(record: number, linear: number): void;
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
  /** What services have taken of the host's time that compiled code would not, in instructions. */
  readonly effort: number;
  /** Effort at which a service ends the slice, so that the engine hears of it; and EIP of the block in which it was. */
  effortLimit: number;
  readonly effortAt: number;
  /** 32-bit code with flat segments. */
  readonly flat: boolean;
  /** The first record of the block at an EIP; 0 when it has not been decoded or is not in the TLB: then it is not hot. */
  blockAt(eip: number): number;
  /** Enters the translation for an access in the TLB, if the access would not fault: its word there, or 0. */
  enterTranslation(linear: number, write: boolean): number;
  /** Translates EIP, as the fetch of the instruction there will; false when that faults or nothing is there. */
  enterFetch(): boolean;
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

/** Gives the engine a module built beforehand (see scripts/build.mjs); otherwise it is made from the definitions on first use. */
export function useInterpreter(built: Uint8Array<ArrayBuffer> | WebAssembly.Module): void {
  compiled = compile(built);
}

export function interpreterBytes(options?: InterpreterOptions): Uint8Array<ArrayBuffer> {
  return buildInterpreter(LEAST_PAGES, options);
}

function compile(built: Uint8Array<ArrayBuffer> | WebAssembly.Module): Compiled {
  const module = built instanceof WebAssembly.Module ? built : new WebAssembly.Module(built);
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
    deliver: exports.deliver as NonNullable<Engine['deliver']>,
    forms,
    longestSlice: LONGEST_SLICE,
    table,
    // They follow the forms.
    x87Function: place => table.get(forms.table.facts.length + place) as (operand: number) => number,
  };
}
