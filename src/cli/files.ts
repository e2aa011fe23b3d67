/** Files that users name: found, read whole or in part, or refused in one line. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { LoadError } from '../loaders/load-error.ts';
import { UserError } from './user-error.ts';

/** Programs and kernels larger than this are not what they claim to be. */
const MAX_PROGRAM = 256 << 20;

/** An open file that has been checked to be one that can be read whole. */
export interface OpenFile {
  readonly path: string;
  readonly descriptor: number;
  readonly size: number;
}

/** Opens a regular file (or, to read only, a pipe). Throws UserError: 127 when it is not there, 126 when it is no file to read. */
export function openFile(path: string, mode: 'r' | 'r+' = 'r'): OpenFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, mode);
  } catch (error) {
    throw fileError(path, error);
  }
  const stat = fstatSync(descriptor);
  if (stat.isFile() || (stat.isFIFO() && mode === 'r')) return { path, descriptor, size: stat.size };
  closeSync(descriptor);
  throw new UserError(`${path}: ${stat.isDirectory() ? 'is a directory' : 'is a device, not a file'}`, 126);
}

/** The whole file. Throws UserError. */
export function readWhole(path: string): Uint8Array {
  const file = openFile(path);
  try {
    if (file.size > MAX_PROGRAM)
      throw new UserError(`${path}: ${file.size >> 20} MiB is too large for a program (256 MiB at most)`, 126);
    return readFileSync(file.descriptor);
  } catch (error) {
    throw error instanceof UserError ? error : fileError(path, error);
  } finally {
    closeSync(file.descriptor);
  }
}

/** Up to `length` bytes at `position`; fewer at the end of the file. */
export function readPart(file: OpenFile, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = readSync(file.descriptor, bytes, done, length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/** Runs what reads a file's bytes; what is wrong with them is said with the file's name. */
export function naming<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof LoadError ? new UserError(`${path}: ${error.message}`, 126) : error;
  }
}

/** An operating system's error about a file as a line for people. */
export function fileError(path: string, error: unknown): UserError {
  const code = (error as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError(`${path}: no such file`, 127);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(`${path}: permission denied`, 126);
    case 'EISDIR':
      return new UserError(`${path}: is a directory`, 126);
    default:
      return new UserError(`${path}: cannot be read (${code ?? String(error)})`, 126);
  }
}

/** The same for a file that was to be written: a mistake in how we were called. */
export function cannotWrite(path: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException;
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'no such folder',
    ENOTDIR: 'no such folder',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    EISDIR: 'is a directory',
    ENOSPC: 'no space left',
  };
  return new UserError(`${path}: cannot be written: ${reasons[code ?? ''] ?? code ?? String(error)}`);
}
