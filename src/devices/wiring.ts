/**
 * What a chip may know of the world around it: its wires, its clock, its ports, and guest memory for DMA.
 * A device takes these in its constructor and never sees the machine. Types only; src/machine implements them.
 */

/** A wire with a level: an interrupt request, a reset, the A20 gate. Setting the level it already has is harmless. */
export interface Line {
  set(level: boolean): void;
}

/** One-shot alarm on the virtual clock. */
export interface Timer {
  /** Fires once when the clock reaches `tick` (absolute); replaces an earlier arming. A tick in the past fires at once, after the current instruction. */
  at(tick: number): void;
  cancel(): void;
}

/** Virtual time: counted in ticks (see docs/platform.md), exact to the instruction, never the host's clock. */
export interface Clock {
  /** Ticks a virtual second. */
  readonly hz: number;
  /** Ticks since power-on: a non-negative integer below 2^53. */
  now(): number;
  timer(fire: () => void): Timer;
}

export type Width = 1 | 2 | 4;

/** Answers accesses to a range of I/O ports. `port` is absolute. Values are unsigned and fit the width. */
export interface PortHandler {
  read(port: number, width: Width): number;
  write(port: number, value: number, width: Width): void;
  /**
   * Fills `into` from its start as reads of `width` bytes each would, low byte first, as long as none of them does more than to step on in the device's buffer;
   * the bytes filled, a multiple of `width`.
   */
  readBlock?(port: number, into: Uint8Array, width: Width): number;
  /** Widest access handled as a whole; wider ones are split into bytes at consecutive ports. Default 1. */
  readonly width?: Width;
}

/** The I/O address space, 0 to FFFFh. */
export interface PortSpace {
  /** Claims `count` ports from `first`; claiming a claimed port throws: the board is wired wrongly. */
  claim(owner: string, first: number, count: number, handler: PortHandler): void;
}

/** A chip's state in a machine snapshot: plain JSON-able data, bytes as Uint8Array. `load(save())` restores it exactly. */
export interface Snapshotting {
  save(): unknown;
  load(state: unknown): void;
}

/** What a disk keeps: sectors of 512 bytes by number. */
export interface BlockStore {
  readonly sectors: number;
  readonly readOnly: boolean;
  /** `count` sectors from `lba`; the range lies within the store. */
  read(lba: number, count: number): Uint8Array;
  /** Whole sectors at `lba`; the range lies within the store, which is not read-only. */
  write(lba: number, data: Uint8Array): void;
}

/** What a serial line's far end gives: a byte 0-255, 'eof' for good, or 'wait': nothing yet. */
export interface SerialSource {
  next(): number | 'eof' | 'wait';
}

/** The far end of a serial line. */
export interface SerialPort {
  transmit?(byte: number): void;
  source?: SerialSource;
  /** Take from the source only while the guest raises RTS; drop DCD at its end. */
  onDemand?: boolean;
}
