/**
 * The VGA's text screen: what its registers make of text memory, 32 KiB of RAM at B8000h seen through a view.
 * A cell is two bytes: character code, then attribute. Source: IBM VGA XGA technical reference manual, 1992.
 *
 * Not modelled: graphics modes but for mode 13h (vga-picture.ts), planes and their latches, loadable fonts, the split screen, panning.
 */
import { Cp437 } from './cp437.ts';
import { type Picture, pictureOf } from './vga-picture.ts';
import { Crtc, VgaRegisters } from './vga-registers.ts';
import type { Clock, PortSpace, Snapshotting } from './wiring.ts';

const CURSOR_OFF = 0x20;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 25;
const MOST_COLUMNS = 132;
const MOST_ROWS = 60;

/** One character on the screen. */
export interface Cell {
  readonly code: number;
  /** Unicode, by code page 437. */
  readonly character: string;
  /** Bits 3-0 foreground, 6-4 background, 7 blink (or bright background). */
  readonly attribute: number;
}

export class VgaText implements Snapshotting {
  private readonly registers: VgaRegisters;
  private readonly memory: Uint8Array;
  private readonly pixels: Uint8Array;

  /** `memory`: text memory; `pixels`: the 64 KiB at A0000h. Each a power of two long. */
  constructor(ports: PortSpace, clock: Clock, memory: Uint8Array, pixels: Uint8Array) {
    this.registers = new VgaRegisters(ports, clock);
    this.memory = memory;
    this.pixels = pixels;
  }

  reset(): void {
    this.registers.reset();
  }

  get columns(): number {
    const shown = this.registers.crtc(Crtc.displayEnd) + 1;
    return shown < 2 || shown > MOST_COLUMNS ? DEFAULT_COLUMNS : shown;
  }

  get rows(): number {
    const { lines, linesARow } = this.registers;
    return lines < 2 ? DEFAULT_ROWS : Math.min(MOST_ROWS, Math.max(1, Math.floor(lines / linesARow)));
  }

  /** Rows of cells, as the start address and the row offset of the CRT controller choose them. */
  cells(): Cell[][] {
    const { columns, memory } = this;
    const pitch = this.registers.crtc(Crtc.offset) * 2 || columns;
    const start = this.registers.crtcWord(Crtc.startHigh);
    return Array.from({ length: this.rows }, (_, row) =>
      Array.from({ length: columns }, (_, column) => {
        const at = ((start + row * pitch + column) * 2) & (memory.length - 1);
        const code = memory[at]!;
        return { code, character: Cp437[code]!, attribute: memory[at + 1]! };
      }),
    );
  }

  /** The rows as text, blanks at their ends left out. */
  screenText(): string[] {
    return this.cells().map(row =>
      row
        .map(cell => cell.character)
        .join('')
        .trimEnd(),
    );
  }

  /** Where the cursor is shown; undefined when it is off or not on the screen. */
  get cursor(): { row: number; column: number } | undefined {
    const { registers } = this;
    if (
      registers.crtc(Crtc.cursorStart) & CURSOR_OFF ||
      (registers.crtc(Crtc.cursorStart) & 0x1f) > (registers.crtc(Crtc.cursorEnd) & 0x1f)
    )
      return undefined;
    const pitch = registers.crtc(Crtc.offset) * 2 || this.columns;
    const at = this.registers.crtcWord(Crtc.cursorHigh) - this.registers.crtcWord(Crtc.startHigh);
    const row = Math.floor(at / pitch);
    const column = at - row * pitch;
    return row >= 0 && row < this.rows && column < this.columns ? { row, column } : undefined;
  }

  /** What is shown in a 256-colour graphics mode; undefined in the others: see vga-picture.ts. */
  picture(): Picture | undefined {
    return pictureOf(this.registers, this.pixels);
  }

  /** See VgaRegisters. */
  colour(number: number): [number, number, number] {
    return this.registers.colour(number);
  }

  /** Text memory is guest RAM, and saved with it. */
  save(): unknown {
    return this.registers.save();
  }

  load(state: unknown): void {
    this.registers.load(state);
  }
}
