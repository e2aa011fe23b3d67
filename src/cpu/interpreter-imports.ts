/** What the interpreter asks of the processor, and the functions of its own module that its handlers call. */
import type { Exception } from '../isa/builder.ts';
import { Code, I32, Op } from '../wasm/code.ts';
import type { Module } from '../wasm/module.ts';
import { Field } from './record.ts';
import type { RepeatedTransfers } from './repeated-transfers.ts';
import { CODE_BITMAP, fieldAddress, SegmentCache, Tlb } from './state.ts';
import { RECORD } from './wasm-arithmetic.ts';
import type { X87Table } from './x87/escape-builder.ts';

/** Exception vectors by name. Source: SDM vol. 3, table 6-1. */
export const Vector = { DE: 0, OF: 4, BR: 5, UD: 6, NM: 7, GP: 13 } as const satisfies Record<Exception, number>;

/** Access kinds as slow-path functions receive them. */
export const AccessKind = { read: 0, write: 1, modify: 2, 'probe-read': 3, 'probe-write': 4 } as const;

/** Functions the interpreter calls when the fast way ends; implemented by the processor. */
export interface Imports {
  /** Translates an access of `size` bytes at a linear address: a place, SCRATCH_PLACE, or 0 for a fault. */
  slow(linear: number, size: number, access: number): number;
  /** Carries out a write that went to the scratch page. */
  commit(): void;
  /** An access outside the segment's limits or rights: raises #GP or #SS. */
  segmentFault(cache: number): void;
  raise(vector: number, errorCode: number): void;
  /** Does as much of a REP MOVS or STOS as can be done in bulk; see bulk.ts. */
  bulk(record: number, what: number): void;
  /** Performs a service; returns an Outcome. */
  service(number: number, record: number, a: number, b: number, c: number): number;
}

export const SIGNATURES = {
  slow: { params: [I32, I32, I32], results: [I32] },
  commit: { params: [], results: [] },
  segmentFault: { params: [I32], results: [] },
  raise: { params: [I32, I32], results: [] },
  bulk: { params: [I32, I32], results: [] },
  service: { params: [I32, I32, I32, I32, I32], results: [I32] },
} as const;

/** Functions of the module: handlers, from their record to an Outcome. */
export const RECORD_TO_OUTCOME = { params: [I32], results: [I32] } as const;

export interface Helpers {
  readonly imports: Readonly<Record<keyof Imports, number>>;
  /** (linear, size, access, entry) -> place: code pages are asked here, all else by the import. */
  readonly writeSlow: number;
  /** (cache, offset, size, write) -> 1 when the access is outside. */
  readonly outside: number;
  readonly repeated: RepeatedTransfers;
  readonly x87: X87Table | undefined;
}

export function storeEipOfRecord(code: Code): void {
  code.const(0).const(0).load(4, fieldAddress('pcBase')).get(RECORD).load(2, Field.offset).op(Op.i32_add);
  code.store(4, fieldAddress('eip'));
}

export function addWriteSlow(module: Module, imports: Record<keyof Imports, number>): number {
  const [linear, size, access, entry, place, lines] = [0, 1, 2, 3, 4, 5];
  const code = new Code();
  code.block();
  const ask = 1;
  // Only a page whose one peculiarity is code, and an access within it.
  code.get(entry!).const(0xfff).op(Op.i32_and).const(Tlb.code).op(Op.i32_ne).brIf(ask);
  code.get(linear!).const(0xfff).op(Op.i32_and).get(size!).op(Op.i32_add).const(0x1000).op(Op.i32_gt_u).brIf(ask);
  code
    .get(linear!)
    .get(entry!)
    .op(Op.i32_add)
    .const(Tlb.code - Tlb.plain)
    .op(Op.i32_sub)
    .set(place!);
  // The bitmap bits of the first and last line; place - 1001h is the physical address.
  code.get(place!).const(0x1001).op(Op.i32_sub).set(lines!);
  const bit = (displacement: (c: Code) => void) => {
    code.get(lines!);
    displacement(code);
    code.const(9).op(Op.i32_shr_u).load(1, CODE_BITMAP);
    code.get(lines!);
    displacement(code);
    code.const(6).op(Op.i32_shr_u).const(7).op(Op.i32_and).op(Op.i32_shr_u);
  };
  bit(() => {});
  bit(c => c.get(size!).op(Op.i32_add).const(1).op(Op.i32_sub));
  code.op(Op.i32_or).const(1).op(Op.i32_and).brIf(ask);
  code.get(place!).op(Op.return);
  code.end();
  code.get(linear!).get(size!).get(access!).call(imports.slow);
  return module.addFunction({ params: [I32, I32, I32, I32], results: [I32] }, { i64: 0, i32: 2 }, code);
}

export function addOutside(module: Module): number {
  const [cache, offset, size, write, last] = [0, 1, 2, 3, 4];
  const code = new Code();
  // The write bounds lie 8 bytes after the read bounds.
  code.get(cache!).get(write!).const(3).op(Op.i32_shl).op(Op.i32_add).set(cache!);
  code.get(offset!).get(size!).op(Op.i32_add).const(1).op(Op.i32_sub).set(last!);
  code.get(offset!).get(cache!).load(4, SegmentCache.readLow).op(Op.i32_lt_u);
  code.get(last!).get(cache!).load(4, SegmentCache.readHigh).op(Op.i32_gt_u).op(Op.i32_or);
  // Past the top of a 4 GiB segment an access wraps (SDM vol. 3, 5.3 leaves it open), as it does where flat segments are not checked.
  code.get(last!).get(offset!).op(Op.i32_lt_u);
  code
    .get(cache!)
    .load(4, SegmentCache.readLow)
    .get(cache!)
    .load(4, SegmentCache.readHigh)
    .const(-1)
    .op(Op.i32_xor)
    .op(Op.i32_or);
  code.const(0).op(Op.i32_ne).op(Op.i32_and).op(Op.i32_or);
  return module.addFunction({ params: [I32, I32, I32, I32], results: [I32] }, { i64: 0, i32: 1 }, code);
}
