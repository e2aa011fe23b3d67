/**
 * The VGA's picture in mode 13h and its like: a byte a pixel from A0000h on, in a row (chain 4), through the DAC.
 * Source: IBM VGA XGA technical reference manual, 1992, "Mode 13h".
 *
 * Not modelled: planar and CGA graphics modes.
 */
import { Crtc, Sequencer, type VgaRegisters } from './vga-registers.ts';

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, 0 to 255, by pixel and row. */
  readonly rgb: Uint8Array;
}

/** Pixels that a character clock shows in chain 4. */
const PIXELS_A_CLOCK = 4;
/** Bytes that one step of the CRT controller's addresses and offsets is. */
const BYTES_A_STEP = 4;
const COLOURS = 256;

/** What is shown; undefined in other modes. `memory`: the 64 KiB at A0000h. */
export function pictureOf(registers: VgaRegisters, memory: Uint8Array): Picture | undefined {
  if (!registers.graphics || (registers.sequencer(Sequencer.memoryMode) & Sequencer.chain4) === 0) return undefined;
  const width = (registers.crtc(Crtc.displayEnd) + 1) * PIXELS_A_CLOCK;
  const height = Math.floor(registers.lines / registers.linesARow);
  const pitch = registers.crtc(Crtc.offset) * 2 * BYTES_A_STEP || width;
  const start = registers.crtcWord(Crtc.startHigh) * BYTES_A_STEP;
  const palette = Array.from({ length: COLOURS }, (_, i) => registers.dacColour(i));
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rgb.set(palette[memory[(start + y * pitch + x) & (memory.length - 1)]!]!, (y * width + x) * 3);
    }
  }
  return { width, height, rgb };
}
