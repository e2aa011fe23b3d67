/**
 * Multiboot 0.6.96, as GRUB's `kernel` command loads it: the header, what goes where in physical memory, and the information structure.
 *
 *   header   within the first 8 KiB, 4-aligned: magic 1BADB002h, flags, checksum; with flag 16: header, load, load end, bss end, entry address
 *   entry    EAX = 2BADB002h, EBX = information, 32-bit flat segments, PE set, PG and IF clear, A20 open
 *   info     +0 flags  +4 mem_lower KiB  +8 mem_upper KiB  +16 cmdline  +44 mmap_length  +48 mmap_addr  +64 boot_loader_name
 *
 * *Not modelled*: modules, a graphics mode (flag 2 is granted nothing: the text screen stays), the ELF section header info, APM, VBE.
 */
import { isElf, parseElf32 } from './elf32.ts';
import { hex, LoadError } from './load-error.ts';

export interface MultibootHeader {
  readonly offset: number;
  readonly flags: number;
}

/** A piece of physical memory to be written before entry: `bytes`, then `zeros` of nothing. */
export interface Placement {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly zeros: number;
}

export interface MultibootImage {
  readonly placements: readonly Placement[];
  readonly entry: number;
  /** EAX and EBX at entry. */
  readonly eax: number;
  readonly ebx: number;
}

const HEADER_MAGIC = 0x1badb002;
const LOADER_MAGIC = 0x2badb002;
const SEARCH = 8192;
const Flag = { pageAlign: 1, memory: 2, video: 4, addresses: 1 << 16 } as const;
/** Bits 0-15 are demands: a loader that does not know one must refuse. */
const KNOWN_DEMANDS = Flag.pageAlign | Flag.memory | Flag.video;

/** The Multiboot header, or undefined when there is none. */
export function findMultibootHeader(bytes: Uint8Array): MultibootHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset + 12 <= Math.min(bytes.length, SEARCH); offset += 4) {
    if (view.getUint32(offset, true) !== HEADER_MAGIC) continue;
    const flags = view.getUint32(offset + 4, true);
    if (((HEADER_MAGIC + flags + view.getUint32(offset + 8, true)) | 0) === 0) return { offset, flags };
  }
  return undefined;
}

/** Information goes where no kernel is linked and the BIOS has nothing: below the EBDA. */
const INFO = 0x9000;
const INFO_LIMIT = 0x9e000;
const LOADER_NAME = 'real86';
/** Interrupt vectors and BIOS data; where the EBDA begins; video memory and ROM. */
const BDA_END = 0x500;
const LOW_END = 0x9fc00;
const VIDEO = 0xa0000;
const ROM_END = 0x100000;

/** What to put into memory, and the registers, to enter a Multiboot kernel. Throws LoadError. */
export function loadMultiboot(bytes: Uint8Array, commandLine: string, memoryBytes: number): MultibootImage {
  const header = findMultibootHeader(bytes);
  if (!header) throw new LoadError('no Multiboot header (magic 0x1badb002 and checksum) in the first 8192 bytes');
  const unknown = header.flags & 0xffff & ~KNOWN_DEMANDS;
  if (unknown !== 0) throw new LoadError(`its Multiboot header demands unknown features (flags ${hex(unknown)})`);
  const { placements, entry } = (header.flags & Flag.addresses) !== 0 ? byAddresses(bytes, header) : byElf(bytes);
  const info = information(commandLine, memoryBytes);
  const inMemory = placements.flatMap(beforeAndAfterRom);
  for (const placement of inMemory) checkPlace(placement, info.length, memoryBytes);
  return { placements: [...inMemory, { address: INFO, bytes: info, zeros: 0 }], entry, eax: LOADER_MAGIC, ebx: INFO };
}

/** What falls on video memory and ROM is lost, as a loader's writes there are: linkers like to put ELF headers just below 1 MiB. */
function beforeAndAfterRom({ address, bytes, zeros }: Placement): Placement[] {
  const piece = (from: number, to: number): Placement[] => {
    const start = Math.max(address, from);
    const end = Math.min(address + bytes.length + zeros, to);
    if (start >= end) return [];
    const data = bytes.subarray(Math.min(start - address, bytes.length), Math.min(end - address, bytes.length));
    return [{ address: start, bytes: data, zeros: end - start - data.length }];
  };
  return [...piece(0, VIDEO), ...piece(ROM_END, 2 ** 32)];
}

