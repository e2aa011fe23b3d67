/** What a guest is told of the terminal besides what is typed: its size, over COM2 (docs/platform.md, "terminal"). */
import type { SerialSource } from '../machine/pc.ts';

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** Where no terminal has one, and for guests that are to see the same everywhere. */
const DEFAULT_SIZE: TerminalSize = { rows: 24, columns: 80 };
const SIZE_MESSAGE = 'W'.charCodeAt(0);

export class TerminalNews implements SerialSource {
  private readonly bytes: number[] = [];

  next(): number | 'wait' {
    return this.bytes.shift() ?? 'wait';
  }

  /** The terminal has another size. */
  resized({ rows, columns }: TerminalSize): void {
    this.bytes.push(SIZE_MESSAGE, rows & 0xff, (rows >> 8) & 0xff, columns & 0xff, (columns >> 8) & 0xff);
  }
}

/** Of the first standard stream that is a terminal. */
export function terminalSize(): TerminalSize {
  for (const stream of [process.stdout, process.stderr]) {
    if (!stream.isTTY) continue;
    const [columns, rows] = stream.getWindowSize();
    if (columns > 0 && rows > 0) return { rows, columns };
  }
  return DEFAULT_SIZE;
}
