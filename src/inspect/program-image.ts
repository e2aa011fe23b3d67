/** A program as people name its parts: functions, source lines, frames, where it has been loaded. Each is read when it is first asked for. */
import { FrameTable } from '../loaders/dwarf-frames.ts';
import { type SourceLine, SourceLines } from '../loaders/dwarf-lines.ts';
import type { Elf32 } from '../loaders/elf32.ts';
import { Symbols } from '../loaders/symbols.ts';

export interface CodePlace {
  /** Linear. */
  readonly address: number;
  /** `main+0x12`, when a symbol covers it. */
  readonly symbol: string | undefined;
  readonly source: SourceLine | undefined;
}

export class ProgramImage {
  readonly elf: Elf32;
  /** How far it was moved from where it was linked. */
  readonly bias: number;
  private knownSymbols: Symbols | undefined;
  private knownLines: SourceLines | undefined;
  private knownFrames: FrameTable | undefined;

  constructor(elf: Elf32, bias: number) {
    this.elf = elf;
    this.bias = bias;
  }

  get symbols(): Symbols {
    this.knownSymbols ??= Symbols.of(this.elf, this.bias);
    return this.knownSymbols;
  }

  get lines(): SourceLines {
    this.knownLines ??= SourceLines.of(this.elf, this.bias);
    return this.knownLines;
  }

  get frames(): FrameTable {
    this.knownFrames ??= FrameTable.of(this.elf, this.bias);
    return this.knownFrames;
  }

  /** An instruction's place. */
  place(address: number): CodePlace {
    return { address, symbol: this.symbols.format(address), source: this.lines.at(address) };
  }

  /** The place of the call that a return address comes of: its line and function are those of the byte before. */
  callerPlace(back: number): CodePlace {
    const before = (back - 1) >>> 0;
    const found = this.symbols.nearest(before);
    const symbol = found && `${found.name}+0x${(found.offset + 1).toString(16)}`;
    return { address: back, symbol, source: this.lines.at(before) };
  }
}

/** The file of a line, with its folder where it is known. */
export function sourceFile(source: SourceLine | undefined): string | undefined {
  if (!source) return undefined;
  const { file, folder } = source;
  return file.startsWith('/') || folder === '' || folder === '.' ? file : `${folder}/${file}`;
}

/** `crash.c:7`: the name without its folders. */
export function sourceText({ source }: Pick<CodePlace, 'source'>): string | undefined {
  return source && `${source.file.replace(/^.*\//, '')}:${source.line}`;
}

/** `main+0x12 (crash.c:7)`, as much of it as is known. */
export function placeText(place: CodePlace): string {
  const at = `0x${place.address.toString(16).padStart(8, '0')}`;
  const source = sourceText(place);
  return `${place.symbol ?? at}${source === undefined ? '' : ` (${source})`}`;
}
