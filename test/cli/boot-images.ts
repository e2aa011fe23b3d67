/** Boot sectors and kernels written byte by byte, so that boot tests need no assembler. */

/** A 512-byte boot sector of this code, padded to `length` bytes. */
export function bootSector(code: readonly number[], length = 512): Uint8Array {
  const image = new Uint8Array(length);
  image.set(code);
  image.set([0x55, 0xaa], 510);
  return image;
}

const outByte = (port: number, value: number): number[] => [0xba, port & 0xff, port >> 8, 0xb0, value, 0xee];

/** `cli; hlt` */
export const HALT = [0xfa, 0xf4];
/** Each character to COM1. */
export const print = (text: string): number[] => [...text].flatMap(c => outByte(0x3f8, c.charCodeAt(0)));
/** Each character by INT 10h/AH=0Eh. */
export const teletype = (text: string): number[] =>
  [...text].flatMap(c => [0xb4, 0x0e, 0xb0, c.charCodeAt(0), 0xcd, 0x10]);
export const debugExit = (value: number): number[] => outByte(0x501, value);
/** ACPI power-off: word 2000h to port 604h. */
export const POWER_OFF = [0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef];
/** Sends DL, the BIOS's number of the boot drive, to the debug exit. */
export const EXIT_WITH_DRIVE = [0x88, 0xd0, 0xba, 0x01, 0x05, 0xee];
/** Copies COM1 to COM1 until a 'q' comes, then powers off. */
export const ECHO = [
  0xba,
  0xfd,
  0x03, // mov dx, 3FDh
  0xec,
  0xa8,
  0x01,
  0x74,
  0xf8, // in al, dx; test al, 1; jz to the start
  0xba,
  0xf8,
  0x03,
  0xec,
  0xee, // mov dx, 3F8h; in al, dx; out dx, al
  0x3c,
  0x71,
  0x75,
  0xef, // cmp al, 'q'; jne to the start
  ...POWER_OFF,
];
/** Waits for a key by INT 16h, prints it by INT 10h, and exits with it. */
export const KEY = [0x31, 0xc0, 0xcd, 0x16, 0x50, 0xb4, 0x0e, 0xcd, 0x10, 0x58, 0xba, 0x01, 0x05, 0xee];
/** Writes sector 2 of the boot drive from 7C00h, then exits with AH. */
export const WRITE_SECTOR = [
  0x31,
  0xc0,
  0x8e,
  0xc0,
  0xbb,
  0x00,
  0x7c, // ES:BX = 0000:7C00
  0xb8,
  0x01,
  0x03,
  0xb9,
  0x02,
  0x00,
  0xb6,
  0x00,
  0xcd,
  0x13, // AH=03h, one sector, cylinder 0, sector 2, head 0
  0x88,
  0xe0,
  0xba,
  0x01,
  0x05,
  0xee,
];
/** `lidt [zeros]; int3`: the oldest way to reset. The IDT limit is 0, so nothing can be delivered. */
export const TRIPLE_FAULT = [
  0xfa,
  0x31,
  0xc0,
  0x8e,
  0xd8, // cli; DS = 0
  0x0f,
  0x01,
  0x1e,
  0x00,
  0x06, // lidt [0600h], which is zeros
  0xcc,
];

/** Protected mode, then paging with an empty page directory at 100000h. The GDT and its register image lie at the end. */
export const PAGING_WITHOUT_MAP = [
  0xfa,
  0x31,
  0xc0,
  0x8e,
  0xd8, // cli; DS = 0
  0x0f,
  0x01,
  0x16,
  0x3e,
  0x7c, // lgdt [7C3Eh]
  0x0f,
  0x20,
  0xc0,
  0x66,
  0x83,
  0xc8,
  0x01,
  0x0f,
  0x22,
  0xc0, // CR0.PE = 1
  0xea,
  0x19,
  0x7c,
  0x08,
  0x00, // jmp 8:7C19h
  0xb8,
  0x00,
  0x00,
  0x10,
  0x00,
  0x0f,
  0x22,
  0xd8, // CR3 = 100000h
  0x0f,
  0x20,
  0xc0,
  0x0d,
  0x00,
  0x00,
  0x00,
  0x80,
  0x0f,
  0x22,
  0xc0,
  0x90, // CR0.PG = 1; nop
  0x90, // to 7C2Eh
  ...[0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0], // null; flat code
  0x0f,
  0x00,
  0x2e,
  0x7c,
  0x00,
  0x00, // limit 0Fh, base 7C2Eh
];

/** A Multiboot kernel by header addresses: prints its command line to COM1, exits with the magic number's low byte. */
export function multibootKernel(): Uint8Array {
  const base = 0x100000;
  const code = [
    0x89,
    0xc1, // mov ecx, eax
    0x8b,
    0x73,
    0x10, // mov esi, [ebx+16]
    0x66,
    0xba,
    0xf8,
    0x03, // mov dx, 3F8h
    0xac,
    0x84,
    0xc0,
    0x74,
    0x03,
    0xee,
    0xeb,
    0xf8, // lodsb; test al, al; jz on; out dx, al; jmp to lodsb
    0x88,
    0xc8,
    0x66,
    0xba,
    0x01,
    0x05,
    0xee,
    0xf4, // mov al, cl; mov dx, 501h; out dx, al; hlt
  ];
  const bytes = new Uint8Array(32 + code.length);
  const view = new DataView(bytes.buffer);
  const flags = 0x10002;
  const header = [0x1badb002, flags, -(0x1badb002 + flags), base, base, 0, 0, base + 32];
  for (const [i, word] of header.entries()) view.setUint32(i * 4, word, true);
  bytes.set(code, 32);
  return bytes;
}
