/**
 * The board of a fuzzing machine: a device whose ports are Layout's Port, and the notes it takes of everything the processor tells the outside, each with
 * the count of instructions at which it happened. Its memory answers as its clock does, and interrupts when told to.
 *
 *   clock      IN: a number that depends on the time; OUT: noted
 *   interrupt  OUT: INTR at once, for vector 20h + the low two bits
 *   address    OUT: the physical address to which `dma` writes
 *   dma        OUT: what is written there, by the device
 *   stop       OUT: run() is to end
 *   gate       OUT: A20, open or not: all translations are forgotten
 *   nmi        OUT: an edge of NMI
 */
import type { CpuBus } from '../../../src/cpu/bus.ts';
import type { Cpu } from '../../../src/cpu/cpu.ts';
import type { MemoryDevice } from '../../../src/mmu/physical.ts';
import { Port } from './layout.ts';

export class Board implements CpuBus, MemoryDevice {
  /** A line for each event. */
  readonly notes: string[] = [];
  cpu!: Cpu;
  private address = 0;
  private vector = 0x20;

  /** INTR, for a vector. */
  interrupt(vector: number): void {
    this.vector = vector;
    this.cpu.interruptLine = true;
  }

  /** To its memory. */
  write(physical: number, value: number, size: 1 | 2 | 4): void {
    this.note(`write ${physical & 0xfff}.${size} ${value}`);
  }

  /** A write by somebody else than the processor. */
  dma(address: number, value: number, size: 1 | 2 | 4): void {
    this.cpu.writePhysical(address, value, size);
  }

  read(physical: number, size: 1 | 2 | 4): number {
    return this.readPort(physical & 0xfff, size);
  }

  readPort(port: number, size: 1 | 2 | 4): number {
    const now = this.cpu.now();
    this.note(`in ${port}.${size}`);
    const value = Math.imul(now + port, 0x9e3779b1) >>> 0;
    return size === 4 ? value : value >>> (32 - 8 * size);
  }

  writePort(port: number, value: number, size: 1 | 2 | 4): void {
    this.note(`out ${port}.${size} ${value}`);
    switch (port) {
      case Port.interrupt:
        this.interrupt(0x20 + (value & 3));
        break;
      case Port.address:
        this.address = value & 0xfffff;
        break;
      case Port.dma:
        if (this.address < 0x100000 - 4) this.dma(this.address, value, size);
        break;
      case Port.stop:
        this.cpu.stopRequested = true;
        break;
      case Port.gate:
        this.cpu.setA20((value & 1) !== 0);
        break;
      case Port.nmi:
        this.cpu.nmiLine = true;
        this.cpu.nmiLine = false;
        break;
    }
  }

  acknowledgeInterrupt(): number {
    this.cpu.interruptLine = false;
    this.note(`interrupt ${this.vector}`);
    return this.vector;
  }

  timestamp(): number {
    return this.cpu.now() * 3;
  }

  observeException({ vector, errorCode }: { readonly vector: number; readonly errorCode: number | undefined }): void {
    this.note(`exception ${vector} ${errorCode} at ${(this.cpu.state.eip >>> 0).toString(16)}`);
  }

  private note(text: string): void {
    this.notes.push(`${this.cpu.now()} ${text}`);
  }
}
