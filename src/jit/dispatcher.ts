/**
 * The small module between compiled regions: it finds the region that goes on at EIP, through a cache in memory, and calls it by its number.
 *
 *   run(region)      runs a region and whatever follows, until one ends with a status other than `continue` and `turn`, or nothing compiled goes on at EIP
 *   enter(record)    what the interpreter calls at the entry of a region: runs it and what follows, and has the interpreter go on from there; an Outcome. Of what comes to pass
 *                    often the host hears now and then (Outcome.enter, with the words of REGION_ENTRY)
 *   dispatch(depth)  the same for one region, as a tail call: what an exit calls that is linked to nothing. `continue` when there is none
 *   place(linear, size)  where an access goes that is no plain hit in the TLB, if that can be found without side effects: after a walk, or beside code. Else 0
 *   storeFlags(...)  see region-flags.ts
 *   regions          the table of regions by number. Compiled modules have tables of their own: engines handle one table that many modules import badly
 */
import { Pseudo } from '../cpu/forms.ts';
import { RECORD_TO_OUTCOME, storeEipOfRecord } from '../cpu/interpreter-imports.ts';
import { Outcome } from '../cpu/outcome.ts';
import { Field } from '../cpu/record.ts';
import {
  BULKED,
  CODE_BITMAP,
  type FieldName,
  fieldAddress,
  REGION_CACHE,
  REGION_CACHE_ENTRIES,
  REGION_ENTRY,
  REGION_RUNS,
  Tlb,
} from '../cpu/state.ts';
import { RECORD } from '../cpu/wasm-arithmetic.ts';
import { Code, I32, Op } from '../wasm/code.ts';
import { Module } from '../wasm/module.ts';
import { ASK_WRITE } from './region-builder.ts';
import { STORE_FLAGS_TYPE, storeFlagsCode } from './region-flags.ts';
import { Status } from './status.ts';

/** Region functions: from the depth of guest calls that are WebAssembly calls to a Status. */
export const REGION_TYPE = { params: [I32], results: [I32] } as const;

/** place(): from a linear address, and the size (or'ed with ASK_WRITE), to a place (what MEMORY_BIAS is added to) or 0. */
export const PLACE_TYPE = { params: [I32, I32], results: [I32] } as const;

export interface Dispatcher {
  /** Finds where an access goes that is not a plain hit in the TLB. */
  readonly place: WebAssembly.ExportValue;
  readonly storeFlags: WebAssembly.ExportValue;
  readonly run: (region: number) => number;
  readonly enter: WebAssembly.ExportValue;
  /** An exported function, to be imported by compiled modules. */
  readonly dispatch: WebAssembly.ExportValue;
  readonly regions: WebAssembly.Table;
}

let compiled: WebAssembly.Module | undefined;

/** `fill`: enters the translation of a linear address in the TLB; its word there, or 0. */
export function makeDispatcher(
  memory: WebAssembly.Memory,
  regions: number,
  fill: (linear: number, write: number) => number,
): Dispatcher {
  compiled ??= new WebAssembly.Module(dispatcherBytes(regions));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory }, cpu: { fill } });
  return {
    place: exports.place!,
    storeFlags: exports.storeFlags!,
    run: exports.run as (region: number) => number,
    enter: exports.enter!,
    dispatch: exports.dispatch!,
    regions: exports.regions as WebAssembly.Table,
  };
}

/** Address of the cache entry for a linear address. Computed as below. */
export function cacheEntry(linear: number): number {
  return REGION_CACHE + ((linear ^ (linear >>> 12)) & (REGION_CACHE_ENTRIES - 1)) * 16;
}

/** Addresses of the words that tell what has come of an entry from the interpreter. */
export const EntryWord = {
  /** A Status; or NOT_FOUND: then nothing has been executed, and it is for the host to find out what can be. */
  status: REGION_ENTRY,
  /** The number of the region that was entered. */
  region: REGION_ENTRY + 4,
  /** One less than how often something comes to pass for the host to hear of it: a power of two less one. */
  lot: REGION_ENTRY + 8,
  /** How often what the host is told of has come to pass. */
  times: REGION_ENTRY + 12,
  /** Instructions executed in all entries, these and those from the host: 64 bits. */
  executed: REGION_ENTRY + 16,
} as const;
export const NOT_FOUND = -1;
/** Entries of a region of which the host hears of one: a power of two. So many slices are fewer instructions than fit a word. */
const ENTRIES_TOLD = 128;

// Locals, after the parameter.
const LINEAR = 1;
const ENTRY = 2;
const STATUS = 3;
const REGION = 4;
const EXECUTED = 5;
const BULKED_THEN = 6;
const ENTRIES = 7;
const LOCALS = 7;

