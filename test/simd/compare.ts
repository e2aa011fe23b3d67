/** What two states after the same case do not agree in, as lines to read. */
import { decode } from '../../src/cpu/decoder.ts';
import { disassembleAt } from '../../src/inspect/disassemble.ts';
import type { Guest } from './guest.ts';
import { Fx, Layout } from './layout.ts';

/** Arithmetic flags and DF. */
const FLAGS = 0xcd5;
/** Where Intel's and AMD's bits differ by design: RCP and RSQRT. Twice the documented error of 1.5 * 2^-12, as both sides have one. */
const APPROXIMATE = /R(CP|SQRT)[PS]S/;
const TOLERANCE = 3 * 2 ** -12;

const hex = (value: number, digits = 8) => (value >>> 0).toString(16).padStart(digits, '0');

function vectorText(view: DataView, at: number): string {
  return [3, 2, 1, 0].map(i => hex(view.getUint32(at + 4 * i, true))).join('_');
}

/**
 * Why a case is not compared, or undefined. What the host has and we have not: SSE4A's scalar non-temporal stores and CLFLUSHOPT are
 * undefined opcodes here. CVTPI2PS from memory: the manual says that it turns the x87 registers into MMX registers, AMD's processors leave them.
 */
export function exclusion(code: Uint8Array, name: string): string | undefined {
  const at = code.findIndex((byte, i) => byte === 0x0f && i < 6);
  if (name === 'undefined' && code[at + 1] === 0x2b) return 'SSE4A';
  if (name === 'undefined' && code[at + 1] === 0xae) return 'CLFLUSHOPT and kin';
  if (name.startsWith('0F2A') && code[at + 2]! < 0xc0) return 'CVTPI2PS from memory';
  return undefined;
}

/** `row`: name of the opcode map's row. `before`, `ours` and `theirs` are states as in layout.ts. */
export function differences(row: string, before: Uint8Array, ours: Uint8Array, theirs: Uint8Array): string[] {
  const [was, a, b] = [before, ours, theirs].map(s => new DataView(s.buffer, s.byteOffset, s.length)) as [
    DataView,
    DataView,
    DataView,
  ];
  const found: string[] = [];
  const word = (name: string, at: number, mask = 0xffffffff, bytes: 1 | 2 | 4 = 4) => {
    const read = (v: DataView) =>
      bytes === 4 ? v.getUint32(at, true) : bytes === 2 ? v.getUint16(at, true) : v.getUint8(at);
    if (((read(a) ^ read(b)) & mask) !== 0)
      found.push(`${name}: ${hex(read(a))}, host ${hex(read(b))}, was ${hex(read(was))}`);
  };
  word('vector', Layout.vector);
  word('cr2', Layout.cr2);
  word('eip', Layout.eip);
  for (let i = 0; i < 8; i++) word(`register ${i}`, Layout.registers + 4 * i);
  word('eflags', Layout.eflags, FLAGS);
  word('x87 status', Layout.fx + Fx.status, 0xffff, 2);
  word('x87 tag', Layout.fx + Fx.tag, 0xff, 1);
  word('mxcsr', Layout.fx + Fx.mxcsr);
  const vector = (name: string, at: number, bytes: number) => {
    for (let i = 0; i < bytes; i++) {
      if (a.getUint8(at + i) === b.getUint8(at + i)) continue;
      if (APPROXIMATE.test(row) && near(a, b, at + (i & ~3))) continue;
      found.push(`${name}: ${vectorText(a, at)}, host ${vectorText(b, at)}, was ${vectorText(was, at)}`);
      return;
    }
  };
  for (let i = 0; i < 8; i++) {
    vector(`xmm${i}`, Layout.fx + Fx.xmm + 16 * i, 16);
    vector(`st${i}`, Layout.fx + Fx.st + 16 * i, 10);
  }
  for (let i = Layout.memory; i < Layout.bytes; i += 16) vector(`memory+${i - Layout.memory}`, i, 16);
  if (found.length > 0) found.push(operands(was));
  return found;
}

function near(a: DataView, b: DataView, at: number): boolean {
  const x = a.getFloat32(at, true);
  const y = b.getFloat32(at, true);
  return Math.abs(x - y) <= Math.abs(y) * TOLERANCE;
}

function operands(was: DataView): string {
  const registers = [0, 1, 2, 3, 4, 5, 6, 7].map(i => `xmm${i} ${vectorText(was, Layout.fx + Fx.xmm + 16 * i)}`);
  return `before: mxcsr ${hex(was.getUint32(Layout.fx + Fx.mxcsr, true), 4)} ${registers.join(' ')}`;
}

/** The instruction of the case at `at`. */
export function codeOf(states: Uint8Array, at: number): Uint8Array {
  const length = new DataView(states.buffer, states.byteOffset).getUint32(at + Layout.length, true);
  return states.subarray(at, at + length);
}

function nameOf(code: Uint8Array): string {
  const decoded = decode(i => code[i] ?? 0xcc, true);
  return typeof decoded === 'string' ? decoded : decoded.row.name;
}

export interface Comparison {
  /** A text for each row that fails: how often, and the first few cases. */
  readonly failures: readonly string[];
  /** How often each vector was raised; -1 for none. */
  readonly faults: ReadonlyMap<number, number>;
}

const PF = 14;
const AC = 17;
/** More differences in one instruction than this are more of the same. */
const SHOWN_EACH = 3;

/** As differences(), of one case whose states begin at `at`; undefined where the host cannot judge. */
export function compareCase(
  before: Uint8Array,
  ours: Uint8Array,
  theirs: Uint8Array,
  at: number,
): string[] | undefined {
  const code = codeOf(before, at);
  const name = nameOf(code);
  if (exclusion(code, name)) return undefined;
  // Not aligned and not present: which fault comes first depends on the processor and the instruction (SDM vol. 3, 6.9).
  const vectors = [ours, theirs].map(s => new DataView(s.buffer, s.byteOffset).getInt32(at + Layout.vector, true));
  if (Math.min(...vectors) === PF && Math.max(...vectors) === AC) return undefined;
  const [a, b, c] = [before, ours, theirs].map(states => states.subarray(at, at + Layout.bytes));
  return differences(name, a!, b!, c!);
}

/** The instruction of a case, to read. */
export function describeCode(states: Uint8Array, at: number): string {
  const code = codeOf(states, at);
  const text = disassembleAt(i => code[i] ?? 0xcc, { address: 0 }).text;
  return `${[...code].map(byte => byte.toString(16).padStart(2, '0')).join(' ')}  ${text}`;
}

/** Runs the cases on our processor and compares with `theirs`. */
export function compareAll(guest: Pick<Guest, 'run'>, before: Uint8Array, theirs: Uint8Array): Comparison {
  const ours = before.slice();
  const view = new DataView(ours.buffer);
  const failed = new Map<string, string[]>();
  const faults = new Map<number, number>();
  for (let at = 0; at < before.length; at += Layout.bytes) {
    guest.run(view, at);
    const vector = view.getInt32(at + Layout.vector, true);
    faults.set(vector, (faults.get(vector) ?? 0) + 1);
    const found = compareCase(before, ours, theirs, at) ?? [];
    if (found.length === 0) continue;
    const name = nameOf(codeOf(before, at));
    failed.set(name, [...(failed.get(name) ?? []), [describeCode(before, at), ...found].join('\n    ')]);
  }
  const failures = [...failed].map(([row, all]) => [`${row}: ${all.length}`, ...all.slice(0, SHOWN_EACH)].join('\n  '));
  return { failures, faults };
}
