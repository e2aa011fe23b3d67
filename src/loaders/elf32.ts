/**
 * ELF for i386: the file header, program headers and section headers, as data. Source: System V ABI, i386 supplement; Tool Interface Standard
 * ELF 1.2.
 *
 * parseElf32() accepts what any loader could use; checkProgram() adds what a static Linux program needs, so that a wrong file is refused in one
 * line before a machine is built for it. Nothing here trusts a number in the file: every offset is checked against the length.
 *
 * *Not modelled*: more than 65534 program or section headers (PN_XNUM), byte orders and widths other than i386's.
 */
import { hex, LoadError } from './load-error.ts';

export interface ElfSegment {
  /** Where its bytes begin in the file, and how many there are. */
  readonly offset: number;
  readonly fileSize: number;
  /** Linear address, physical address (for kernels), and bytes in memory: those beyond `fileSize` are zero. */
  readonly address: number;
  readonly physical: number;
  readonly memorySize: number;
  /** PF_X 1, PF_W 2, PF_R 4. */
  readonly flags: number;
}

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  /** SHF_: write 1, allocate 2, execute 4, compressed 800h. */
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  readonly link: number;
}

export interface Elf32 {
  readonly bytes: Uint8Array;
  /** ET_REL 1, ET_EXEC 2, ET_DYN 3. */
  readonly type: number;
  readonly entry: number;
  /** PT_LOAD segments with memory, in file order. */
  readonly segments: readonly ElfSegment[];
  /** The dynamic linker the file asks for. */
  readonly interpreter: string | undefined;
  /** Linked with -pie: it may lie anywhere, and moves itself. */
  readonly pie: boolean;
  /** Empty when there are none, or when they are damaged: they matter to debuggers only. */
  readonly sections: readonly ElfSection[];
}

const HEADER = 52;
const PROGRAM_HEADER = 32;
const SECTION_HEADER = 40;
const Type = { relocatable: 1, executable: 2, shared: 3, core: 4 } as const;
const SegmentType = { load: 1, dynamic: 2, interpreter: 3 } as const;
/** Entry of the dynamic section with a flag that tells position-independent programs from shared libraries. */
const DT_FLAGS_1 = 0x6ffffffb;
const DF_1_PIE = 0x08000000;
const MACHINE_386 = 3;

