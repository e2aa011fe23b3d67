/** What a machine is made of, and why a run of it ends. */
import type { Fault, Transfer } from '../cpu/bus.ts';
import type { CpuOptions } from '../cpu/cpu.ts';
import type { BlockStore, SerialPort, Width } from '../devices/wiring.ts';

export interface PcOptions {
  /** Total RAM: a multiple of 64 KiB from 1 MiB to 2047 MiB. */
  readonly memoryBytes: number;
  /** A power of two from 4 KiB to 256 KiB; ends at 1 MiB and, again, at 4 GiB. */
  readonly bios: Uint8Array;
  readonly engine?: CpuOptions['engine'];
  /** Which processor. */
  readonly model?: CpuOptions['model'];
  /** ATA 0 to 3: 0 and 1 on channel 0, 2 and 3 on channel 1. */
  readonly disks?: readonly (BlockStore | undefined)[];
  /** Index in `disks` of the one that the BIOS is to present as floppy drive 0. */
  readonly floppy?: number;
  readonly com1?: SerialPort;
  readonly com2?: SerialPort;
  /** The host may type: an HLT that a key could end stops with 'input', not 'halt'. */
  readonly keyboardInput?: boolean;
  /** The calendar at power-on, in seconds since 1970-01-01; 2000-01-01 00:00:00 unless given. */
  readonly startTime?: number;
  /** Port E9h. */
  debugConsole?(byte: number): void;
  /** Port 402h: each character of the BIOS's teletype. */
  teletype?(byte: number): void;
  /** Port 80h. */
  postCode?(byte: number): void;
  /** Port 505h: see docs/platform.md. */
  addressSpaceEnds?(signal: number): void;
  /** One line each. */
  log?(message: string): void;
  /** See CpuBus. */
  observeException?(exception: Fault): void;
  observeTransfer?(transfer: Transfer): void;
}

/** Why run() came back. */
export type PcStop =
  | { reason: 'limit' }
  | { reason: 'requested' }
  /** An observation point (cpu.observation) said 'stop'; the instruction there has not begun. */
  | { reason: 'observed' }
  /** Only input can move the guest on: it halts with nothing else to wake it, or waits on demand. Guest time stands still until run() finds some. */
  | { reason: 'input' }
  /** HLT with nothing that could ever wake it. */
  | { reason: 'halt' }
  | { reason: 'power-off'; port: number }
  | { reason: 'triple-fault' }
  | { reason: 'debug-exit'; port: number; value: number; width: Width };

const KIB = 1024;
const MIB = 1024 * KIB;
const ROM_LEAST = 4 * KIB;
/** Beyond it lies the screen's memory. */
const ROM_MOST = 256 * KIB;

export function isRomSize(bytes: number): boolean {
  return bytes >= ROM_LEAST && bytes <= ROM_MOST && (bytes & (bytes - 1)) === 0;
}

/** Throws when no machine can be made of these. */
export function checkOptions({ memoryBytes, bios, disks, floppy }: PcOptions): void {
  if (memoryBytes % (64 * KIB) !== 0 || memoryBytes < MIB || memoryBytes > 2047 * MIB) {
    throw new Error(
      `memory of 0x${memoryBytes.toString(16)} bytes: a multiple of 64 KiB from 1 MiB to 2047 MiB is possible`,
    );
  }
  if (!isRomSize(bios.length))
    throw new Error(`BIOS of 0x${bios.length.toString(16)} bytes: a power of two from 0x1000 to 0x40000 is possible`);
  if (floppy !== undefined && !disks?.[floppy]) throw new Error(`the floppy is disk ${floppy}, which is not there`);
}
