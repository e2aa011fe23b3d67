/** Files that come with real86: firmware, the guest kernel, the example programs. Found from this module, in the sources and in the package alike. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from './user-error.ts';

const BIOS = 'roms/bios/bios.rom';
const PROGRAMS = 'guests/programs/bin';

let root: string | undefined;

/** The package's folder: the nearest above this module that holds the BIOS. */
export function packageRoot(): string {
  if (root !== undefined) return root;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, BIOS))) {
    const above = dirname(folder);
    if (above === folder) throw new UserError(`${BIOS} is missing: this installation of real86 is incomplete`);
    folder = above;
  }
  root = folder;
  return root;
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(join(packageRoot(), path));
  } catch {
    throw new UserError(`${path} is missing: this installation of real86 is incomplete`);
  }
}

export const bios = (): Uint8Array => read(BIOS);
export const kernelBootImage = (): Uint8Array => read('guests/kernel/boot.img');
export const kernelElf = (): Uint8Array => read('guests/kernel/kernel.elf');
export const realLoader = (): Uint8Array => read('guests/real/loader.img');

/** Files of the root file system that every disk carries. */
export function rootFiles(): { name: string; data: Uint8Array }[] {
  const folder = join(packageRoot(), 'guests/rootfs');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
    .map(path => ({ name: relative(folder, path).split(sep).join('/'), data: readFileSync(path) }));
}

/** Example programs by name; with `real`, the 16-bit ones. */
export function bundledPrograms(real: boolean): string[] {
  const folder = join(packageRoot(), PROGRAMS, real ? 'real' : '');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => entry.name)
    .sort();
}

/** Where a program the user names is: the path itself, or, for a bare name that is no file here, the example of that name. */
export function findProgram(name: string, real: boolean): string {
  const isBare = !/[/\\]/.test(name);
  if (existsSync(name) || !isBare) return name;
  const bundled = join(packageRoot(), PROGRAMS, real ? 'real' : '', name);
  return existsSync(bundled) ? bundled : name;
}