const MACHINES: Readonly<Record<number, string>> = {
  2: 'SPARC',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC 64',
  22: 'S/390',
  40: 'ARM',
  50: 'IA-64',
  62: 'x86-64',
  183: 'AArch64',
  243: 'RISC-V',
};

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Reads a 32-bit little-endian i386 ELF. Throws LoadError; the message does not name the file. */
export function parseElf32(bytes: Uint8Array): Elf32 {
  if (bytes.length === 0) throw new LoadError('the file is empty');
  if (!isElf(bytes)) throw new LoadError(`not an ELF program${whatElse(bytes)}`);
  if (bytes.length < HEADER)
    throw new LoadError(`truncated: the ELF header is ${HEADER} bytes, the file has ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const machine = view.getUint16(18, bytes[5] !== 2);
  if (bytes[4] === 2)
    throw new LoadError(`a 64-bit ELF${named(machine)}: real86 runs 32-bit programs; compile with gcc -m32`);
  if (bytes[4] !== 1) throw new LoadError(`damaged ELF header: class ${bytes[4]} is neither 32-bit nor 64-bit`);
  if (bytes[5] === 2) throw new LoadError(`a big-endian ELF${named(machine)}: not for the i386`);
  if (bytes[5] !== 1) throw new LoadError(`damaged ELF header: byte order ${bytes[5]}`);
  if (machine !== MACHINE_386)
    throw new LoadError(`an ELF for ${MACHINES[machine] ?? `machine ${machine}`}, not for the i386`);
  const programAt = view.getUint32(28, true);
  const programSize = view.getUint16(42, true);
  const programCount = view.getUint16(44, true);
  if (programCount > 0 && programSize !== PROGRAM_HEADER)
    throw new LoadError(`damaged ELF header: program headers of ${programSize} bytes, not ${PROGRAM_HEADER}`);
  if (programAt + programCount * PROGRAM_HEADER > bytes.length) {
    throw new LoadError(
      `truncated: ${programCount} program headers at offset ${hex(programAt)} do not fit in ${bytes.length} bytes`,
    );
  }
  const segments: ElfSegment[] = [];
  let interpreter: string | undefined;
  let pie = false;
  for (let i = 0; i < programCount; i++) {
    const at = programAt + i * PROGRAM_HEADER;
    const word = (index: number): number => view.getUint32(at + index * 4, true);
    const segment = {
      offset: word(1),
      address: word(2),
      physical: word(3),
      fileSize: word(4),
      memorySize: word(5),
      flags: word(6),
    };
    if (word(0) === SegmentType.interpreter) interpreter = textAt(bytes, segment.offset, segment.fileSize);
    if (word(0) === SegmentType.dynamic) pie = isPie(view, segment.offset, segment.fileSize);
    if (word(0) !== SegmentType.load || segment.memorySize === 0) continue;
    checkSegment(segment, bytes.length);
    segments.push(segment);
  }
  return {
    bytes,
    type: view.getUint16(16, true),
    entry: view.getUint32(24, true),
    segments,
    interpreter,
    pie,
    sections: readSections(bytes, view),
  };
}

function isPie(view: DataView, offset: number, size: number): boolean {
  for (let at = offset; at + 8 <= Math.min(offset + size, view.byteLength); at += 8) {
    if (view.getUint32(at, true) === DT_FLAGS_1) return (view.getUint32(at + 4, true) & DF_1_PIE) !== 0;
  }
  return false;
}

function checkSegment(segment: ElfSegment, length: number): void {
  const { offset, fileSize, memorySize, address } = segment;
  const name = `segment at ${hex(address)}`;
  if (fileSize > memorySize)
    throw new LoadError(`damaged ELF: ${name} has ${fileSize} bytes in the file but only ${memorySize} in memory`);
  if (offset + fileSize > length)
    throw new LoadError(
      `truncated: ${name} ends at offset ${offset + fileSize} of the file, which has ${length} bytes`,
    );
  if (address + memorySize > 2 ** 32)
    throw new LoadError(`damaged ELF: ${name} of ${hex(memorySize)} bytes goes beyond 4 GiB`);
}

/** Where user space ends under the tiny kernel: see guests/kernel/memlayout.h. */
export const KERNEL_BASE = 0xc0000000;
const PAGE = 4096;

/** Refuses what the tiny kernel could not start as a static Linux/i386 program. Throws LoadError. */
export function checkProgram(elf: Elf32): void {
  const { type, segments, interpreter, entry, pie } = elf;
  if (type === Type.relocatable) throw new LoadError('an object file, not linked yet: link it with gcc -m32 -static');
  if (interpreter !== undefined)
    throw new LoadError(`dynamically linked (it asks for ${interpreter || 'an interpreter'}): link with -static`);
  if (type === Type.shared && !pie) throw new LoadError('a shared library, not a program: link with -static');
  if (type === Type.core) throw new LoadError('a core dump, not a program');
  if (type !== Type.executable && type !== Type.shared) throw new LoadError(`ELF type ${type} is not an executable`);
  if (segments.length === 0) throw new LoadError('nothing to load: the ELF has no PT_LOAD segment');
  for (const { address, memorySize, offset } of segments) {
    const range = `segment ${hex(address)}-${hex(address + memorySize)}`;
    if (address + memorySize > KERNEL_BASE)
      throw new LoadError(`${range} lies in the kernel's space, above ${hex(KERNEL_BASE)}: link it lower`);
    if (address < PAGE && !pie)
      throw new LoadError(`${range} covers page 0, where null pointers must fault: link it at 0x08048000`);
    if (offset % PAGE !== address % PAGE) {
      throw new LoadError(
        `${range}: file offset ${hex(offset)} and address differ within a page, so it cannot be mapped: link without -N and -n`,
      );
    }
  }
  const sorted = [...segments].sort((a, b) => a.address - b.address);
  for (const [i, { address }] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before && before.address + before.memorySize > address) {
      throw new LoadError(`segments at ${hex(before.address)} and ${hex(address)} overlap`);
    }
  }
  if (!segments.some(s => entry >= s.address && entry < s.address + s.memorySize)) {
    throw new LoadError(`the entry point ${hex(entry)} is in no segment`);
  }
}

function readSections(bytes: Uint8Array, view: DataView): ElfSection[] {
  const at = view.getUint32(32, true);
  const count = view.getUint16(48, true);
  const namesIndex = view.getUint16(50, true);
  if (at === 0 || view.getUint16(46, true) !== SECTION_HEADER || at + count * SECTION_HEADER > bytes.length) return [];
  const word = (section: number, index: number): number =>
    view.getUint32(at + section * SECTION_HEADER + index * 4, true);
  const names = namesIndex < count ? word(namesIndex, 4) : bytes.length;
  return Array.from({ length: count }, (_, i) => ({
    name: textAt(bytes, names + word(i, 0), MAX_NAME),
    type: word(i, 1),
    flags: word(i, 2),
    address: word(i, 3),
    offset: word(i, 4),
    size: word(i, 5),
    link: word(i, 6),
  }));
}

/** Longest name that is read: C++ names are long, damaged ones longer. */
const MAX_NAME = 512;

/** The text at `offset`, to its NUL, to `limit` bytes, or to the end of the file. */
export function textAt(bytes: Uint8Array, offset: number, limit: number): string {
  const end = Math.min(offset + limit, bytes.length);
  let text = '';
  for (let at = offset; at < end && bytes[at] !== 0; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

function named(machine: number): string {
  return MACHINES[machine] ? ` (${MACHINES[machine]})` : '';
}

/** A guess at what the user has instead. */
function whatElse(bytes: Uint8Array): string {
  if (bytes[0] === 0x23 && bytes[1] === 0x21) return ': it is a script';
  if (bytes[0] === 0x4d && bytes[1] === 0x5a) return ': it is a DOS or Windows program';
  if (bytes[510] === 0x55 && bytes[511] === 0xaa) return ': it looks like a disk image; try `real86 boot`';
  return ': compile one with gcc -m32 -static, or use --real for a 16-bit binary';
}
