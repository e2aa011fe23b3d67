/** The text screen of a guest in a terminal: the rows that changed, in the terminal's own sixteen colours, and the cursor where the guest has it. */
import type { Cell, VgaText } from '../devices/vga-text.ts';

const CSI = '\x1b[';
/** Colour numbers of a PC in the terminal's order: bit 0 is blue there, red here. */
const COLOURS = [0, 4, 2, 6, 1, 5, 3, 7] as const;
const LIGHT_GREY_ON_BLACK = 0x07;
/** Milliseconds between two pictures. */
const FRAME = 33;

export class Screen {
  private readonly vga: VgaText;
  private readonly write: (text: string) => void;
  private shown: string[] = [];
  private cursorShown = '';
  private drawnAt = Number.NEGATIVE_INFINITY;

  constructor(vga: VgaText, write: (text: string) => void) {
    this.vga = vga;
    this.write = write;
  }

  /** Clears the terminal. */
  open(): void {
    this.write(`${CSI}2J`);
  }

  /** Draws what has changed, at most some thirty times a second unless `now`. */
  draw(now = false): void {
    const time = performance.now();
    if (!now && time - this.drawnAt < FRAME) return;
    this.drawnAt = time;
    const rows = this.vga.cells().map(rowText);
    let text = '';
    for (const [i, row] of rows.entries()) {
      if (row !== this.shown[i]) text += `${CSI}${i + 1};1H${row}`;
    }
    if (rows.length < this.shown.length) text += `${CSI}${rows.length + 1};1H${CSI}J`;
    this.shown = rows;
    const { cursor } = this.vga;
    const place = cursor ? `${CSI}${cursor.row + 1};${cursor.column + 1}H${CSI}?25h` : `${CSI}?25l`;
    if (text !== '' || place !== this.cursorShown) this.write(text + place);
    this.cursorShown = place;
  }

  /** Leaves the last picture standing and the cursor below it. */
  close(): void {
    this.draw(true);
    this.write(`${CSI}${this.shown.length + 1};1H${CSI}0m${CSI}?25h\n`);
  }
}

function rowText(cells: readonly Cell[]): string {
  const isBlank = (cell: Cell): boolean => cell.character === ' ' && cell.attribute === LIGHT_GREY_ON_BLACK;
  const width = cells.findLastIndex(cell => !isBlank(cell)) + 1;
  let text = '';
  let attribute = -1;
  for (const cell of cells.slice(0, width)) {
    if (cell.attribute !== attribute) {
      attribute = cell.attribute;
      text += style(attribute);
    }
    text += cell.character;
  }
  // Clearing to the end of a full row would take its last character in terminals that wait with the line break.
  return `${text}${CSI}0m${width < cells.length ? `${CSI}K` : ''}`;
}

function style(attribute: number): string {
  if (attribute === LIGHT_GREY_ON_BLACK) return `${CSI}0m`;
  const foreground = COLOURS[attribute & 7]! + ((attribute & 8) !== 0 ? 90 : 30);
  const background = COLOURS[(attribute >> 4) & 7]! + 40;
  return `${CSI}0;${foreground};${background}${(attribute & 0x80) !== 0 ? ';5' : ''}m`;
}

/** The screen as lines of text, blank ones at the end left out. */
export function screenText(vga: VgaText): string {
  const rows = vga.screenText();
  while (rows.length > 0 && rows.at(-1) === '') rows.pop();
  return rows.map(row => `${row}\n`).join('');
}
