/**
 * x87 instructions as WebAssembly functions in the interpreter's module. One table serves both engines: an escape code names a function, or none.
 *
 * A function does the common case of its instruction, bit for bit as the service does (fpu.ts), or *refuses*: answers 0 with nothing changed. It looks at CR0.EM,
 * CR0.TS and pending exceptions itself. Its one parameter is the number of STi (register forms; 0 where there is none) or the host address of the memory
 * operand: plain RAM that may be read, or written, as far as the operand goes. It answers Done (row-body.ts).
 *
 * After Done.pointers the caller notes the pointers to the last instruction, as notePointers() in fpu.ts does: fpuOpcode, fpuInstruction,
 * fpuInstructionSelector, and with a memory operand fpuData (the offset in its segment) and fpuDataSelector.
 */
import { EscapeRows } from '../../isa/x87-map.ts';
import type { Module } from '../../wasm/module.ts';
import { arithmeticRows } from './arithmetic-rows.ts';
import { addCores } from './cores.ts';
import { moveRows } from './move-rows.ts';
import { type Row, type Rows, registerRow } from './row.ts';
import { RowBody } from './row-body.ts';

export interface X87Function extends Row {
  /** Of the row without its opcode, as `FADD ST,STi`; the function is exported by it. */
  readonly name: string;
}

/** Refuses everything: for rows that are not here. */
const NONE = registerRow(() => {
  const f = new RowBody();
  return f.done(0);
});

const rows: Rows = { none: NONE, ...moveRows, ...arithmeticRows };

/** All functions, in the order of their places in the table of functions. */
export const X87Functions: readonly X87Function[] = Object.entries(rows).map(([name, row]) => ({ name, ...row }));

/** Place of a function by escape code (11 bits: opcode 3, ModRM 8). */
const places = new Uint8Array(0x800);

for (const { name, opcode, digit, registerForm, operands } of EscapeRows) {
  const place = X87Functions.findIndex(f => f.name === name.slice(name.indexOf(' ') + 1));
  if (place < 0) continue;
  const base = (opcode & 7) << 8;
  if (registerForm >= 0)
    places.fill(place, base + registerForm, base + registerForm + (operands.includes('STi') ? 8 : 1));
  else for (let modrm = digit << 3; modrm < 0xc0; modrm += 0x40) places.fill(place, base + modrm, base + modrm + 8);
}

/** The function of an escape code. */
export function x87FunctionOf(code: number): X87Function | undefined {
  const place = places[code]!;
  return place === 0 ? undefined : X87Functions[place];
}

/** What the record of an escape holds for the interpreter: place of the function, bytes of the memory operand (bits 8-15), whether written (bit 16). */
export function x87RecordWord(code: number): number {
  const place = places[code]!;
  const { bytes, writes } = X87Functions[place]!;
  return place | (bytes << 8) | (writes ? 1 << 16 : 0);
}

/** Adds the functions, exported by name, and gives their indices in the order of X87Functions. */
export function addX87Functions(module: Module): number[] {
  const cores = addCores(module);
  return X87Functions.map(({ name, body }) => {
    const index = body(cores).add(module);
    module.export(name, index);
    return index;
  });
}
