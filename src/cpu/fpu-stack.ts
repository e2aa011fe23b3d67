/**
 * The x87 register stack and status word. Source: SDM vol. 1, 8.1, 8.5.1.1.
 *
 *   status  0-5 IE DE ZE OE UE PE, 6 SF, 7 ES, 8-10 C0 C1 C2, 11-13 TOP, 14 C3, 15 B (as ES)
 *   tags    bit n: register Rn is not empty. What else a tag says is seen from the register when it is asked for, as processors do it
 * In memory TOP and C1 are words of their own, and each tag is a byte (state.ts).
 *
 * An operation is begin(), arithmetic on `env`, then commit(): the flags go to the status word, and the answer says whether the result may be
 * written. The state itself lies in WebAssembly memory (state.ts).
 */
import { BEFORE, Environment, Flags } from '../fpu/environment.ts';
import { type Extended, Indefinite, make } from '../fpu/extended.ts';
import { FPU_STATE, fieldAddress } from './state.ts';

export const Status = {
  SF: 0x40,
  ES: 0x80,
  C0: 0x100,
  C1: 0x200,
  C2: 0x400,
  C3: 0x4000,
  B: 0x8000,
} as const;
export const CONDITIONS = Status.C0 | Status.C1 | Status.C2 | Status.C3;
const EXCEPTIONS = 0x3f;
const C1_SHIFT = 9;
const TOP_SHIFT = 11;
const TOP_BITS = 7 << TOP_SHIFT;

const REGISTERS = FPU_STATE >> 2;
const CONTROL = fieldAddress('fpuControl') >> 2;
const STATUS = fieldAddress('fpuStatus') >> 2;
const TOP = fieldAddress('fpuTop') >> 2;
const C1 = fieldAddress('fpuC1') >> 2;
const FULL = fieldAddress('fpuFull0');
/** The pointers to the last instruction and its data. */
const OPCODE = fieldAddress('fpuOpcode') >> 2;
const LAST = fieldAddress('fpuDataSelector') >> 2;

export class FpuStack {
  readonly env = new Environment();
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;

  constructor(words: Int32Array) {
    this.words = words;
    this.bytes = new Uint8Array(words.buffer);
  }

  get control(): number {
    return this.words[CONTROL]!;
  }

  /** The whole status word. */
  get status(): number {
    return this.words[STATUS]! | (this.words[TOP]! << TOP_SHIFT) | (this.words[C1]! << C1_SHIFT);
  }

  set status(value: number) {
    this.words[STATUS] = value & 0xffff & ~(TOP_BITS | Status.C1);
    this.words[TOP] = (value >> TOP_SHIFT) & 7;
    this.words[C1] = (value >> C1_SHIFT) & 1;
  }

  get tags(): number {
    let tags = 0;
    for (let n = 0; n < 8; n++) tags |= this.bytes[FULL + n]! << n;
    return tags;
  }

  set tags(value: number) {
    for (let n = 0; n < 8; n++) this.bytes[FULL + n] = (value >> n) & 1;
  }

  get top(): number {
    return this.words[TOP]!;
  }

  set top(value: number) {
    this.words[TOP] = value & 7;
  }

  /** An unmasked exception is pending: ES. */
  get pending(): boolean {
    return (this.words[STATUS]! & Status.ES) !== 0;
  }

  /** Sets the control word; what it unmasks becomes pending. Bits 6, 7 and 13-15 are fixed, bit 12 only kept. */
  setControl(value: number): void {
    this.words[CONTROL] = (value & 0x1f3f) | 0x40;
    this.summarize();
  }

  /** As FNINIT leaves it. The registers keep their contents. */
  initialize(): void {
    this.words[CONTROL] = 0x37f;
    this.status = 0;
    this.tags = 0;
    this.words.fill(0, OPCODE, LAST + 1);
  }

  // ---- registers

  physical(i: number): number {
    return (this.words[TOP]! + i) & 7;
  }

  isEmpty(i: number): boolean {
    return this.bytes[FULL + this.physical(i)] === 0;
  }

  read(i: number): Extended {
    const at = REGISTERS + this.physical(i) * 4;
    return make(this.words[at + 2]!, this.words[at + 1]!, this.words[at]!);
  }

  write(i: number, value: Extended): void {
    const number = this.physical(i);
    const at = REGISTERS + number * 4;
    this.words[at] = value.low;
    this.words[at + 1] = value.high;
    this.words[at + 2] = value.top;
    this.bytes[FULL + number] = 1;
  }

  free(i: number): void {
    this.bytes[FULL + this.physical(i)] = 0;
  }

  push(value: Extended): void {
    this.top = this.top - 1;
    this.write(0, value);
  }

  pop(): void {
    this.free(0);
    this.top = this.top + 1;
  }

  // ---- an operation

  begin(): Environment {
    this.env.begin(this.words[CONTROL]!);
    return this.env;
  }

  /** Reports the operation's flags; C1 is set when it rounded up. True when the result may be written (and popped). */
  commit(): boolean {
    const { env } = this;
    const blocked = (env.flags & ~env.masks & BEFORE) !== 0;
    // What stops an operation before its result leaves nothing to be inexact.
    const flags = blocked ? env.flags & BEFORE : env.flags;
    this.words[C1] = env.roundedUp && !blocked ? 1 : 0;
    if (flags !== 0) {
      this.words[STATUS] = this.words[STATUS]! | flags;
      this.summarize();
    }
    return !blocked;
  }

  /** Notes a stack fault; C1 tells overflow. True when it is masked, so that the indefinite may be written. */
  stackFault(overflow: boolean): boolean {
    this.words[STATUS] = this.words[STATUS]! | Flags.IE | Status.SF;
    this.words[C1] = overflow ? 1 : 0;
    this.summarize();
    return (this.words[CONTROL]! & Flags.IE) !== 0;
  }

  /** A push that finds its place taken: the stack fault, and the indefinite when masked. */
  pushOverflows(): boolean {
    if (this.isEmpty(-1)) return false;
    if (this.stackFault(true)) this.push(Indefinite);
    return true;
  }

  clearC1(): void {
    this.words[C1] = 0;
  }

  setConditions(bits: number): void {
    this.words[STATUS] = (this.words[STATUS]! & ~CONDITIONS) | (bits & ~Status.C1);
    this.words[C1] = (bits >> C1_SHIFT) & 1;
  }

  /** Makes ES and B say whether an unmasked exception is noted. */
  summarize(): void {
    const status = this.words[STATUS]!;
    const pending = (status & ~this.words[CONTROL]! & EXCEPTIONS) !== 0;
    this.words[STATUS] = pending ? status | Status.ES | Status.B : status & ~(Status.ES | Status.B);
  }
}
