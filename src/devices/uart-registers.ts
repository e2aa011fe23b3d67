/** Bits of the 16550A's registers, and their state at power-on. Source: National Semiconductor PC16550D datasheet, table II. */

export const IER = { received: 0x01, transmitEmpty: 0x02, lineStatus: 0x04, modemStatus: 0x08 } as const;
/** Interrupt identifications, in falling priority. */
export const IIR = {
  lineStatus: 0x06,
  received: 0x04,
  timeout: 0x0c,
  transmitEmpty: 0x02,
  modemStatus: 0x00,
  none: 0x01,
  fifos: 0xc0,
} as const;
export const FCR = { enable: 0x01, clearReceiver: 0x02 } as const;
export const LCR = { dlab: 0x80 } as const;
export const MCR = { dtr: 0x01, rts: 0x02, out1: 0x04, out2: 0x08, loop: 0x10 } as const;
export const LSR = { dataReady: 0x01, overrun: 0x02, transmitEmpty: 0x20, idle: 0x40 } as const;
export const MSR = { cts: 0x10, dsr: 0x20, ri: 0x40, dcd: 0x80, deltas: 0x0f, trailingRi: 0x04 } as const;

export const FIFO_SIZE = 16;
export const TRIGGERS = [1, 4, 8, 14] as const;
/** Crystal / 16. */
export const BAUD_BASE = 115200;
export const BITS_A_CHARACTER = 10;
/** Characters without a move in the receiver FIFO until it asks to be emptied. */
export const TIMEOUT_CHARACTERS = 4;

export const powerOn = () => ({
  ier: 0,
  fcr: 0,
  lcr: 0,
  mcr: 0,
  scr: 0,
  divisor: 12,
  /** MSR: lines in bits 7-4, their changes since the last read in bits 3-0. */
  msr: MSR.cts | MSR.dsr | MSR.dcd,
  overrun: false,
  /** THR has become empty and IIR has not told. */
  transmitEmpty: false,
  timeout: false,
  /** When the receiver FIFO times out; 0 when nothing waits in it. */
  timeoutAt: 0,
  received: [] as number[],
  /** Reads of LSR since the last transmitted byte: two in a row wait for input, since THR is always empty. */
  statusReads: 0,
});
