/**
 * The physical address space: RAM, ROM, device memory and nothing, by 4 KiB page.
 *
 * RAM pages are host memory at once. ROM pages are host memory that ignores writes. Device pages answer through a handler. Pages with nothing
 * behind them read as all ones. The A20 gate masks bit 20 of every address while it is closed.
 */

export type PageKind = 'ram' | 'rom' | 'device' | 'none';

/** Memory-mapped device: accesses are 1, 2 or 4 bytes, aligned or not, never across a page. */
export interface MemoryDevice {
  read(physical: number, size: 1 | 2 | 4): number;
  write(physical: number, value: number, size: 1 | 2 | 4): void;
}

interface Region {
  /** First and last page number. */
  readonly first: number;
  readonly last: number;
  readonly kind: PageKind;
  /** Physical page whose host memory backs this one: differs for ROM aliases. */
  readonly backing: number;
  readonly device?: MemoryDevice;
}

const PAGE = 4096;
const A20 = 1 << 20;
/** Nothing is mapped from here on; PAE and PSE-36 can name such addresses. */
const FOUR_GIB = 2 ** 32;
const LAST_PAGE = FOUR_GIB / PAGE - 1;
const NOTHING: Region = { first: 0, last: 0, kind: 'none', backing: 0 };

export class PhysicalMemory {
  /** Guest RAM from physical address 0: `bytes[p]` is the byte at p. */
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly regions: Region[] = [];
  /** All ones, or bit 20 clear while A20 is gated. Signed 32-bit. */
  a20Mask = -1;

  /** `base`: where guest physical memory begins in the host buffer; `size` bytes of it exist. */
  constructor(buffer: ArrayBuffer, base: number, size: number) {
    this.bytes = new Uint8Array(buffer, base, size);
    this.view = new DataView(buffer, base, size);
  }

  get size(): number {
    return this.bytes.length;
  }

  /** Declares [start, end) (multiples of 4 KiB) as RAM, or as ROM with its bytes at `backing` (default: the same place). */
  map(kind: 'ram' | 'rom', start: number, end: number, backing = start): void {
    this.add({ first: start / PAGE, last: end / PAGE - 1, kind, backing: backing / PAGE });
  }

  mapDevice(start: number, end: number, device: MemoryDevice): void {
    this.add({ first: start / PAGE, last: end / PAGE - 1, kind: 'device', backing: 0, device });
  }

  /** Later declarations win. */
  private add(region: Region): void {
    if (!Number.isInteger(region.first) || !Number.isInteger(region.last)) {
      throw new Error(`memory region at 0x${(region.first * PAGE).toString(16)} is not page-aligned`);
    }
    this.regions.unshift(region);
  }

  regionOf(page: number): Region {
    for (const region of this.regions) if (page >= region.first && page <= region.last) return region;
    return NOTHING;
  }

  setA20(open: boolean): void {
    this.a20Mask = open ? -1 : ~A20;
  }

  /** Host page that backs a physical page, or -1 when no host memory does. A20 is applied here. */
  hostPage(page: number, write: boolean): number {
    if (page > LAST_PAGE) return -1;
    const masked = page & (this.a20Mask >>> 12);
    const region = this.regionOf(masked);
    if (region.kind === 'ram' || (region.kind === 'rom' && !write)) return masked - region.first + region.backing;
    return -1;
  }

  /** Reads `size` bytes at an unsigned physical address (of up to 36 bits) within one page. Result is unsigned. */
  read(physical: number, size: 1 | 2 | 4): number {
    if (physical >= FOUR_GIB) return size === 4 ? 0xffffffff : (1 << (size * 8)) - 1;
    const masked = (physical & this.a20Mask) >>> 0;
    const page = Math.floor(masked / PAGE);
    const region = this.regionOf(page);
    if (region.kind === 'device') return region.device!.read(masked, size) >>> 0;
    if (region.kind === 'none') return size === 4 ? 0xffffffff : (1 << (size * 8)) - 1;
    const at = (page - region.first + region.backing) * PAGE + (masked & (PAGE - 1));
    return size === 4
      ? this.view.getUint32(at, true)
      : size === 2
        ? this.view.getUint16(at, true)
        : this.view.getUint8(at);
  }

  write(physical: number, value: number, size: 1 | 2 | 4): void {
    if (physical >= FOUR_GIB) return;
    const masked = (physical & this.a20Mask) >>> 0;
    const page = Math.floor(masked / PAGE);
    const region = this.regionOf(page);
    if (region.kind === 'device') region.device!.write(masked, value, size);
    if (region.kind !== 'ram') return;
    if (size === 4) this.view.setUint32(masked, value, true);
    else if (size === 2) this.view.setUint16(masked, value & 0xffff, true);
    else this.view.setUint8(masked, value & 0xff);
  }

  /** Reads a byte as a debugger does: devices are not disturbed, and read as all ones. */
  peek(physical: number): number {
    if (physical >= FOUR_GIB) return 0xff;
    const masked = (physical & this.a20Mask) >>> 0;
    const host = this.hostPage(Math.floor(masked / PAGE), false);
    return host < 0 ? 0xff : this.bytes[host * PAGE + (masked & (PAGE - 1))]!;
  }
}
