/**
 * The 80-bit format in WebAssembly: 16 bits of sign and exponent in an i32, the significand in an i64 (see ../extended.ts). What is written here and beside
 * it handles normal numbers and zeros whose result is one; anything else is *refused*: abandoned before anything has changed, and the exact
 * implementation (../) does the whole operation.
 */
import type { Label } from '../../wasm/code.ts';
import { type Int32, type Int64, int32 } from '../../wasm/expression.ts';
import type { Statements } from '../../wasm/statements.ts';
import type { Round } from './rounding.ts';

export interface Number80 {
  /** Bit 15 sign, bits 14-0 biased exponent; nothing above. */
  readonly top: Int32;
  /** Bit 63 is the integer bit. */
  readonly significand: Int64;
}

/** A result as it is to be written, and what is to be said of it. */
export interface Result extends Number80 {
  /** 1 when it is not the exact one: PE. */
  readonly inexact: Int32;
  /** 1 when it was rounded away from zero: C1. */
  readonly up: Int32;
}

/** What becomes of a result: it is written, and the operation left. An operation may call it at several places. */
export type Done = (result: Result) => void;

/** `control` is a control word. */
export type Operation = (f: Statements, control: Int32, a: Number80, b: Number80, done: Done) => void;
/** Both operands are normal; `round` as the control word says, or as the caller knows that it says. */
export type OperationOnNormal = (
  f: Statements,
  control: Int32,
  round: Round,
  a: Number80,
  b: Number80,
  done: Done,
) => void;

export const BIAS = 0x3fff;
export const MAX_EXPONENT = 0x7fff;
export const SIGN = 0x8000;
export const INTEGER_BIT = 1n << 63n;

/** The way out to the exact implementation. */
export function refuse(f: Statements, when: Int32): void {
  f.abandon(when);
}

export const exponentOf = ({ top }: Number80): Int32 => top.and(MAX_EXPONENT);
export const signOf = ({ top }: Number80): Int32 => top.and(SIGN);

/** 1 for exponents of normal numbers. */
export const isNormalExponent = (exponent: Int32): Int32 => exponent.sub(1).ltu(MAX_EXPONENT - 1);

export function isNormal(a: Number80): Int32 {
  return isNormalExponent(exponentOf(a)).and(a.significand.lts(0n));
}

/** Leaves a block unless both are normal. A branch for each comparison: all are well foreseen. */
export function leaveUnlessNormal(f: Statements, label: Label, a: Number80, b: Number80): void {
  f.leaveIfUnlikely(label, a.significand.and(b.significand).lts(0n).eqz());
  f.leaveIfUnlikely(
    label,
    exponentOf(a)
      .sub(1)
      .gtu(MAX_EXPONENT - 2),
  );
  f.leaveIfUnlikely(
    label,
    exponentOf(b)
      .sub(1)
      .gtu(MAX_EXPONENT - 2),
  );
}

export function isZero(a: Number80): Int32 {
  return exponentOf(a).wide().or(a.significand).eqz();
}

/** Goes on with normal numbers and zeros alone. */
export function refuseUnlessNumber(f: Statements, a: Number80): void {
  f.if(isNormal(a).eqz(), () => refuse(f, isZero(a).eqz()));
}

export const exactly = (top: Int32, significand: Int64): Result => ({
  top,
  significand,
  inexact: int32(0),
  up: int32(0),
});
