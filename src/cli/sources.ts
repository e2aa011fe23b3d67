/**
 * Lines of source files for reports. A program's debug information names the files, and programs are not trusted: only regular files that are
 * called like source code are read, and of them the one line.
 */
import { readFileSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { SourceLine } from '../loaders/dwarf-lines.ts';
import { packageRoot } from './assets.ts';

const SOURCE =
  /\.(c|h|cc|cpp|cxx|c\+\+|hh|hpp|hxx|s|S|asm|inc|rs|go|zig|d|pas|pp|p|f|for|f90|f95|f03|f08|adb|ads|nim|m|mm)$/;
const MOST_BYTES = 8 << 20;
const MOST_SHOWN = 100;

const files = new Map<string, readonly string[] | undefined>();

/** The text of the line, its indentation taken off; undefined when the file is not there. */
export function sourceText({ file, folder, line }: SourceLine): string | undefined {
  const places = isAbsolute(file)
    ? [file]
    : [...(folder === '' ? [] : [resolve(folder, file)]), resolve(file), resolve(packageRoot(), file)];
  for (const path of new Set(places)) {
    const text = linesOf(path)?.[line - 1];
    // Nothing that a terminal would act on.
    if (text !== undefined)
      return [...text.trim().slice(0, MOST_SHOWN)].map(c => (c >= ' ' && c !== '\x7f' ? c : ' ')).join('');
  }
  return undefined;
}

function linesOf(path: string): readonly string[] | undefined {
  if (!files.has(path)) files.set(path, readLines(path));
  return files.get(path);
}

function readLines(path: string): readonly string[] | undefined {
  if (!SOURCE.test(path)) return undefined;
  try {
    const stat = statSync(path);
    if (!stat.isFile() || stat.size > MOST_BYTES) return undefined;
    return readFileSync(path, 'utf8').split(/\r?\n/);
  } catch {
    return undefined;
  }
}
