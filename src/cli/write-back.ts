/**
 * A mount with `:rw`, after the run: what the guest changed is changed in the host's directory.
 *
 * New contents are first written to a folder of our own in there, then renamed into place: what does not fit on the host's disk leaves everything as
 * it was, and no file is ever seen half written. Nothing is followed: a symbolic link in a path is an error, and a link that the guest made to lead
 * out of the directory is not made.
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, posix } from 'node:path';
import type { Change } from '../session/mounted.ts';

/** Carries the changes out in `host`; says with `note` what it could not do. False when something is missing. */
export function writeBack(host: string, changes: readonly Change[], note: (message: string) => void): boolean {
  if (changes.length === 0) return true;
  const root = realpathSync(host);
  const staging = mkdtempSync(join(root, '.real86-'));
  let whole = true;
  try {
    const staged = stage(staging, changes);
    for (const change of changes) {
      const refusal = refusalOf(change);
      try {
        if (refusal === undefined) apply(root, change, staged);
        else note(`${path(change)}: ${refusal}`);
        whole &&= refusal === undefined;
      } catch (error) {
        note(`${path(change)}: ${(error as Error).message}`);
        whole = false;
      }
    }
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  return whole;
}

function path(change: Change): string {
  return change.path.join('/');
}

/** The new files, by change. Throws what the host says, a full disk for one. */
function stage(folder: string, changes: readonly Change[]): Map<Change, string> {
  const staged = new Map<Change, string>();
  changes.forEach((change, i) => {
    if (change.kind !== 'file') return;
    const at = join(folder, String(i));
    writeFileSync(at, change.data, { mode: change.mode, flag: 'wx' });
    chmodSync(at, change.mode);
    staged.set(change, at);
  });
  return staged;
}

function refusalOf(change: Change): string | undefined {
  if (change.kind !== 'link') return undefined;
  const to = posix.normalize(posix.join(change.path.slice(0, -1).join('/'), change.target));
  const leaves = posix.isAbsolute(change.target) || to === '..' || to.startsWith('../');
  return leaves ? `a link to ${JSON.stringify(change.target)}, outside the directory: not made on the host` : undefined;
}

function apply(root: string, change: Change, staged: ReadonlyMap<Change, string>): void {
  checkWay(root, change.path.slice(0, -1));
  const at = join(root, ...change.path);
  switch (change.kind) {
    case 'remove':
      if (change.directory) rmdirSync(at);
      else unlinkSync(at);
      return;
    case 'directory':
      mkdirSync(at, { mode: change.mode });
      return;
    case 'file':
      renameSync(staged.get(change)!, at);
      return;
    case 'link':
      if (lstatSync(at, { throwIfNoEntry: false })) unlinkSync(at);
      symlinkSync(change.target, at);
      return;
    case 'mode':
      if (lstatSync(at).isSymbolicLink()) throw new Error('has become a link');
      chmodSync(at, change.mode);
  }
}

/** Each directory on the way must be one, not a link to one. */
function checkWay(root: string, names: readonly string[]): void {
  let at = root;
  for (const name of names) {
    at = join(at, name);
    if (!lstatSync(at).isDirectory()) throw new Error(`${at} is no directory any more`);
  }
}
