/**
 * The disk that `real86 run` boots: the kernel's boot image, then the root file system, ext2, then a file system for each mounted host directory. The
 * guest does all the rest: see docs/platform.md, "`real86 run`: how a program comes to run".
 */

import { SECTOR } from './disk-image.ts';
import { planExt2 } from './ext2/build.ts';
import { type DirectoryNode, directory, directoryAt, file, place } from './file-tree.ts';
import { LoadError } from './load-error.ts';

export interface RunDiskOptions {
  /** guests/kernel/boot.img. */
  readonly bootImage: Uint8Array;
  /** Name of the program, as a file name or path; and its ELF. */
  readonly name: string;
  readonly program: Uint8Array;
  /** argv[0] first. */
  readonly argv: readonly string[];
  /** `NAME=value`. */
  readonly envp: readonly string[];
  readonly seed: number;
  readonly aslr: boolean;
  readonly log: boolean;
  /** Files that every disk carries, by path without a leading slash. */
  readonly files: readonly { readonly name: string; readonly data: Uint8Array }[];
  readonly mounts?: readonly RunMount[];
  /** Where the program begins; `/` unless given. */
  readonly directory?: string;
  /** Bytes left free in the root and in each file system that may be written; DEFAULT_FREE unless given. */
  readonly free?: number;
  /** Standard input, where it is a file: its contents, and where reading begins. */
  readonly stdin?: { readonly bytes: Uint8Array; readonly position: number };
  /** Which of the standard streams are a terminal, and its size. */
  readonly terminal?: RunTerminal;
}

/** A directory of the host at a path of the guest. */
export interface RunMount {
  readonly tree: DirectoryNode;
  /** Absolute, normalised. */
  readonly at: string;
  readonly writable: boolean;
}

export interface RunTerminal {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly rows: number;
  readonly columns: number;
}

export interface RunDisk {
  readonly bytes: Uint8Array;
  /** First sectors of the file systems of `mounts`, in their order. */
  readonly mountSectors: readonly number[];
}

/** What argv, the environment and auxv may take together: Linux's limit for one string, and well within our stack. */
const MAX_ARGUMENTS = 128 * 1024;
export const DEFAULT_FREE = 32 << 20;
const FREE_INODES = 4096;
/** The kernel reads one page of boot/mounts. */
const MAX_MOUNTS = 4095;

/** The whole disk, in whole sectors; the same options give the same bytes. Throws LoadError when something does not fit. */
export function makeRunDisk(options: RunDiskOptions): RunDisk {
  const { bootImage, mounts = [], free = DEFAULT_FREE } = options;
  const root = rootTree(options);
  // Where the mounted ones begin depends on how large the root is, and the root names those places: numbers of one width.
  const list = text(
    mountLines(
      mounts,
      mounts.map(() => 0),
    ),
  );
  if (list.length > MAX_MOUNTS) throw new LoadError('too many mounts, or their paths are too long');
  if (mounts.length > 0) place(root, 'boot/mounts', file(list));
  const plans = [
    planExt2(root, { free, freeInodes: FREE_INODES, label: 'real86' }),
    ...mounts.map(({ tree, writable }) =>
      planExt2(tree, { free: writable ? free : 0, freeInodes: writable ? FREE_INODES : 0, label: 'host' }),
    ),
  ];
  let end = Math.ceil(bootImage.length / SECTOR) * SECTOR;
  const starts = plans.map(({ size }) => {
    end += size;
    return end - size;
  });
  const mountSectors = starts.slice(1).map(start => start / SECTOR);
  list.set(text(mountLines(mounts, mountSectors)));
  const bytes = new Uint8Array(end);
  bytes.set(bootImage);
  plans.forEach((plan, i) => {
    plan.write(bytes.subarray(starts[i], starts[i]! + plan.size));
  });
  return { bytes, mountSectors };
}

function text(lines: string): Uint8Array {
  return new TextEncoder().encode(lines);
}

/** The least that programs expect to find, and what the kernel reads. */
function rootTree(options: RunDiskOptions): DirectoryNode {
  const root = directory();
  for (const [path, mode] of BASE_DIRECTORIES)
    directoryAt(root, path.split('/').slice(0, -1)).entries.set(path.split('/').at(-1)!, directory(mode));
  for (const [path, contents] of BASE_FILES) place(root, path, file(text(contents)));
  for (const { name, data } of options.files) place(root, name, file(data, 0o755));
  const init = `bin/${fileName(options.name)}`;
  place(root, init, file(options.program, 0o755));
  for (const [path, contents] of bootFiles(options, init)) place(root, path, file(contents));
  for (const { at } of options.mounts ?? [])
    directoryAt(
      root,
      at.split('/').filter(name => name !== ''),
    );
  return root;
}

const BASE_DIRECTORIES: readonly (readonly [path: string, mode: number])[] = [
  ['bin', 0o755],
  ['boot', 0o755],
  ['dev', 0o755],
  ['etc', 0o755],
  ['lost+found', 0o700],
  ['mnt', 0o755],
  ['proc', 0o555],
  ['root', 0o700],
  ['tmp', 0o1777],
  ['usr', 0o755],
  ['var', 0o755],
];

const BASE_FILES: readonly (readonly [path: string, contents: string])[] = [
  ['etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n'],
  ['etc/group', 'root:x:0:\ntty:x:5:\nnogroup:x:65534:\n'],
  ['etc/hostname', 'real86\n'],
];

function bootFiles(options: RunDiskOptions, init: string): (readonly [path: string, contents: Uint8Array])[] {
  const { argv, envp, seed, aslr, log, terminal, stdin } = options;
  const strings = (list: readonly string[]): Uint8Array => text(list.map(string => `${string}\0`).join(''));
  const bytes = { argv: strings(argv), envp: strings(envp) };
  const total = bytes.argv.length + bytes.envp.length;
  if (total > MAX_ARGUMENTS) throw new LoadError(`arguments and environment take ${total} bytes; ${MAX_ARGUMENTS} fit`);
  const terminals = terminal
    ? [terminal.stdin, terminal.stdout, terminal.stderr].map((is, i) => (is ? i : '')).join('')
    : '';
  const words = [`seed=${seed >>> 0}`, `aslr=${onOff(aslr)}`, `init=/${init}`, `log=${onOff(log)}`];
  if (terminal && terminals !== '')
    words.push(`terminals=${terminals}`, `rows=${terminal.rows}`, `columns=${terminal.columns}`);
  if (stdin) words.push(`stdin=${stdin.position}`);
  return [
    ...(stdin ? [['boot/stdin', stdin.bytes] as const] : []),
    ['boot/cmdline', text(`${words.join(' ')}\n`)],
    ['boot/argv', bytes.argv],
    ['boot/envp', bytes.envp],
    ['boot/directory', text(options.directory ?? '/')],
  ];
}

function mountLines(mounts: readonly RunMount[], sectors: readonly number[]): string {
  const line = ({ at, writable }: RunMount, sector: number): string =>
    `${String(sector).padStart(10, '0')} ${writable ? 'rw' : 'ro'} ${at}\n`;
  return mounts.map((mount, i) => line(mount, sectors[i]!)).join('');
}

/** A name that fits the kernel's command line, whatever the host's file is called. */
function fileName(path: string): string {
  const name = path
    .slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
    .replace(/[^A-Za-z0-9._+-]/g, '_');
  return name.slice(0, 64) || 'program';
}

function onOff(on: boolean): 'on' | 'off' {
  return on ? 'on' : 'off';
}
