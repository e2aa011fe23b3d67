/**
 * Source lines of addresses, from .debug_line. Source: DWARF 5, 6.2; versions 2 to 5.
 *
 * *Not modelled*: compressed sections, split files (.dwo), 64-bit targets, inlined functions (their lines are right, their names are not given).
 */
import { ByteCursor } from './byte-cursor.ts';
import { type FormContext, readForm } from './dwarf-forms.ts';
import { compilationFolders } from './dwarf-units.ts';
import type { Elf32 } from './elf32.ts';

export interface SourceLine {
  /** As the compiler was given it, and the folder in which that is to be understood. */
  readonly file: string;
  readonly folder: string;
  readonly line: number;
}

interface Row {
  readonly address: number;
  /** Index in `files`; -1 after the end of a sequence: nothing is known from here on. */
  readonly file: number;
  readonly line: number;
  readonly isStatement: boolean;
}

const MOST_ROWS = 4_000_000;

export class SourceLines {
  private readonly rows: readonly Row[];
  private readonly files: readonly { readonly file: string; readonly folder: string }[];
  /** How far the program was moved. */
  private readonly bias: number;

  private constructor(rows: readonly Row[], files: SourceLines['files'], bias: number) {
    this.rows = rows;
    this.files = files;
    this.bias = bias;
  }

  /** None when the program has no line numbers: gcc's -g puts them in. */
  static of(elf: Elf32, bias = 0): SourceLines {
    const section = debugSections(elf);
    const bytes = section('.debug_line');
    const context = { strings: section('.debug_str'), lineStrings: section('.debug_line_str') };
    const reader = new LineReader(bytes, compilationFolders(section), context);
    reader.readAll();
    // A sequence that ends where another begins must not hide it.
    const rows = reader.rows.sort((a, b) => a.address - b.address || Math.min(a.file, 0) - Math.min(b.file, 0));
    return new SourceLines(rows, reader.files, bias);
  }

  get isEmpty(): boolean {
    return this.rows.length === 0;
  }

  /** The line that the instruction at an address belongs to. For a return address ask for one byte before it. */
  at(address: number): SourceLine | undefined {
    const wanted = (address - this.bias) >>> 0;
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle]!.address <= wanted) low = middle + 1;
      else high = middle;
    }
    const row = this.rows[low - 1];
    if (!row || row.file < 0 || row.line === 0) return undefined;
    return { ...this.files[row.file]!, line: row.line };
  }

  /** Where the code of a line begins; of the next line that has any, when it has none itself. `file` is a path's end. Empty: no such file or line. */
  addressesOf(file: string, line: number): { readonly line: number; readonly addresses: readonly number[] } {
    const wanted = new Set(this.files.flatMap(({ file: name }, i) => (endsPath(name, file) ? [i] : [])));
    let best = Number.POSITIVE_INFINITY;
    for (const row of this.rows) {
      if (wanted.has(row.file) && row.isStatement && row.line >= line && row.line < best) best = row.line;
    }
    const addresses = this.rows.filter(
      (row, i) =>
        row.line === best &&
        wanted.has(row.file) &&
        row.isStatement &&
        !continues(this.rows[i - 1], row) &&
        row.line > 0,
    );
    return { line: best, addresses: [...new Set(addresses.map(row => (row.address + this.bias) >>> 0))] };
  }

  /** The source files there are, by name. */
  get names(): readonly string[] {
    return [...new Set(this.files.map(({ file }) => file))];
  }
}

/** `prog.c` names `src/prog.c`, and `src/prog.c` does. */
const endsPath = (path: string, end: string): boolean =>
  path === end || path.endsWith(`/${end}`) || (end.startsWith('/') && end.endsWith(`/${path}`));
const continues = (before: Row | undefined, { file, line }: Row): boolean =>
  before !== undefined && before.file === file && before.line === line;

/** Finds a section's bytes; none when it is not there, or compressed. */
export function debugSections({ sections, bytes }: Elf32): (name: string) => Uint8Array {
  const COMPRESSED = 0x800;
  return name => {
    const found = sections.find(s => s.name === name);
    if (!found || (found.flags & COMPRESSED) !== 0) return new Uint8Array();
    return bytes.subarray(found.offset, found.offset + found.size);
  };
}

const Standard = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  negateStatement: 6,
  setBasicBlock: 7,
  addConstant: 8,
  fixedAdvance: 9,
} as const;
const Extended = { endSequence: 1, setAddress: 2 } as const;

class LineReader {
  readonly rows: Row[] = [];
  readonly files: { file: string; folder: string }[] = [];
  private readonly bytes: Uint8Array;
  private readonly folders: ReadonlyMap<number, string>;
  private readonly sections: Pick<FormContext, 'strings' | 'lineStrings'>;

  /** `folders`: of compilation, by the offset of a line program. */
  constructor(bytes: Uint8Array, folders: ReadonlyMap<number, string>, sections: LineReader['sections']) {
    this.bytes = bytes;
    this.folders = folders;
    this.sections = sections;
  }

