/**
 * What a raw disk image is: a floppy when its size is one's, else a hard disk. Only images that the BIOS could boot pass, so that a wrong file is
 * one line instead of a machine that says "No bootable disk".
 */
import { LoadError } from './load-error.ts';

export const SECTOR = 512;

/** CMOS drive types by capacity in KiB. Source: IBM AT BIOS; 160 to 320 KiB drives count as 360. */
const FLOPPIES: readonly { readonly kib: number; readonly type: number }[] = [
  { kib: 160, type: 1 },
  { kib: 180, type: 1 },
  { kib: 320, type: 1 },
  { kib: 360, type: 1 },
  { kib: 720, type: 3 },
  { kib: 1200, type: 2 },
  { kib: 1440, type: 4 },
  { kib: 2880, type: 5 },
];

export interface DiskImage {
  readonly kind: 'floppy' | 'disk';
  /** CMOS type of the floppy drive that reads it: 1 to 5; 0 for a hard disk. */
  readonly floppyType: number;
  /** Capacity in bytes; what the file has not is zeros. */
  readonly size: number;
}

/** As much of a file's beginning as bootableImage() looks at. */
export const HEAD = 0x8800;

/** A data disk of `size` bytes: any whole number of sectors. Throws LoadError. */
export function diskImage(size: number): DiskImage {
  if (size === 0) throw new LoadError('the file is empty');
  if (size % SECTOR !== 0) {
    throw new LoadError(
      `${size} bytes is not a whole number of ${SECTOR}-byte sectors: pad it with \`truncate -s %${SECTOR}\``,
    );
  }
  const floppy = FLOPPIES.find(f => f.kib * 1024 === size);
  return { kind: floppy ? 'floppy' : 'disk', floppyType: floppy?.type ?? 0, size };
}

/** The disk to boot from, by the first HEAD bytes of it and its size. Throws LoadError, also when there is no boot signature. */
export function bootableImage(head: Uint8Array, size: number): DiskImage {
  if (isIso(head) && !hasBootSignature(head)) throw new LoadError('a CD image: only floppy and hard-disk images boot');
  if (isLinuxKernel(head))
    throw new LoadError('a Linux kernel (bzImage), not a disk image: put it on a disk with a boot loader');
  const image = diskImage(size);
  if (!hasBootSignature(head))
    throw new LoadError('no boot signature (bytes 55 AA at offset 510): not a bootable disk image');
  return image;
}

/** The same image as a floppy: the least one that holds it. Throws LoadError when none does. */
export function asFloppy(image: DiskImage): DiskImage {
  if (image.kind === 'floppy') return image;
  const floppy = FLOPPIES.find(f => f.kib >= 360 && f.kib * 1024 >= image.size);
  if (!floppy) throw new LoadError(`${image.size} bytes is too large for a floppy: the largest holds 2880 KiB`);
  return { kind: 'floppy', floppyType: floppy.type, size: floppy.kib * 1024 };
}

export function hasBootSignature(bytes: Uint8Array): boolean {
  return bytes.length >= SECTOR && bytes[510] === 0x55 && bytes[511] === 0xaa;
}

/** ISO 9660: "CD001" in sector 16 of 2048 bytes. */
function isIso(bytes: Uint8Array): boolean {
  return startsAt(bytes, 0x8001, 'CD001');
}

/** Linux/x86 boot protocol: "HdrS" at 202h, beside a boot sector that only says it cannot boot. */
function isLinuxKernel(bytes: Uint8Array): boolean {
  return hasBootSignature(bytes) && startsAt(bytes, 0x202, 'HdrS');
}

function startsAt(bytes: Uint8Array, offset: number, text: string): boolean {
  return [...text].every((character, i) => bytes[offset + i] === character.charCodeAt(0));
}