/** Leaves the region's number on the stack; branches to `miss` when the cache has none for EIP. */
function find(code: Code, miss: number): void {
  code.const(0).load(4, fieldAddress('csBase')).const(0).load(4, fieldAddress('eip')).op(Op.i32_add).tee(LINEAR);
  code.get(LINEAR).const(12).op(Op.i32_shr_u).op(Op.i32_xor);
  code
    .const(REGION_CACHE_ENTRIES - 1)
    .op(Op.i32_and)
    .const(4)
    .op(Op.i32_shl)
    .tee(ENTRY);
  code.load(4, REGION_CACHE).get(LINEAR).op(Op.i32_ne).brIf(miss);
  code.get(ENTRY).load(4, REGION_CACHE + 4);
  code.const(0).load(4, fieldAddress('codeKey')).op(Op.i32_ne).brIf(miss);
  code.get(ENTRY).load(4, REGION_CACHE + 8);
}

function dispatcherBytes(regions: number): Uint8Array<ArrayBuffer> {
  const module = new Module();
  const fill = module.importFunction('cpu', 'fill', PLACE_TYPE);
  module.importMemory('env', 'memory', 1);
  module.reserveTable(regions);
  const type = module.typeIndex(REGION_TYPE);
  const locals = { i64: 0, i32: LOCALS };

  const dispatch = new Code();
  const missed = dispatch.block();
  dispatch.get(0);
  find(dispatch, missed);
  dispatch.returnCallIndirect(type);
  dispatch.end();
  dispatch.const(0);
  module.export('dispatch', module.addFunction(REGION_TYPE, locals, dispatch));

  const run = new Code();
  run.get(0).set(REGION);
  runRegion(run, type);
  countRun(run);
  run.get(STATUS);
  module.export('run', module.addFunction(REGION_TYPE, locals, run));
  module.export('enter', module.addFunction(RECORD_TO_OUTCOME, locals, enterCode(type)));
  module.export('place', module.addFunction(PLACE_TYPE, { i64: 0, i32: 2 }, placeCode(fill)));
  const temporaries = { first: STORE_FLAGS_TYPE.params.length + 1, used: 0 };
  const storeFlags = storeFlagsCode(temporaries);
  module.export('storeFlags', module.addFunction(STORE_FLAGS_TYPE, { i64: 1, i32: temporaries.used }, storeFlags));
  module.exportTable('regions');
  return module.bytes();
}

/**
 * Runs REGION, and what goes on where it ends, for as long as there is something: then STATUS says why not, and where it is `continue` ENTRY is where one would be cached.
 * EXECUTED is how many instructions that were, BULKED_THEN what BULKED had been.
 */
function runRegion(code: Code, type: number): void {
  code.const(0).const(0).store(4, fieldAddress('codeDropped'));
  code.const(0).load(4, fieldAddress('budget')).set(EXECUTED);
  code.const(0).load(4, BULKED).set(BULKED_THEN);
  code.const(0).get(REGION).callIndirect(type).set(STATUS);
  const nothing = code.block();
  const again = code.loop();
  // After a turn nobody is in compiled code any more.
  code.get(STATUS).const(Status.turn).op(Op.i32_eq).if();
  code.const(0).const(0).store(4, fieldAddress('codeDropped'));
  code.const(Status.continue).set(STATUS);
  code.end();
  code.get(STATUS).brIf(nothing);
  code.const(0);
  find(code, nothing);
  code.callIndirect(type).set(STATUS).br(again);
  code.end();
  code.end();
  code.get(EXECUTED).const(0).load(4, fieldAddress('budget')).op(Op.i32_sub).set(EXECUTED);
}

/** Notes that REGION has been entered, and what was executed: of the region without what REP did in bulk, which takes no time. Leaves in ENTRIES how many entries there are notes of. */
function countRun(code: Code): void {
  code.const(0).const(0).load64(EntryWord.executed).get(EXECUTED).op(Op.i64_extend_i32_u).op(Op.i64_add);
  code.store64(EntryWord.executed);
  const runs = () => code.get(REGION).const(3).op(Op.i32_shl);
  runs();
  runs()
    .load(4, REGION_RUNS + 4)
    .get(EXECUTED)
    .op(Op.i32_add)
    .get(BULKED_THEN)
    .op(Op.i32_add)
    .const(0)
    .load(4, BULKED)
    .op(Op.i32_sub)
    .store(4, REGION_RUNS + 4);
  runs();
  runs().load(4, REGION_RUNS).const(1).op(Op.i32_add).tee(ENTRIES).store(4, REGION_RUNS);
}

