/** A ROM assembled by hand for the machine's tests: real-mode code at F000:0000, entered from the reset vector. */

const SIZE = 0x10000;
const RESET = 0xfff0;

/** Places code at offset 0 and tables where asked. */
export function rom(code: readonly number[], at: Readonly<Record<number, readonly number[]>> = {}): Uint8Array {
  const bytes = new Uint8Array(SIZE).fill(0xf4);
  bytes.set(code, 0);
  for (const [offset, data] of Object.entries(at)) bytes.set(data, Number(offset));
  // jmp F000:0000
  bytes.set([0xea, 0x00, 0x00, 0x00, 0xf0], RESET);
  return bytes;
}

/** mov al, value; out port, al — or through DX for a port above FFh. */
export function out(port: number, value: number): number[] {
  if (port < 0x100) return [0xb0, value, 0xe6, port];
  return [0xba, port & 0xff, port >> 8, 0xb0, value, 0xee];
}

/** mov word [offset], value, with DS = 0 */
export function poke(offset: number, value: number): number[] {
  return [0xc7, 0x06, offset & 0xff, offset >> 8, value & 0xff, value >> 8];
}

/** xor ax, ax; mov ds, ax; mov ss, ax; mov sp, 7000h */
export const setUp = [0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x70];

/** The pair at vectors 08h and 70h, all lines open but those in `masks`. */
export function programPic(masterMask = 0, slaveMask = 0): number[] {
  const words: [number, number][] = [
    [0x20, 0x11],
    [0xa0, 0x11],
    [0x21, 0x08],
    [0xa1, 0x70],
    [0x21, 0x04],
    [0xa1, 0x02],
    [0x21, 0x01],
    [0xa1, 0x01],
    [0x21, masterMask],
    [0xa1, slaveMask],
  ];
  return words.flatMap(([port, value]) => out(port, value));
}

export const STI = 0xfb;
export const CLI = 0xfa;
export const HLT = 0xf4;
export const IRET = 0xcf;
