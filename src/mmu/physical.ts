/**
 * The physical address space: RAM, ROM, device memory and nothing, by 4 KiB page.
 *
 * RAM pages are host memory at once. ROM pages are host memory that ignores writes. Device pages answer through a handler. Pages with nothing
 * behind them read as all ones. The A20 gate masks bit 20 of every address while it is closed.
 */

/** Memory-mapped device: accesses are 1, 2 or 4 bytes, aligned or not, never across a page. */
export interface MemoryDevice {
  read(physical: number, size: 1 | 2 | 4): number;
  write(physical: number, value: number, size: 1 | 2 | 4): void;
}

const PAGE = 4096;
const A20 = 1 << 20;
/** Nothing is mapped from here on; PAE and PSE-36 can name such addresses. */
const FOUR_GIB = 2 ** 32;
const PAGES = FOUR_GIB / PAGE;

/** Low two bits of a page's word. */
const Kind = { none: 0, ram: 1, rom: 2, device: 3 } as const;
const KIND = 3;
const KIND_BITS = 2;

/** Pages are kept by regions of 4 MiB; most of the address space has nothing in it, and is one region. */
const REGION_BITS = 10;
const REGION = 1 << REGION_BITS;
const NOTHING = new Int32Array(REGION);

export class PhysicalMemory {
  /** Guest RAM from physical address 0: `bytes[p]` is the byte at p. */
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly words: Int32Array;
  /** A word a physical page, by region: its kind, and above that the page of host memory that backs it, or the number of its device. */
  private readonly regions: Int32Array[] = new Array(PAGES / REGION).fill(NOTHING);
  private readonly devices: MemoryDevice[] = [];
  /** All ones, or bit 20 clear while A20 is gated. Signed 32-bit. */
  a20Mask = -1;

  /** `base`: where guest physical memory begins in the host buffer; `size` bytes of it exist. */
  constructor(buffer: ArrayBuffer, base: number, size: number) {
    this.bytes = new Uint8Array(buffer, base, size);
    this.view = new DataView(buffer, base, size);
    this.words = new Int32Array(buffer, base, size >> 2);
  }

  get size(): number {
    return this.bytes.length;
  }

  /**
   * Declares [start, end) (multiples of 4 KiB) as RAM, or as ROM with its bytes at `backing` (default: the same place). Later declarations win.
   */
  map(kind: 'ram' | 'rom', start: number, end: number, backing = start): void {
    const [first, last] = pagesOf(start, end);
    for (let page = first; page < last; page++)
      this.set(page, ((page - first + backing / PAGE) << KIND_BITS) | Kind[kind]);
  }

  mapDevice(start: number, end: number, device: MemoryDevice): void {
    const [first, last] = pagesOf(start, end);
    const word = ((this.devices.push(device) - 1) << KIND_BITS) | Kind.device;
    for (let page = first; page < last; page++) this.set(page, word);
  }

  private set(page: number, word: number): void {
    const number = page >>> REGION_BITS;
    if (this.regions[number] === NOTHING) this.regions[number] = new Int32Array(REGION);
    this.regions[number]![page & (REGION - 1)] = word;
  }

  /** `page` below 2^20. */
  private wordOf(page: number): number {
    return this.regions[page >>> REGION_BITS]![page & (REGION - 1)]!;
  }

  setA20(open: boolean): void {
    this.a20Mask = open ? -1 : ~A20;
  }

  /** Host page that backs a physical page, or -1 when no host memory does. A20 is applied here. */
  hostPage(page: number, write: boolean): number {
    if (page >= PAGES) return -1;
    const word = this.wordOf(page & (this.a20Mask >>> 12));
    const kind = word & KIND;
    return kind === Kind.ram || (kind === Kind.rom && !write) ? word >>> KIND_BITS : -1;
  }

  /** Reads `size` bytes at an unsigned physical address (of up to 36 bits) within one page. Result is unsigned. */
  read(physical: number, size: 1 | 2 | 4): number {
    if (physical >= FOUR_GIB) return allOnes(size);
    const masked = physical & this.a20Mask;
    const word = this.wordOf(masked >>> 12);
    const kind = word & KIND;
    if (kind === Kind.device) return this.devices[word >>> KIND_BITS]!.read(masked >>> 0, size) >>> 0;
    if (kind === Kind.none) return allOnes(size);
    const at = (word >>> KIND_BITS) * PAGE + (masked & (PAGE - 1));
    return size === 4
      ? this.view.getUint32(at, true)
      : size === 2
        ? this.view.getUint16(at, true)
        : this.view.getUint8(at);
  }

  /** The aligned doubleword at a physical address below 4 GiB; both are signed. */
  readWord(physical: number): number {
    const masked = physical & this.a20Mask;
    const word = this.wordOf(masked >>> 12);
    const kind = word & KIND;
    if (kind !== Kind.ram && kind !== Kind.rom) return this.read(physical >>> 0, 4) | 0;
    return this.words[((word >>> KIND_BITS) << 10) | ((masked >>> 2) & 0x3ff)]!;
  }

  write(physical: number, value: number, size: 1 | 2 | 4): void {
    if (physical >= FOUR_GIB) return;
    const masked = physical & this.a20Mask;
    const word = this.wordOf(masked >>> 12);
    const kind = word & KIND;
    if (kind === Kind.device) this.devices[word >>> KIND_BITS]!.write(masked >>> 0, value, size);
    if (kind !== Kind.ram) return;
    const at = (word >>> KIND_BITS) * PAGE + (masked & (PAGE - 1));
    if (size === 4) this.view.setUint32(at, value, true);
    else if (size === 2) this.view.setUint16(at, value & 0xffff, true);
    else this.view.setUint8(at, value & 0xff);
  }

  /** Reads a byte as a debugger does: devices are not disturbed, and read as all ones. */
  peek(physical: number): number {
    if (physical >= FOUR_GIB) return 0xff;
    const masked = (physical & this.a20Mask) >>> 0;
    const host = this.hostPage(Math.floor(masked / PAGE), false);
    return host < 0 ? 0xff : this.bytes[host * PAGE + (masked & (PAGE - 1))]!;
  }
}

/** First page of [start, end), and the one after its last. */
function pagesOf(start: number, end: number): [number, number] {
  if (start % PAGE !== 0 || end % PAGE !== 0)
    throw new Error(`memory region 0x${start.toString(16)}-0x${end.toString(16)} is not page-aligned`);
  return [start / PAGE, end / PAGE];
}

const allOnes = (size: number): number => (size === 4 ? 0xffffffff : (1 << (size * 8)) - 1);