/** Instructions are counted as the interpreter does: its block's, up to the one that leads here, are taken off the budget when this returns. */
function enterCode(type: number): Code {
  const code = new Code();
  const state = (name: FieldName) => code.const(0).load(4, fieldAddress(name));
  const setBudget = (count: (code: Code) => void) => {
    code.const(0);
    state('budget');
    count(code);
    code.store(4, fieldAddress('budget'));
  };
  const finish = (outcome: number) => {
    setBudget(c => c.get(RECORD).load(1, Field.index).op(Op.i32_add).const(1).op(Op.i32_add));
    code.const(outcome).op(Op.return);
  };
  storeEipOfRecord(code);
  setBudget(c => c.get(RECORD).load(1, Field.index).op(Op.i32_sub));
  code.const(0).const(NOT_FOUND).store(4, EntryWord.status);
  code.const(0).const(1).store(4, EntryWord.times);
  const none = code.block();
  find(code, none);
  code.set(REGION);
  runRegion(code, type);
  // The region itself cannot run now: the host knows of others, or has the interpreter go on.
  code.get(STATUS).const(Status.decline).op(Op.i32_eq);
  code.get(EXECUTED).op(Op.i32_eqz).op(Op.i32_and).brIf(none);
  countRun(code);
  code.const(0).get(STATUS).store(4, EntryWord.status);
  code.const(0).get(REGION).store(4, EntryWord.region);
  code.get(ENTRIES).const(ENTRIES_TOLD).op(Op.i32_ge_u).brIf(none);
  // Nothing compiled goes on at EIP: the interpreter does.
  code.get(STATUS).op(Op.i32_eqz).if();
  isTold(code, none);
  finish(Outcome.jump);
  code.end();
  code.get(STATUS).const(Status.leave).op(Op.i32_ne).brIf(none);
  state('exitRecord').load(2, Field.form).const(Pseudo.compiled).op(Op.i32_eq).brIf(none);
  state('exitRecord').const(1).op(Op.i32_shr_u);
  code
    .const((REGION_CACHE_ENTRIES - 1) << 4)
    .op(Op.i32_and)
    .set(ENTRY);
  isTold(code, none);
  finish(Outcome.record);
  code.end();
  finish(Outcome.enter);
  code.const(0);
  return code;
}

/** Counts beside ENTRY of the cache, and branches to `told` with the last of a lot. Others that come to lie there are counted too. */
function isTold(code: Code, told: number): void {
  code
    .get(ENTRY)
    .get(ENTRY)
    .load(4, REGION_CACHE + 12)
    .const(1)
    .op(Op.i32_add)
    .tee(LINEAR)
    .store(4, REGION_CACHE + 12);
  code.get(LINEAR).const(0).load(4, EntryWord.lot).op(Op.i32_and).op(Op.i32_eqz).if();
  code.const(0).const(0).load(4, EntryWord.lot).const(1).op(Op.i32_add).store(4, EntryWord.times);
  code.br(told);
  code.end();
}

function placeCode(fill: number): Code {
  const [linear, size, entry, physical] = [0, 1, 2, 3] as const;
  const code = new Code();
  const none = code.block();
  // Across pages there is no one place.
  code.get(linear).const(0xfff).op(Op.i32_and).get(size).const(0xff).op(Op.i32_and).op(Op.i32_add);
  code.const(0x1000).op(Op.i32_gt_u).brIf(none);
  code.const(0).load(4, fieldAddress('tlbWrite')).const(0).load(4, fieldAddress('tlbRead'));
  code.get(size).const(ASK_WRITE).op(Op.i32_and).op(Op.select);
  code.get(linear).const(12).op(Op.i32_shr_u).const(2).op(Op.i32_shl).op(Op.i32_add).load(4, 0).tee(entry);
  code.op(Op.i32_eqz).if();
  code.get(linear).get(size).const(ASK_WRITE).op(Op.i32_and).call(fill).set(entry);
  code.end();
  code.get(entry).const(Tlb.plain).op(Op.i32_and).if();
  code.get(linear).get(entry).op(Op.i32_add).op(Op.return);
  code.end();
  // Only writes have pages whose one peculiarity is code.
  code.get(entry).const(0xfff).op(Op.i32_and).const(Tlb.code).op(Op.i32_ne).brIf(none);
  code
    .get(linear)
    .get(entry)
    .op(Op.i32_add)
    .const(Tlb.code - Tlb.plain)
    .op(Op.i32_sub)
    .set(entry);
  // Such a place less 1001h is the physical address.
  code.get(entry).const(0x1001).op(Op.i32_sub).set(physical);
  const line = (last: boolean) => {
    const address = () => {
      code.get(physical);
      if (last) code.get(size).const(0xff).op(Op.i32_and).op(Op.i32_add).const(1).op(Op.i32_sub);
    };
    address();
    code.const(9).op(Op.i32_shr_u).load(1, CODE_BITMAP);
    address();
    code.const(6).op(Op.i32_shr_u).const(7).op(Op.i32_and).op(Op.i32_shr_u);
  };
  line(false);
  line(true);
  code.op(Op.i32_or).const(1).op(Op.i32_and).brIf(none);
  code.get(entry).op(Op.return);
  code.end();
  code.const(0);
  return code;
}