  readAll(): void {
    const cursor = new ByteCursor(this.bytes);
    while (!cursor.ended && this.rows.length < MOST_ROWS) {
      const start = cursor.at;
      const { length, offsetSize } = cursor.initialLength();
      const end = cursor.at + length;
      if (end > this.bytes.length || length === 0) return;
      this.unit(new ByteCursor(this.bytes, cursor.at, end), start, offsetSize);
      cursor.at = end;
    }
  }

  private unit(cursor: ByteCursor, start: number, offsetSize: 4 | 8): void {
    const version = cursor.u16();
    if (version < 2 || version > 5) return;
    let addressSize = 4;
    if (version >= 5) {
      addressSize = cursor.u8();
      cursor.u8(); // size of segment selectors
    }
    const headerLength = cursor.unsigned(offsetSize);
    const program = cursor.at + headerLength;
    const minimum = cursor.u8();
    if (version >= 4) cursor.u8(); // operations of a VLIW instruction
    const statementDefault = cursor.u8() !== 0;
    const lineBase = cursor.i8();
    const lineRange = cursor.u8() || 1;
    const opcodeBase = cursor.u8();
    const operands = Array.from({ length: Math.max(0, opcodeBase - 1) }, () => cursor.u8());
    const folder = this.folders.get(start) ?? '';
    const firstFile = this.files.length;
    const context = { ...this.sections, offsetSize, addressSize, version, textAt };
    if (version >= 5) this.entries5(cursor, context);
    else this.entries(cursor, folder);
    // File numbers count from 1 before DWARF 5.
    const base = version >= 5 ? firstFile : firstFile - 1;
    cursor.at = program;

    let address = 0;
    let file = 1;
    let line = 1;
    let isStatement = statementDefault;
    const add = (): void => {
      const index = base + file;
      const known = index >= firstFile && index < this.files.length;
      this.rows.push({ address: address >>> 0, file: known ? index : -1, line: line >>> 0, isStatement });
    };
    while (!cursor.ended && this.rows.length < MOST_ROWS) {
      const opcode = cursor.u8();
      if (opcode >= opcodeBase) {
        const special = opcode - opcodeBase;
        address += Math.floor(special / lineRange) * minimum;
        line += lineBase + (special % lineRange);
        add();
        continue;
      }
      switch (opcode) {
        case 0: {
          const length = cursor.uleb();
          const next = cursor.at + length;
          const kind = cursor.u8();
          if (kind === Extended.endSequence) {
            this.rows.push({ address: address >>> 0, file: -1, line: 0, isStatement: false });
            address = 0;
            file = 1;
            line = 1;
            isStatement = statementDefault;
          } else if (kind === Extended.setAddress) address = cursor.unsigned(length - 1);
          cursor.at = next;
          break;
        }
        case Standard.copy:
          add();
          break;
        case Standard.advancePc:
          address += cursor.uleb() * minimum;
          break;
        case Standard.advanceLine:
          line += cursor.sleb();
          break;
        case Standard.setFile:
          file = cursor.uleb();
          break;
        case Standard.negateStatement:
          isStatement = !isStatement;
          break;
        case Standard.addConstant:
          address += Math.floor((255 - opcodeBase) / lineRange) * minimum;
          break;
        case Standard.fixedAdvance:
          address += cursor.u16();
          break;
        default:
          for (let i = operands[opcode - 1] ?? 0; i > 0; i--) cursor.uleb();
      }
    }
  }

  /** Versions 2 to 4: folders, then files, each list ended by an empty name. */
  private entries(cursor: ByteCursor, folder: string): void {
    const folders = [folder];
    for (let name = cursor.text(); name !== ''; name = cursor.text()) folders.push(name);
    for (let name = cursor.text(); name !== ''; name = cursor.text()) {
      const index = cursor.uleb();
      cursor.uleb(); // time
      cursor.uleb(); // length
      this.files.push(place(folders[index] ?? '', name, folder));
    }
  }

  private entries5(cursor: ByteCursor, context: FormContext): void {
    const PATH = 1;
    const FOLDER = 2;
    const list = (): { path: string; folder: number }[] => {
      const formats = Array.from({ length: cursor.u8() }, () => [cursor.uleb(), cursor.uleb()] as const);
      const count = Math.min(cursor.uleb(), 100_000);
      const found: { path: string; folder: number }[] = [];
      for (let i = 0; i < count && !cursor.ended; i++) {
        const entry = { path: '', folder: 0 };
        for (const [content, form] of formats) {
          const value = readForm(cursor, form, context);
          if (content === PATH && typeof value === 'string') entry.path = value;
          if (content === FOLDER && typeof value === 'number') entry.folder = value;
        }
        found.push(entry);
      }
      return found;
    };
    const folders = list().map(({ path }) => path);
    for (const { path, folder } of list()) this.files.push(place(folders[folder] ?? '', path, folders[0] ?? ''));
  }
}

/** A name in a folder that is itself understood from the folder of compilation. */
function place(folder: string, name: string, compiled: string): { file: string; folder: string } {
  if (name.startsWith('/') || folder === '' || folder === compiled) return { file: name, folder: compiled };
  return { file: `${folder}/${name}`, folder: compiled };
}

export function textAt(section: Uint8Array, offset: number): string {
  return new ByteCursor(section, offset).text();
}