function checkPlace({ address, bytes, zeros }: Placement, infoLength: number, memoryBytes: number): void {
  const end = address + bytes.length + zeros;
  const range = `${hex(address)}-${hex(end)}`;
  if (end > memoryBytes) {
    throw new LoadError(
      `the kernel loads at ${range}, beyond the ${memoryBytes >> 20} MiB of memory: raise -m or link it lower`,
    );
  }
  const taken = (from: number, to: number): boolean => address < to && end > from;
  if (taken(0, BDA_END) || taken(INFO, INFO + infoLength) || taken(LOW_END, VIDEO)) {
    throw new LoadError(
      `the kernel loads at ${range}, in low memory that the BIOS and the boot information use: link it at 1 MiB`,
    );
  }
}

interface Loaded {
  readonly placements: readonly Placement[];
  readonly entry: number;
}

function byElf(bytes: Uint8Array): Loaded {
  if (!isElf(bytes))
    throw new LoadError('a Multiboot kernel that is no ELF must give its load addresses (header flag 16)');
  const elf = parseElf32(bytes);
  if (elf.segments.length === 0) throw new LoadError('nothing to load: the kernel ELF has no PT_LOAD segment');
  const placements = elf.segments.map(s => ({
    address: s.physical,
    bytes: bytes.subarray(s.offset, s.offset + s.fileSize),
    zeros: s.memorySize - s.fileSize,
  }));
  // The entry is a linear address, but paging is off: kernels linked high give it as physical already, or through the segment it lies in.
  const inPhysical = elf.segments.some(s => elf.entry >= s.physical && elf.entry < s.physical + s.memorySize);
  const home = elf.segments.find(s => elf.entry >= s.address && elf.entry < s.address + s.memorySize);
  if (!inPhysical && !home) throw new LoadError(`the entry point ${hex(elf.entry)} is in no segment`);
  return { placements, entry: inPhysical || !home ? elf.entry : elf.entry - home.address + home.physical };
}

function byAddresses(bytes: Uint8Array, { offset }: MultibootHeader): Loaded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (offset + 32 > bytes.length) throw new LoadError('truncated: the Multiboot header ends beyond the file');
  const [headerAt, load, loadEnd, bssEnd, entry] = [12, 16, 20, 24, 28].map(at =>
    view.getUint32(offset + at, true),
  ) as [number, number, number, number, number];
  const from = offset - (headerAt - load);
  const length = loadEnd === 0 ? bytes.length - from : loadEnd - load;
  if (from < 0 || length < 0 || from + length > bytes.length) {
    throw new LoadError(
      `its Multiboot header asks for ${length} bytes from offset ${from} of a file of ${bytes.length}`,
    );
  }
  const zeros = bssEnd === 0 ? 0 : Math.max(0, bssEnd - load - length);
  return { placements: [{ address: load, bytes: bytes.subarray(from, from + length), zeros }], entry };
}

const MapType = { ram: 1, reserved: 2 } as const;

function information(commandLine: string, memoryBytes: number): Uint8Array {
  const ranges: readonly (readonly [number, number, number])[] = [
    [0, LOW_END, MapType.ram],
    [LOW_END, 0xa0000, MapType.reserved],
    [0xf0000, 0x100000, MapType.reserved],
    [0x100000, memoryBytes, MapType.ram],
    [0xffff0000, 0x100000000, MapType.reserved],
  ];
  const text = new TextEncoder().encode(`${commandLine}\0${LOADER_NAME}\0`);
  const mapAt = 128;
  const entry = 24;
  const textAt = mapAt + ranges.length * entry;
  if (INFO + textAt + text.length > INFO_LIMIT)
    throw new LoadError(`the command line is too long (${text.length} bytes)`);
  const info = new Uint8Array(textAt + text.length);
  const view = new DataView(info.buffer);
  const put = (at: number, value: number): void => view.setUint32(at, value, true);
  // Bits: 0 memory sizes, 2 command line, 6 memory map, 9 loader name.
  put(0, 0x245);
  put(4, LOW_END >> 10);
  put(8, (memoryBytes - 0x100000) >> 10);
  put(16, INFO + textAt);
  put(44, ranges.length * entry);
  put(48, INFO + mapAt);
  put(64, INFO + textAt + text.length - LOADER_NAME.length - 1);
  for (const [i, [start, end, type]] of ranges.entries()) {
    const at = mapAt + i * entry;
    put(at, entry - 4);
    put(at + 4, start);
    put(at + 12, end - start);
    put(at + 20, type);
  }
  info.set(text, textAt);
  return info;
}
