/**
 * A machine that enters a Multiboot kernel. Our BIOS runs its POST first, so that interrupt controllers and the screen are as a kernel expects
 * them; a boot sector of two instructions then gives us the machine, and memory and registers are set as the specification has them on entry.
 */
import { setCache } from '../cpu/segments.ts';
import { SECTOR } from '../loaders/disk-image.ts';
import type { MultibootImage } from '../loaders/multiboot1.ts';
import { MemoryStore } from '../machine/block-store.ts';
import type { Pc } from '../machine/pc.ts';

/** `mov dx, 0x501; out dx, al; hlt`: hands the machine over through the debug exit. */
const HANDOVER = [0xba, 0x01, 0x05, 0xee, 0xf4];
const POST_LIMIT = 100_000_000;
/** Flat 4 GiB: present, DPL 0, 32-bit, page-granular; CS readable, the others writable; accessed. */
const CODE = 0xc09b;
const DATA = 0xc093;
const CODE_SELECTOR = 0x08;
const DATA_SELECTOR = 0x10;
const CS = 1;
const PE = 1;

/** Where the disk that hands over goes: presented as the floppy, it boots first and leaves the first three to the user. */
export const HANDOVER_INDEX = 3;

/** The disk such a machine must have at HANDOVER_INDEX, as its floppy. */
export function handoverDisk(): MemoryStore {
  const sector = new Uint8Array(SECTOR);
  sector.set(HANDOVER);
  sector.set([0x55, 0xaa], 510);
  return new MemoryStore(sector);
}

/** Boots to the handover and enters the kernel. False when the BIOS did not get there. */
export function enterMultiboot(pc: Pc, image: MultibootImage): boolean {
  if (pc.run(POST_LIMIT).reason !== 'debug-exit') return false;
  const { cpu } = pc;
  const { state } = cpu;
  for (const { address, bytes, zeros } of image.placements) {
    cpu.physical.bytes.set(bytes, address);
    cpu.physical.bytes.fill(0, address + bytes.length, address + bytes.length + zeros);
  }
  cpu.code.clear();
  for (let segment = 0; segment < 6; segment++) {
    const isCode = segment === CS;
    setCache(cpu.words, segment, {
      selector: isCode ? CODE_SELECTOR : DATA_SELECTOR,
      base: 0,
      limit: 0xffffffff,
      access: isCode ? CODE : DATA,
    });
  }
  state.cr0 |= PE;
  state.cpl = 0;
  cpu.eflags = 0;
  state.eax = image.eax | 0;
  state.ebx = image.ebx | 0;
  state.eip = image.entry | 0;
  cpu.halted = false;
  cpu.setA20(true);
  return true;
}
