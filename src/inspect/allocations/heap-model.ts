/**
 * What of a program's memory is in use, as its calls of the allocator tell: blocks, what has been freed, what the kernel has given. How the allocator keeps
 * its own books is not looked at, so that this holds for any.
 *
 * Memory is marked in grains of 8 bytes: 0 never handed out since the kernel gave it, n in use by allocation n, -n freed of allocation n. Blocks with
 * mappings of their own have no grains: they come and go whole.
 */
export interface Block {
  /** Number of the allocation, from 1. */
  readonly id: number;
  readonly address: number;
  /** Bytes asked for. */
  readonly size: number;
  /** Return address of the call. */
  readonly caller: number;
  readonly insn: number;
  /** In a mapping of its own. */
  readonly mapped: boolean;
}

export interface FreedBlock {
  readonly block: Block;
  /** Return address of the call that freed it, and when. */
  readonly caller: number;
  readonly insn: number;
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

const GRAIN_BITS = 3;
const PAGE_BITS = 12;
const PER_PAGE = 1 << (PAGE_BITS - GRAIN_BITS);
/** Freed pieces so near to each other are one hole: between them are the allocator's own words. */
const NEAR = 32;

export class HeapModel {
  readonly live = new Map<number, Block>();
  /** Blocks that have been freed, by number. */
  readonly freed = new Map<number, FreedBlock>();
  /** What the allocator holds by mmap: length by start. */
  readonly mappings = new Map<number, number>();
  readonly startBrk: number;
  brk: number;
  liveBytes = 0;
  peakBytes = 0;
  private readonly grains = new Map<number, Int32Array>();

  constructor(startBrk: number, brk: number) {
    this.startBrk = startBrk;
    this.brk = brk;
  }

  /** Of a process that is a copy. */
  copy(): HeapModel {
    const copy = new HeapModel(this.startBrk, this.brk);
    for (const [at, block] of this.live) copy.live.set(at, block);
    for (const [id, freed] of this.freed) copy.freed.set(id, freed);
    for (const [at, length] of this.mappings) copy.mappings.set(at, length);
    for (const [page, grains] of this.grains) copy.grains.set(page, grains.slice());
    copy.liveBytes = this.liveBytes;
    copy.peakBytes = this.peakBytes;
    return copy;
  }

  /** Bytes the kernel has given: the heap, and mappings. */
  get held(): number {
    return this.heapBytes + this.mappedBytes;
  }

  get heapBytes(): number {
    return this.brk - this.startBrk;
  }

  get mappedBytes(): number {
    let sum = 0;
    for (const length of this.mappings.values()) sum += length;
    return sum;
  }

  add(block: Block): void {
    // Somebody else's block here has gone without being seen.
    const old = this.live.get(block.address);
    if (old) this.liveBytes -= old.size;
    this.live.set(block.address, block);
    this.liveBytes += block.size;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    if (!block.mapped) this.mark(block.address, Math.max(block.size, 1), block.id);
  }

  remove(block: Block, caller: number, insn: number): void {
    if (this.live.get(block.address) !== block) return;
    this.live.delete(block.address);
    this.liveBytes -= block.size;
    this.freed.set(block.id, { block, caller, insn });
    if (!block.mapped) this.mark(block.address, Math.max(block.size, 1), -block.id);
  }

  /** The allocation that last had this address, in use or freed; undefined: none ever, since the kernel gave it. */
  ownerAt(address: number): { readonly id: number; readonly inUse: boolean } | undefined {
    const grain = this.grains.get(address >>> PAGE_BITS)?.[(address >>> GRAIN_BITS) & (PER_PAGE - 1)] ?? 0;
    return grain === 0 ? undefined : { id: Math.abs(grain), inUse: grain > 0 };
  }

  /** The first freed allocation whose memory lies in [start, start + length). */
  freedWithin(start: number, length: number): number | undefined {
    for (let at = start; at < start + Math.max(length, 1); at += 1 << GRAIN_BITS) {
      const grain = this.grains.get(at >>> PAGE_BITS)?.[(at >>> GRAIN_BITS) & (PER_PAGE - 1)] ?? 0;
      if (grain < 0) return -grain;
    }
    return undefined;
  }

  /** The live block that an address lies in. */
  blockAround(address: number): Block | undefined {
    const owner = this.ownerAt(address);
    if (owner?.inUse) return [...this.live.values()].find(({ id }) => id === owner.id);
    for (const block of this.live.values())
      if (block.mapped && address >= block.address && address < block.address + block.size) return block;
    return undefined;
  }

  setBrk(brk: number): void {
    if (brk < this.brk) this.giveBack(brk, this.brk);
    this.brk = brk;
  }

  map(start: number, length: number): void {
    if (length > 0) this.mappings.set(start, length);
  }

  /** Takes [start, start + length) out of the mappings; what is left of those it cuts stays. */
  unmap(start: number, length: number): void {
    const end = start + length;
    for (const [at, size] of [...this.mappings]) {
      if (at + size <= start || at >= end) continue;
      this.mappings.delete(at);
      this.map(at, start - at);
      this.map(end, at + size - end);
    }
    this.giveBack(start, end);
  }

  /** Freed memory that nothing has reused and the kernel has not got back, in order of address; neighbours are one. */
  holes(): Range[] {
    const found: { start: number; end: number }[] = [];
    for (const page of [...this.grains.keys()].sort((a, b) => a - b)) {
      const grains = this.grains.get(page)!;
      for (let i = 0; i < PER_PAGE; i++) {
        if (grains[i]! >= 0) continue;
        const start = page * 2 ** PAGE_BITS + (i << GRAIN_BITS);
        const last = found.at(-1);
        if (last && start - last.end <= NEAR && !this.inUseWithin(last.end, start)) last.end = start + 8;
        else found.push({ start, end: start + 8 });
      }
    }
    return found;
  }

  private inUseWithin(start: number, end: number): boolean {
    for (let at = start; at < end; at += 1 << GRAIN_BITS) if (this.ownerAt(at)?.inUse) return true;
    return false;
  }

  private mark(start: number, length: number, value: number): void {
    let at = start;
    const end = start + length;
    while (at < end) {
      const page = at >>> PAGE_BITS;
      const stop = Math.min(end, (page + 1) * 2 ** PAGE_BITS);
      let grains = this.grains.get(page);
      if (!grains) {
        grains = new Int32Array(PER_PAGE);
        this.grains.set(page, grains);
      }
      const from = (at >>> GRAIN_BITS) & (PER_PAGE - 1);
      const to = from + Math.ceil((stop - at) / 2 ** GRAIN_BITS);
      grains.fill(value, from, to);
      at = stop;
    }
  }

  /** The kernel has [start, end) back: whole pages of it are as new when they come again. */
  giveBack(start: number, end: number): void {
    const first = Math.ceil(start / 2 ** PAGE_BITS);
    const last = Math.ceil(end / 2 ** PAGE_BITS);
    if (last - first > this.grains.size) {
      for (const page of [...this.grains.keys()]) if (page >= first && page < last) this.grains.delete(page);
    } else for (let page = first; page < last; page++) this.grains.delete(page);
  }
}
