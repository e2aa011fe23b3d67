/** Finds vectors: the files of folders that users name, and files named outright. Throws UserError where there are none. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { METADATA, type SuiteFile, suiteFiles } from '../conform/suite.ts';
import { LoadError } from '../loaders/load-error.ts';
import { fileError, naming } from './files.ts';
import { UserError } from './user-error.ts';

/** No file of vectors is as large uncompressed. */
const MOST_BYTES = 1 << 30;

export function findSuiteFiles(paths: readonly string[]): SuiteFile[] {
  return paths.flatMap(path => {
    const folders = foldersOf(path);
    const found = folders.flatMap(({ folder, files }) =>
      naming(folder, () => suiteFiles(basename(resolve(folder)), files, metadataOf(folder))),
    );
    if (found.length === 0)
      throw new UserError(`${path}: no vectors there: expected .MOO, .json or extF80_*.txt files, or those with .gz`);
    return found;
  });
}

/** Every folder at or below `path` with its files; for a file its folder with that file alone. */
function foldersOf(path: string): { folder: string; files: string[] }[] {
  try {
    if (!statSync(path).isDirectory()) return [{ folder: dirname(path), files: [path] }];
    const entries = readdirSync(path, { withFileTypes: true });
    const files = entries.filter(entry => !entry.isDirectory()).map(entry => join(path, entry.name));
    const below = entries
      .filter(entry => entry.isDirectory() && entry.name !== 'node_modules')
      .map(e => join(path, e.name));
    return [{ folder: path, files }, ...below.sort().flatMap(foldersOf)];
  } catch (error) {
    throw fileError(path, error);
  }
}

function metadataOf(folder: string): string | undefined {
  const path = join(folder, METADATA);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** The file, uncompressed. Throws UserError, or LoadError for what is no gzip file. */
export function readVectors(path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw fileError(path, error);
  }
  if (!/\.gz$/i.test(path)) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch {
    throw new LoadError('not a gzip file, or damaged');
  }
}
