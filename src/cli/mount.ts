/** `--mount HOSTDIR[:GUESTDIR][:ro|:rw]`: a directory of the host, read whole before the run. */
import { type Dirent, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type DirectoryNode, directory, type FileNode, type Timestamp, type TreeNode } from '../loaders/file-tree.ts';
import type { RunMount } from '../loaders/run-disk.ts';
import { fileError } from './files.ts';
import { UserError } from './user-error.ts';

export interface MountOption {
  readonly host: string;
  readonly guest: string;
  readonly writable: boolean;
}

export interface HostMount extends RunMount {
  readonly host: string;
}

const DEFAULT_GUEST = '/mnt';
/** What the kernel itself has there. */
const TAKEN = ['/', '/bin', '/boot', '/dev', '/proc'];
const MOST_BYTES = 1 << 30;
const MOST_FILES = 100_000;

/** Throws UserError. */
export function parseMount(text: string): MountOption {
  const [, path = '', access] = /^(.*?)(?::(ro|rw))?$/s.exec(text)!;
  const colon = path.lastIndexOf(':/');
  const host = colon < 0 ? path : path.slice(0, colon);
  const guest = colon < 0 ? DEFAULT_GUEST : posix.normalize(path.slice(colon + 1)).replace(/(.)\/$/, '$1');
  const wrong = (why: string): UserError => new UserError(`--mount ${text}: ${why}`);
  if (host === '') throw wrong('expected HOSTDIR[:GUESTDIR][:ro|:rw]');
  if (/[\n\0]/.test(guest)) throw wrong('no path of a guest');
  if (TAKEN.includes(guest)) throw wrong(`${guest} is the kernel's own`);
  return { host, guest, writable: access === 'rw' };
}

/** Reads them all. `note` hears of what cannot be in it: devices, sockets, pipes. Throws UserError. */
export function readMounts(options: readonly MountOption[], note: (message: string) => void): HostMount[] {
  const doubled = options.find(({ guest }, i) => options.findIndex(o => o.guest === guest) !== i);
  if (doubled) throw new UserError(`--mount: two at ${doubled.guest}; say where with HOSTDIR:GUESTDIR`);
  return options.map(({ host, guest, writable }) => ({ host, at: guest, writable, tree: readTree(host, note) }));
}

function readTree(host: string, note: (message: string) => void): DirectoryNode {
  const stat = named(host, () => statSync(host));
  if (!stat.isDirectory()) throw new UserError(`--mount ${host}: not a directory`);
  let bytes = 0;
  let files = 0;
  const byInode = new Map<string, FileNode>();
  const read = (path: string, entry: Dirent): TreeNode | undefined => {
    if (++files > MOST_FILES) throw new UserError(`--mount ${host}: more than ${MOST_FILES} files`);
    if (entry.isDirectory()) return readDirectory(path);
    const found = lstatSync(path, { bigint: true });
    const time = timeOf(found.mtimeNs);
    if (entry.isSymbolicLink()) return { kind: 'link', target: readlinkSync(path), time };
    if (!entry.isFile()) {
      note(`--mount: ${path} is no file, directory or link: left out`);
      return undefined;
    }
    const key = `${found.dev}:${found.ino}`;
    const linked = found.nlink > 1n ? byInode.get(key) : undefined;
    if (linked) return linked;
    bytes += Number(found.size);
    if (bytes > MOST_BYTES) throw new UserError(`--mount ${host}: more than ${MOST_BYTES >> 20} MiB`);
    const node: FileNode = { kind: 'file', data: readFileSync(path), mode: Number(found.mode) & 0o7777, time };
    byInode.set(key, node);
    return node;
  };
  const readDirectory = (path: string): DirectoryNode =>
    named(path, () => {
      const { mode, mtimeNs } = statSync(path, { bigint: true });
      const node = directory(Number(mode) & 0o7777, timeOf(mtimeNs));
      const entries = readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const entry of entries) {
        const at = join(path, entry.name);
        const child = named(at, () => read(at, entry));
        if (child) node.entries.set(entry.name, child);
      }
      return node;
    });
  return readDirectory(host);
}

function timeOf(nanoseconds: bigint): Timestamp {
  const billion = 1_000_000_000n;
  const rest = ((nanoseconds % billion) + billion) % billion;
  return { seconds: Number((nanoseconds - rest) / billion) | 0, nanoseconds: Number(rest) };
}

/** What the host says of a file, as a mistake in how we were called. */
function named<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`--mount: ${fileError(path, error).message}`);
  }
}
