/**
 * What the compilation units of .debug_info say of line programs: the folder that names of files are relative to. Only the first entry of each unit is
 * read. Source: DWARF 5, 7.5; versions 2 to 5.
 */
import { ByteCursor } from './byte-cursor.ts';
import { type FormContext, readForm } from './dwarf-forms.ts';
import { textAt } from './dwarf-lines.ts';

const Attribute = { statementList: 0x10, folder: 0x1b } as const;
/** Kinds of units that have further fields in their header: skeleton and split compile with an identifier, type units with two. */
const UnitHeader: Readonly<Record<number, number>> = { 2: 12, 4: 8, 5: 8, 6: 12 };
const IMPLICIT_CONSTANT = 0x21;

/** Folder of compilation by the offset of its line program in .debug_line. */
export function compilationFolders(section: (name: string) => Uint8Array): ReadonlyMap<number, string> {
  const folders = new Map<number, string>();
  const info = section('.debug_info');
  const abbreviations = section('.debug_abbrev');
  const cursor = new ByteCursor(info);
  while (!cursor.ended) {
    const { length, offsetSize } = cursor.initialLength();
    const end = cursor.at + length;
    if (length === 0 || end > info.length) break;
    const unit = new ByteCursor(info, cursor.at, end);
    cursor.at = end;
    const version = unit.u16();
    if (version < 2 || version > 5) continue;
    let kind = 1;
    let addressSize: number;
    let table: number;
    if (version >= 5) {
      kind = unit.u8();
      addressSize = unit.u8();
      table = unit.unsigned(offsetSize);
      unit.skip(UnitHeader[kind] ?? 0);
    } else {
      table = unit.unsigned(offsetSize);
      addressSize = unit.u8();
    }
    const context: FormContext = {
      offsetSize,
      addressSize,
      version,
      strings: section('.debug_str'),
      lineStrings: section('.debug_line_str'),
      textAt,
    };
    const { lines, folder } = firstEntry(unit, new ByteCursor(abbreviations, table), context);
    if (lines !== undefined && folder !== undefined) folders.set(lines, folder);
  }
  return folders;
}

function firstEntry(
  unit: ByteCursor,
  abbreviations: ByteCursor,
  context: FormContext,
): { lines?: number; folder?: string } {
  const found: { lines?: number; folder?: string } = {};
  const code = unit.uleb();
  while (!abbreviations.ended) {
    const number = abbreviations.uleb();
    if (number === 0) return found;
    abbreviations.uleb(); // tag
    abbreviations.u8(); // has children
    for (;;) {
      const attribute = abbreviations.uleb();
      const form = abbreviations.uleb();
      const implicit = form === IMPLICIT_CONSTANT ? abbreviations.sleb() : 0;
      if ((attribute === 0 && form === 0) || abbreviations.ended) break;
      if (number !== code) continue;
      const value = readForm(unit, form, context, implicit);
      if (value === false) return found;
      if (attribute === Attribute.statementList && typeof value === 'number') found.lines = value;
      if (attribute === Attribute.folder && typeof value === 'string') found.folder = value;
    }
    if (number === code) return found;
  }
  return found;
}
