/** IN, OUT, INS, OUTS: permission, then the bus. Source: SDM vol. 1, chapter 19 (19.5 protection); vol. 3, 7.2.1 (I/O map base). */
import { Flag } from '../isa/flags.ts';
import type { Cpu } from './cpu.ts';
import { Exception } from './descriptors.ts';
import { Pseudo } from './forms.ts';
import { Field, MAX_BLOCK } from './record.ts';
import { registerAddress, segmentAt } from './state.ts';

const ES = 0;
const EAX = registerAddress('eax');
/** Place of the I/O map base in a 32-bit TSS. */
const IO_MAP_BASE = 0x66;

/** With CPL above IOPL, or in virtual-8086 mode, the TSS must permit each port with a clear bit. */
function permitted(cpu: Cpu, port: number, width: number): boolean {
  const { state } = cpu;
  if (!cpu.protectedMode) return true;
  if (!cpu.virtual8086 && state.cpl <= (state.eflags & Flag.IOPL) >> 12) return true;
  const limit = state.taskLimit >>> 0;
  if ((state.taskAccess & 8) === 0 || limit < IO_MAP_BASE + 1) return cpu.raise(Exception.GP, 0);
  const base = cpu.linear.readSystem(state.taskBase + IO_MAP_BASE, 2);
  if (base < 0) return false;
  const at = base + (port >> 3);
  // Two bytes are always read, so both must lie within the limit.
  if (at + 1 > limit) return cpu.raise(Exception.GP, 0);
  const map = cpu.linear.readSystem(state.taskBase + at, 2);
  if (map < 0) return false;
  return ((map >> (port & 7)) & ((1 << width) - 1)) === 0 ? true : cpu.raise(Exception.GP, 0);
}

const widthOf = (value: number): 1 | 2 | 4 => (value === 4 ? 4 : value === 2 ? 2 : 1);

export function portIn(cpu: Cpu, port: number, width: number): boolean {
  if (!permitted(cpu, port, width)) return false;
  cpu.breakpoints.portAccessed(port, width);
  const value = cpu.bus.readPort(port, widthOf(width));
  if (width === 4) cpu.words[EAX >> 2] = value;
  else if (width === 2) cpu.view.setUint16(EAX, value & 0xffff, true);
  else cpu.bytes[EAX] = value;
  return true;
}

export function portOut(cpu: Cpu, port: number, width: number, value: number): boolean {
  if (!permitted(cpu, port, width)) return false;
  cpu.breakpoints.portAccessed(port, width);
  cpu.bus.writePort(port, value >>> 0, widthOf(width));
  return true;
}

/** Bit 8 of a string operation's size: it has a REP prefix. */
const REPEATED = 0x100;

interface Transfer {
  readonly pointer: 'esi' | 'edi';
  /** One element at an offset; false after raising a fault. */
  one(cpu: Cpu, port: number, offset: number, width: 1 | 2 | 4): boolean;
  /** Up to `most` elements at once, forwards, where nobody can tell; how many. */
  many?(cpu: Cpu, port: number, offset: number, width: 1 | 2 | 4, most: number): number;
}

/**
 * INS and OUTS; with REP each element is one instruction of its own: interrupts, stops and the budget are looked at between two, and then EIP
 * is left at the instruction, to go on from there.
 */
function elements(cpu: Cpu, record: number, mask: number, flags: number, transfer: Transfer): boolean {
  const { state } = cpu;
  const { pointer } = transfer;
  const width = widthOf(flags & 0xff);
  const repeated = (flags & REPEATED) !== 0;
  const top = mask >>> 0;
  let count = (state.ecx & mask) >>> 0;
  const step = (elements: number): void => {
    state[pointer] = (state[pointer] & ~mask) | ((state[pointer] + elements * delta) & mask);
    if (!repeated) return;
    count -= elements;
    state.ecx = (state.ecx & ~mask) | (count & mask);
  };
  const port = state.edx & 0xffff;
  // Processors look at the permission even where there is nothing to move.
  if (!permitted(cpu, port, width)) return false;
  if (repeated && count === 0) return true;
  const delta = (state.eflags & Flag.DF) !== 0 ? -width : width;
  const index = cpu.view.getUint8(record + Field.index);
  const again = (state.pcBase + cpu.view.getUint16(record + Field.offset, true)) | 0;
  for (;;) {
    const offset = state[pointer] & mask;
    if (!transfer.one(cpu, port, offset, width)) {
      // The elements before this one are done: the fault is this instruction's, begun anew.
      state.eip = again;
      return false;
    }
    step(1);
    if (!repeated || count === 0) return true;
    const intact = cpu.view.getUint16(record + Field.form, true) !== Pseudo.stale;
    if (!intact || cpu.events.waiting || state.budget - 1 - index <= MAX_BLOCK) {
      state.eip = again;
      return true;
    }
    state.budget--;
    const next = (state[pointer] & mask) >>> 0;
    const most = Math.min(count - 1, state.budget - index - MAX_BLOCK - 1, Math.floor((top - next + 1) / width));
    const more = delta > 0 && most > 0 ? (transfer.many?.(cpu, port, next, width, most) ?? 0) : 0;
    step(more);
    state.budget -= more;
  }
}

/** ES:rDI = port DX. */
export function stringIn(cpu: Cpu, _segment: number, mask: number, flags: number, record: number): boolean {
  return elements(cpu, record, mask, flags, In);
}

const In: Transfer = {
  pointer: 'edi',

  /** The port is read only when the write cannot fault. */
  one(cpu, port, offset, width) {
    const linear = cpu.segmented.linearOf(ES, offset, width, true);
    const user = cpu.state.cpl === 3;
    if (linear === undefined || !cpu.linear.probe(linear, width, true, user)) return false;
    cpu.breakpoints.portAccessed(port, width);
    return cpu.linear.write(linear, cpu.bus.readPort(port, width), width, user);
  },

  /** To plain RAM, from a device that has them ready. A breakpoint on the port has stopped the first element already. */
  many(cpu, port, offset, width, most) {
    if (!cpu.bus.readPortBlock) return 0;
    const place = cpu.segmented.plainPlace(ES, offset, true, cpu.state.cpl === 3, most * width);
    if (place < 0) return 0;
    return cpu.bus.readPortBlock(port, cpu.bytes.subarray(place, place + cpu.segmented.plainBytes), width) / width;
  },
};

/** port DX = segment:rSI. */
export function stringOut(cpu: Cpu, cache: number, mask: number, flags: number, record: number): boolean {
  const segment = segmentAt(cache);
  return elements(cpu, record, mask, flags, {
    pointer: 'esi',
    one(_, port, offset, width) {
      const linear = cpu.segmented.linearOf(segment, offset, width, false);
      if (linear === undefined) return false;
      const value = cpu.linear.read(linear, width, cpu.state.cpl === 3);
      if (value < 0) return false;
      cpu.breakpoints.portAccessed(port, width);
      cpu.bus.writePort(port, value, width);
      return true;
    },
  });
}
