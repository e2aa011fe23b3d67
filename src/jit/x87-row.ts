/**
 * An x87 row as part of a region: TOP and the tags are known while it is written, and registers are locals. So ST(i) is a name for a register, an exchange
 * costs nothing, and stack faults are seen beforehand: such an instruction refuses always.
 */

import type { fieldAddress } from '../cpu/state.ts';
import type { Cores } from '../cpu/x87/cores.ts';
import { type Row, writeRow } from '../cpu/x87/row.ts';
import { type Number80, type Register, RowBody } from '../cpu/x87/row-body.ts';
import type { Code, Label, ValueType } from '../wasm/code.ts';
import { Int32, Int64, int32 } from '../wasm/expression.ts';
import { significandHome, topHome, wordHome } from './x87-homes.ts';

/** TOP, and a bit for each register that is not empty. */
export interface Stack {
  readonly top: number;
  readonly full: number;
}

export interface RowSite {
  readonly code: Code;
  /** Gives the index of a local of the function that nobody else uses now. */
  newLocal(type: ValueType): number;
  /** The local of an x87 home that is read, or written. */
  home(home: number, written: boolean): number;
  /** The local of a general register's or flag word's home, or undefined for other words of state. */
  general(name: Parameters<typeof fieldAddress>[0], written: boolean): number | undefined;
  /** Number of STi, or host address of the memory operand. */
  readonly operand: Int32 | number;
  /** Left when the row refuses: nothing has been changed then. */
  readonly refused: Label;
  /** CR0.EM and CR0.TS are clear and no exception is pending. No row changes that; services may. */
  readonly ready: boolean;
  /** Arithmetic is called and not written out. */
  readonly brief: boolean;
  /** The control word, where the region's entry has made sure of it. */
  readonly control: number | undefined;
  readonly stack: Stack;
}

/** What becomes of the stack; undefined when the row refuses always. */
export type After = Stack | undefined;

/** Writes what the row does, so that what is written next follows when it is done. `cores`: indices of the shared functions. */
export function writeRegionRow(row: Row, site: RowSite, cores: Cores): After {
  const end = site.code.block();
  const body = new RegionRow(site, end);
  writeRow(row, body, cores);
  site.code.end();
  return body.after;
}

class RegionRow extends RowBody {
  private readonly site: RowSite;
  private readonly finished: Label;
  private stackNow: Stack;
  private faults = false;

  constructor(site: RowSite, finished: Label) {
    super(site.code, type => site.newLocal(type), int32(site.operand));
    this.site = site;
    this.finished = finished;
    this.stackNow = site.stack;
  }

  get after(): After {
    return this.faults ? undefined : this.stackNow;
  }

  override get isBrief(): boolean {
    return this.site.brief;
  }

  override begin(row: Row): void {
    if (!this.site.ready) super.begin(row);
  }

  override done(): void {
    this.code.br(this.finished);
  }

  answer(done: Int32): void {
    this.abandon(done.eqz());
    this.done();
  }

  abandon(when: Int32): void {
    when.write(this.code);
    this.code.notExpected().brIf(this.site.refused);
  }

  // ---- state

  override get top(): Int32 {
    return int32(this.stackNow.top);
  }

  override loadField(name: Parameters<RowBody['loadField']>[0]): Int32 {
    const { site } = this;
    if (name === 'fpuControl' && site.control !== undefined) return int32(site.control);
    if (name === 'fpuTop') return this.top;
    const home = wordHome(name);
    const local = home === undefined ? site.general(name, false) : site.home(home, false);
    return local === undefined ? super.loadField(name) : this.let(new Int32(code => code.get(local)));
  }

  override storeField(name: Parameters<RowBody['storeField']>[0], value: Int32 | number): void {
    const { site } = this;
    const home = wordHome(name);
    const local = home === undefined ? site.general(name, true) : site.home(home, true);
    if (local === undefined) super.storeField(name, value);
    else {
      int32(value).write(this.code);
      this.code.set(local);
    }
  }

  override storeAx(value: Int32): void {
    const local = this.site.general('eax', true)!;
    const whole = new Int32(code => code.get(local));
    whole.and(~0xffff).or(value.and(0xffff)).write(this.code);
    this.code.set(local);
  }

  // ---- registers

  override register(i: Int32 | number): Register {
    const distance = int32(i).constant!;
    const number = (this.stackNow.top + distance) & 7;
    return { number: int32(number), address: int32(number << 4) };
  }

  override full(i: Int32 | number): Register {
    const register = this.register(i);
    if (!this.holds(register)) this.fault();
    return register;
  }

  override free(): Register {
    const register = this.register(7);
    if (this.holds(register)) this.fault();
    return register;
  }

  private holds({ number }: Register): boolean {
    return ((this.stackNow.full >> number.constant!) & 1) !== 0;
  }

  private fault(): void {
    this.faults = true;
    this.abandon(int32(1));
  }

  override isFull(register: Register): Int32 {
    return int32(this.holds(register) ? 1 : 0);
  }

  override read({ number }: Register): Number80 {
    const { site } = this;
    const significand = site.home(significandHome(number.constant!), false);
    const top = site.home(topHome(number.constant!), false);
    return {
      top: this.let(new Int32(code => code.get(top))),
      significand: this.let(new Int64(code => code.get(significand))),
    };
  }

  override write({ number }: Register, { top, significand }: Number80): void {
    const { site, code } = this;
    significand.write(code);
    code.set(site.home(significandHome(number.constant!), true));
    top.write(code);
    code.set(site.home(topHome(number.constant!), true));
  }

  override mark({ number }: Register, full: boolean): void {
    const bit = 1 << number.constant!;
    const { stackNow } = this;
    this.stackNow = { ...stackNow, full: full ? stackNow.full | bit : stackNow.full & ~bit };
    if (this.stackNow.full === stackNow.full) return;
    const name = number.constant! < 4 ? 'fpuFull0' : 'fpuFull4';
    this.storeField(name, tagWord(this.stackNow, name));
  }

  protected override setTop(top: Int32): void {
    this.stackNow = { ...this.stackNow, top: top.constant! };
    this.storeField('fpuTop', top);
  }

  override moveTop(by: number): void {
    this.setTop(int32((this.stackNow.top + by) & 7));
  }
}

/** The words of state that a stack is. */
export function tagWord({ full }: Stack, name: 'fpuFull0' | 'fpuFull4'): number {
  const four = name === 'fpuFull0' ? full & 15 : full >> 4;
  return (four & 1) | ((four & 2) << 7) | ((four & 4) << 14) | ((four & 8) << 21);
}

export function stackOf(top: number, full0: number, full4: number): Stack {
  const four = (word: number) => [0, 8, 16, 24].reduce((bits, at, i) => bits | (((word >> at) & 1) << i), 0);
  return { top, full: four(full0) | (four(full4) << 4) };
}
