/** What the processor needs of the board around it. All calls come from within run(). */
export interface CpuBus {
  /** Reads an I/O port; `size` 1, 2 or 4. Unsigned. */
  readPort(port: number, size: 1 | 2 | 4): number;
  writePort(port: number, value: number, size: 1 | 2 | 4): void;
  /**
   * Reads a port repeatedly, `size` bytes each time, for as long as that does nothing which the processor could notice; the bytes that `into` was given, from its
   * start.
   */
  readPortBlock?(port: number, into: Uint8Array, size: 1 | 2 | 4): number;
  /** INTA cycle: the vector of the interrupt that INTR announced. */
  acknowledgeInterrupt(): number;
  /** Ticks of the virtual clock: what RDTSC reads. A safe integer. */
  timestamp(): number;
  /** FERR#: an unmasked x87 exception is pending while CR0.NE is clear. Level; a level it already has may come again. */
  coprocessorError?(level: boolean): void;
  /** A delivered exception, before any state changes; for explanation and traces, never to be changed by. */
  observeException?(exception: Fault): void;
  /**
   * With `cpu.observesTransfers`: an instruction has taken control from CPL 3 to an inner level, as system calls do, or back to CPL 3. The state is that of
   * after the transfer; nothing may be changed, nor observation points. Exceptions and interrupts are not among these, returns from them are.
   */
  observeTransfer?(transfer: Transfer): void;
}

export type Transfer =
  /** INT `vector`, or SYSENTER when undefined. `eip` and `esp` are those to return to; of SYSENTER, which saves none, those of the instruction itself. */
  | { readonly kind: 'enter'; readonly vector: number | undefined; readonly eip: number; readonly esp: number }
  /** IRET, SYSEXIT. */
  | { readonly kind: 'leave' };

/** An exception as the processor raises it. A page fault's address is in CR2. */
export interface Fault {
  readonly vector: number;
  /** Pushed when defined. */
  readonly errorCode: number | undefined;
  /** A #DB that saves RF as it was: a trap, or an instruction breakpoint. Of the faults all others set it (SDM vol. 3, 17.3.1.1). */
  readonly keepsRf?: true;
}

/** The board without anything: ports read as all ones. */
export const emptyBus: CpuBus = {
  readPort: (_port, size) => (size === 4 ? 0xffffffff : (1 << (size * 8)) - 1),
  writePort: () => {},
  acknowledgeInterrupt: () => 0xff,
  timestamp: () => 0,
};
