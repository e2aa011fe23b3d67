/**
 * The small module between compiled regions: it finds the region that goes on at EIP, through a cache in memory, and calls it by its number.
 *
 *   run(region)      runs a region and whatever follows, until one ends with a status other than `continue` and `turn`, or nothing compiled goes on at EIP
 *   dispatch(depth)  the same for one region, as a tail call: what an exit calls that is linked to nothing. `continue` when there is none
 *   place(linear, size)  where an access goes that is no plain hit in the TLB, if that can be found without side effects: after a walk, or beside code. Else 0
 *   storeFlags(...)  see region-flags.ts
 *   regions          the table of regions by number. Compiled modules have tables of their own: engines handle one table that many modules import badly
 */
import { CODE_BITMAP, fieldAddress, REGION_CACHE, REGION_CACHE_ENTRIES, Tlb } from '../cpu/state.ts';
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
  const fill = module.importFunction('cpu', 'fill', PLACE_TYPE);
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
  module.export('place', module.addFunction(PLACE_TYPE, locals, placeCode(fill)));
  const temporaries = { first: STORE_FLAGS_TYPE.params.length + 1, used: 0 };
  const storeFlags = storeFlagsCode(temporaries);
  module.export('storeFlags', module.addFunction(STORE_FLAGS_TYPE, { i64: 1, i32: temporaries.used }, storeFlags));
  module.exportTable('regions');
  return module.bytes();
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
