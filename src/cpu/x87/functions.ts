/**
 * x87 instructions as WebAssembly functions in the interpreter's module, (operand: i32) -> i32. One table serves both engines: an escape code names a function,
 * or none.
 *
 * `operand` is the number of STi (of forms without one it does not matter), or the host address of the memory operand: plain RAM that may be read, or written,
 * all of it. A function does the common case of its instruction - normal numbers and zeros, all roundings and precisions, nothing to be reported but
 * a masked PE - and bit for bit what the service does (fpu.ts). Else it *refuses*: answers 0, nothing changed, and the service must do the whole instruction.
 * It looks at CR0.EM, CR0.TS and pending exceptions itself.
 *
 * When it does not refuse, the caller must note the pointers to the last instruction, as notePointers() in fpu.ts does, unless the row is `control`:
 *   fpuOpcode               the escape code
 *   fpuInstruction          EIP of the instruction, prefixes and all
 *   fpuInstructionSelector  selector of CS
 *   fpuData                 with a memory operand: its offset in its segment
 *   fpuDataSelector         the same: selector of that segment
 */
import { EscapeRows } from '../../isa/x87-map.ts';
import { int32 } from '../../wasm/expression.ts';
import type { Module } from '../../wasm/module.ts';
import { arithmeticRows } from './arithmetic-rows.ts';
import { compareRows } from './compare-rows.ts';
import { controlRows } from './control-rows.ts';
import { addCores, type Cores } from './cores.ts';
import { moveRows } from './move-rows.ts';
import { type Row, type Rows, registerRow, writeRow } from './row.ts';
import { Done } from './row-body.ts';
import { RowFunction } from './row-function.ts';
import { unaryRows } from './unary-rows.ts';

export interface X87Function extends Row {
  /** Which of the functions it is: see Engine.x87Function(). */
  readonly place: number;
}

/** For rows that are not here. */
const REFUSAL = registerRow(f => f.answer(int32(Done.refused)));
const NOWHERE = 0;

/** Rows by name without the opcode, as `FADD ST,STi`; those that mean the same share one. */
const rows: Rows = { ...moveRows, ...arithmeticRows, ...unaryRows, ...compareRows, ...controlRows };

export const X87Functions: readonly X87Function[] = [REFUSAL, ...new Set(Object.values(rows))].map((row, place) => ({
  ...row,
  place,
}));

/** Place of the function by escape code. */
const places = new Uint8Array(0x800);

for (const { name, opcode, digit, registerForm, operands } of EscapeRows) {
  const row = rows[name.slice(name.indexOf(' ') + 1)];
  if (!row) continue;
  const place = X87Functions.findIndex(({ write }) => write === row.write);
  const base = (opcode & 7) << 8;
  if (registerForm >= 0) {
    const first = base + registerForm;
    places.fill(place, first, first + (operands.includes('STi') ? 8 : 1));
  } else {
    for (let modrm = digit << 3; modrm < 0xc0; modrm += 0x40) places.fill(place, base + modrm, base + modrm + 8);
  }
}

/** The function of an escape code (11 bits: the low three of the opcode, then ModRM). */
export function x87FunctionOf(code: number): X87Function | undefined {
  const place = places[code]!;
  return place === NOWHERE ? undefined : X87Functions[place];
}

/** What the record of an escape holds for the interpreter: place of the function, bytes of the memory operand (bits 8-15), whether written (bit 16). */
export function x87RecordWord(code: number): number {
  const place = places[code]!;
  const { bytes, writes } = X87Functions[place]!;
  return place | (bytes << 8) | (writes ? 1 << 16 : 0);
}

/** Places of the shared functions, which follow the others: for rows that are written out in other modules. */
export const CorePlaces: Cores = {
  sum: X87Functions.length,
  product: X87Functions.length + 1,
  quotient: X87Functions.length + 2,
};

export const isCore = (place: number): boolean => place >= X87Functions.length;
/** In the order of addCores(). */
export const coreNumber = (place: number): number => place - X87Functions.length;

/** Adds the functions to a module and gives their indices, by place. */
export function addX87Functions(module: Module): number[] {
  const cores = addCores(module);
  const functions = X87Functions.map(row => {
    const f = new RowFunction();
    writeRow(row, f, cores);
    return f.add(module);
  });
  return [...functions, cores.sum, cores.product, cores.quotient];
}
