/**
 * The small module between compiled regions: it finds the region that goes on at EIP, through a cache in memory, and calls it by its number.
 *
 *   run(region)      runs a region and whatever follows, until one ends with a status other than CONTINUE or TURN, or nothing compiled goes on at EIP
 *   dispatch(depth)  the same for one region, as a tail call: what an exit calls that is linked to nothing. CONTINUE when there is none
 *   regions          the table of regions by number. Compiled modules have tables of their own: engines handle one table that many modules import badly
 */
import { fieldAddress, REGION_CACHE, REGION_CACHE_ENTRIES } from '../cpu/state.ts';
import { Code, I32, Op } from '../wasm/code.ts';
import { Module } from '../wasm/module.ts';
import { Status } from './status.ts';

/** Region functions: from the depth of guest calls that are WebAssembly calls to a Status. */
export const REGION_TYPE = { params: [I32], results: [I32] } as const;

export interface Dispatcher {
  readonly run: (region: number) => number;
  /** An exported function, to be imported by compiled modules. */
  readonly dispatch: WebAssembly.ExportValue;
  readonly regions: WebAssembly.Table;
}

let compiled: WebAssembly.Module | undefined;

export function makeDispatcher(memory: WebAssembly.Memory, regions: number): Dispatcher {
  compiled ??= new WebAssembly.Module(dispatcherBytes(regions));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return {
    run: exports.run as (region: number) => number,
    dispatch: exports.dispatch!,
    regions: exports.regions as WebAssembly.Table,
  };
}

/** Address of the cache entry for a linear address. Computed as below. */
export function cacheEntry(linear: number): number {
  return REGION_CACHE + ((linear ^ (linear >>> 12)) & (REGION_CACHE_ENTRIES - 1)) * 16;
}

const LINEAR = 1;
const ENTRY = 2;

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
  module.importMemory('env', 'memory', 1);
  module.reserveTable(regions);
  const type = module.typeIndex(REGION_TYPE);
  const locals = { i64: 0, i32: 2 };

  const dispatch = new Code();
  const missed = dispatch.block();
  dispatch.get(0);
  find(dispatch, missed);
  dispatch.returnCallIndirect(type);
  dispatch.end();
  dispatch.const(0);
  module.export('dispatch', module.addFunction(REGION_TYPE, locals, dispatch));

  // The parameter is the region at first, then the status.
  const run = new Code();
  run.const(0).get(0).callIndirect(type).set(0);
  const nothing = run.block();
  const again = run.loop();
  // After a turn nobody is in compiled code any more.
  run.get(0).const(Status.turn).op(Op.i32_eq).if();
  run.const(0).const(0).store(4, fieldAddress('codeDropped'));
  run.const(Status.continue).set(0);
  run.end();
  run.get(0).brIf(nothing);
  run.const(0);
  find(run, nothing);
  run.callIndirect(type).set(0).br(again);
  run.end();
  run.end();
  run.get(0);
  module.export('run', module.addFunction(REGION_TYPE, locals, run));
  module.exportTable('regions');
  return module.bytes();
}
