/**
 * The interpreter: one WebAssembly module made from the definitions.
 *
 * `run` is one function, a loop around a br_table with a handler for each hot form. Its handlers know only the fast way: a memory access that is not
 * a plain hit in the TLB, or anything that would fault, leaves the handler before it has changed anything and has the form done again by
 * its cold function, which can do everything. Every form has a cold function, reached through the table by form number; rare forms have
 * nothing else. The first are in interpreter-run.ts, the second in interpreter-cold.ts.
 *
 * A cold function returns what comes next (see Outcome). Its budget is the state's; `run` keeps it in a local while it stays hot.
 * The budget counts instructions down: a block's are taken off when it is left, so a block may only be entered while MAX_BLOCK are left.
 */
import { Code, Op } from '../wasm/code.ts';
import { Module } from '../wasm/module.ts';
import { enumerateForms } from './form-enumeration.ts';
import { FIRST_FORM, type FormTable } from './forms.ts';
import { ColdBuilder, FIRST_COLD_TEMPORARY } from './interpreter-cold.ts';
import {
  addOutside,
  addWriteSlow,
  type Helpers,
  type Imports,
  RECORD_TO_OUTCOME,
  SIGNATURES,
  storeEipOfRecord,
} from './interpreter-imports.ts';
import { addRun } from './interpreter-run.ts';
import { Outcome } from './outcome.ts';
import { addRepeatedTransfers } from './repeated-transfers.ts';
import { fieldAddress } from './state.ts';
import type { LocalPool } from './wasm-arithmetic.ts';
import { addX87Functions } from './x87/functions.ts';
import { OPERAND_TO_DONE } from './x87/row-function.ts';

/** Custom sections of the module: which form number stands for what (see FormTable). */
const FORM_TABLE = 'real86.forms';
const FACTS = 'real86.facts';
const PLACES = 'real86.places';

/** The table that belongs to a module made by buildInterpreter(). */
export function formTableOf(module: WebAssembly.Module): FormTable {
  const section = (name: string): ArrayBuffer => {
    const [bytes] = WebAssembly.Module.customSections(module, name);
    if (!bytes) throw new Error(`interpreter module without section ${name}`);
    return bytes;
  };
  return {
    variants: new Uint16Array(section(FORM_TABLE)),
    facts: new Uint16Array(section(FACTS)),
    places: new Uint32Array(section(PLACES)),
  };
}

export interface InterpreterOptions {
  /** Without them every x87 instruction is done by its service. */
  readonly x87Functions: boolean;
}

/** The module's bytes: a pure function of the definitions. It imports memory as `env.memory` and the functions of Imports from `cpu`. */
export function buildInterpreter(
  memoryPages: number,
  options: InterpreterOptions = { x87Functions: true },
): Uint8Array<ArrayBuffer> {
  const module = new Module();
  const imports = Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, signature]) => [name, module.importFunction('cpu', name, signature)]),
  ) as Record<keyof Imports, number>;
  module.importMemory('env', 'memory', memoryPages);
  const { forms, variants, facts, places } = enumerateForms();
  const x87Functions = options.x87Functions ? addX87Functions(module) : [];
  // They follow the forms in the table.
  const x87Table = { first: FIRST_FORM + forms.length, type: module.typeIndex(OPERAND_TO_DONE) };
  const helpers: Helpers = {
    imports,
    writeSlow: addWriteSlow(module, imports),
    outside: addOutside(module),
    repeated: addRepeatedTransfers(module),
    x87: options.x87Functions ? x87Table : undefined,
  };
  module.export('deliver', helpers.repeated.deliver);

  for (const pseudo of [pseudoStop, pseudoStale, pseudoNext, pseudoCompiled, pseudoResume]) {
    const code = new Code();
    pseudo(code);
    module.addToTable(module.addFunction(RECORD_TO_OUTCOME, { i64: 1, i32: 0 }, code));
  }
  for (const form of forms) {
    const code = new Code();
    const pool: LocalPool = { first: FIRST_COLD_TEMPORARY, used: 0 };
    form.lift(new ColdBuilder(form, code, pool, helpers), form);
    code.const(Outcome.next);
    module.addToTable(module.addFunction(RECORD_TO_OUTCOME, { i64: 1, i32: pool.used }, code));
  }
  for (const index of x87Functions) module.addToTable(index);
  module.exportTable('forms');
  module.export(
    'run',
    addRun(
      module,
      forms.filter(form => form.hot),
      helpers.x87,
    ),
  );
  module.custom(FORM_TABLE, new Uint8Array(variants.buffer));
  module.custom(FACTS, new Uint8Array(facts.buffer));
  module.custom(PLACES, new Uint8Array(places.buffer));
  return module.bytes();
}

// ---- pseudo forms: neither executes an instruction

/** Undoes the one instruction that the leaving of a block counts. */
function uncount(code: Code): void {
  code.const(0).const(0).load(4, fieldAddress('budget')).const(1).op(Op.i32_add).store(4, fieldAddress('budget'));
}

function pseudoStop(code: Code): void {
  storeEipOfRecord(code);
  uncount(code);
  code.const(Outcome.event);
}

const pseudoStale = pseudoStop;

/** Never called: `run` takes it as a jump. */
function pseudoNext(code: Code): void {
  code.op(Op.unreachable);
}

function pseudoCompiled(code: Code): void {
  storeEipOfRecord(code);
  uncount(code);
  code.const(Outcome.enter);
}

function pseudoResume(code: Code): void {
  uncount(code);
  code.const(Outcome.jump);
}
