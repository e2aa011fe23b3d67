/** The formats of memory operands: how many bytes, and how one is read as a number. */
import { DOUBLE, fromInteger, SINGLE, widen } from '../../fpu/wasm/formats.ts';
import type { Number80 } from '../../fpu/wasm/number.ts';
import type { RowBody } from './row-body.ts';

export interface Format {
  readonly bytes: number;
  read(f: RowBody): Number80;
}

export const single: Format = { bytes: 4, read: f => widen(f, SINGLE, f.let(f.load(4, f.operand).wide())) };
export const double: Format = { bytes: 8, read: f => widen(f, DOUBLE, f.load64(f.operand)) };
export const extended: Format = {
  bytes: 10,
  read: f => ({ top: f.load(2, f.operand, 8), significand: f.load64(f.operand) }),
};

export const integer16: Format = {
  bytes: 2,
  read: f => fromInteger(f, f.let(f.load(2, f.operand, 0, true).wideSigned())),
};
export const integer32: Format = { bytes: 4, read: f => fromInteger(f, f.let(f.load(4, f.operand).wideSigned())) };
export const integer64: Format = { bytes: 8, read: f => fromInteger(f, f.load64(f.operand)) };
