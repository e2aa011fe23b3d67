/**
 * The disk that `real86 run --real` boots: a boot sector image as it is, or our real-mode loader followed by a header sector and the file.
 * See docs/platform.md, "`real86 run --real`".
 *
 *   header   +0 "R86L"   +4 u16 kind: 1 .com, 2 flat   +6 u32 length of the file in bytes
 */
import { hasBootSignature, SECTOR } from './disk-image.ts';
import { isElf } from './elf32.ts';
import { LoadError } from './load-error.ts';

export type RealKind = 'boot' | 'com' | 'flat';

export interface RealDisk {
  readonly kind: RealKind;
  readonly bytes: Uint8Array;
}

/** A .com has one segment for PSP (256 bytes), image and the stack's first word. */
const COM_MAX = 0x10000 - 0x100 - 2;
/** From 7C00h up to the loader at 90000h, in whole sectors. */
const FLAT_MAX = 0x90000 - 0x7c00 - 511;

/** How a 16-bit binary is to be loaded, by its name and bytes. */
export function realKind(name: string, bytes: Uint8Array): RealKind {
  if (bytes.length % SECTOR === 0 && hasBootSignature(bytes)) return 'boot';
  return /\.com$/i.test(name) ? 'com' : 'flat';
}

/** `readLoader` gives guests/real/loader.img; a boot sector needs none. Throws LoadError. */
export function makeRealDisk(name: string, bytes: Uint8Array, readLoader: () => Uint8Array): RealDisk {
  if (bytes.length === 0) throw new LoadError('the file is empty');
  if (isElf(bytes)) throw new LoadError('an ELF program, not a 16-bit binary: leave out --real');
  if (bytes[0] === 0x4d && bytes[1] === 0x5a)
    throw new LoadError('a DOS .EXE: only .com files, flat binaries and boot sectors run; link a .com');
  const kind = realKind(name, bytes);
  if (kind === 'boot') return { kind, bytes };
  const most = kind === 'com' ? COM_MAX : FLAT_MAX;
  if (bytes.length > most)
    throw new LoadError(
      `${bytes.length} bytes is too long for a ${kind === 'com' ? '.com file' : 'flat real-mode binary'}: ${most} fit`,
    );
  const loader = readLoader();
  const header = Math.ceil(loader.length / SECTOR) * SECTOR;
  const disk = new Uint8Array(header + SECTOR + Math.ceil(bytes.length / SECTOR) * SECTOR);
  disk.set(loader);
  disk.set(new TextEncoder().encode('R86L'), header);
  const view = new DataView(disk.buffer, header);
  view.setUint16(4, kind === 'com' ? 1 : 2, true);
  view.setUint32(6, bytes.length, true);
  disk.set(bytes, header + SECTOR);
  return { kind, bytes: disk };
}
