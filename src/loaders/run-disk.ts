/**
 * The disk that `real86 run` boots: the kernel's boot image, then a ustar archive as root file system. The guest does all the rest: see
 * docs/platform.md, "`real86 run`: how a program comes to run".
 */
import { createTar } from 'nanotar';
import { SECTOR } from './disk-image.ts';
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
}

/** What argv, the environment and auxv may take together: Linux's limit for one string, and well within our stack. */
const MAX_ARGUMENTS = 128 * 1024;

/** Two sectors of zeros end a ustar archive; createTar() leaves them out when its own padding comes to nothing. */
const ARCHIVE_END = 2 * SECTOR;

/** The whole disk, in whole sectors; the same options give the same bytes. Throws LoadError when the arguments are too long. */
export function makeRunDisk(options: RunDiskOptions): Uint8Array {
  const { bootImage, program, argv, envp, seed, aslr, log } = options;
  const init = `bin/${fileName(options.name)}`;
  const strings = (list: readonly string[]): Uint8Array =>
    new TextEncoder().encode(list.map(text => `${text}\0`).join(''));
  const bytes = { argv: strings(argv), envp: strings(envp) };
  const total = bytes.argv.length + bytes.envp.length;
  if (total > MAX_ARGUMENTS) throw new LoadError(`arguments and environment take ${total} bytes; ${MAX_ARGUMENTS} fit`);
  const commandLine = `seed=${seed >>> 0} aslr=${onOff(aslr)} init=${init} log=${onOff(log)}\n`;
  const files = [
    { name: 'boot/cmdline', data: new TextEncoder().encode(commandLine) },
    { name: 'boot/argv', data: bytes.argv },
    { name: 'boot/envp', data: bytes.envp },
    { name: init, data: program },
    ...options.files.filter(file => file.name !== init),
  ];
  const archive = createTar(files, { attrs: { mode: '755', uid: 0, gid: 0, mtime: 0, user: 'root', group: 'root' } });
  const start = Math.ceil(bootImage.length / SECTOR) * SECTOR;
  const disk = new Uint8Array(start + Math.ceil(archive.length / SECTOR) * SECTOR + ARCHIVE_END);
  disk.set(bootImage);
  disk.set(archive, start);
  return disk;
}

/** A name that fits a ustar header and the kernel's command line, whatever the host's file is called. */
function fileName(path: string): string {
  const name = path
    .slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
    .replace(/[^A-Za-z0-9._+-]/g, '_');
  return name.slice(0, 64) || 'program';
}

function onOff(on: boolean): 'on' | 'off' {
  return on ? 'on' : 'off';
}
