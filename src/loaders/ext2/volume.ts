/** An empty ext2 file system of a given size: groups, bitmaps, inode table; blocks are taken from it in order. */
import { LoadError } from '../load-error.ts';
import {
  BLOCK,
  BLOCKS_A_GROUP,
  FIRST_INODE,
  Group,
  hasSuperblock,
  INODE_SIZE,
  INODES_A_BLOCK,
  Incompatible,
  Inode,
  MAGIC,
  MOST_GROUPS,
  Mode,
  ReadOnlyCompatible,
  STATE_CLEAN,
  SUPERBLOCK_AT,
  Super,
} from './layout.ts';

/** How large it is, and in how many groups. */
export interface Shape {
  readonly blocks: number;
  readonly groups: number;
  readonly inodesPerGroup: number;
}

/** What one Uint8Array can hold on the hosts there are, and more than a guest's disk needs. */
const MOST_BYTES = 2 ** 31;
const GROUP_MOST_INODES = BLOCK * 8;

/** The least shape with room for so many blocks of contents, and inodes. Throws LoadError. */
export function shapeFor(contents: number, inodes: number): Shape {
  // With each group comes what describes it, which may make for another group.
  for (let groups = 1; groups <= MOST_GROUPS; groups++) {
    const inodesPerGroup = Math.ceil(inodes / groups / INODES_A_BLOCK) * INODES_A_BLOCK;
    const described = inodesPerGroup / INODES_A_BLOCK + 4;
    // A last group must have room for its own description.
    const blocks = Math.max(contents + groups * described, (groups - 1) * BLOCKS_A_GROUP + described + 4);
    if (inodesPerGroup > GROUP_MOST_INODES || blocks > groups * BLOCKS_A_GROUP) continue;
    if (blocks * BLOCK > MOST_BYTES) break;
    return { blocks, groups, inodesPerGroup };
  }
  throw new LoadError(
    `${Math.ceil((contents * BLOCK) / 2 ** 20)} MiB are too much for the disk of a guest: 2048 are possible`,
  );
}

export class Volume {
  private readonly bytes: Uint8Array;
  private readonly blocks: number;
  private readonly groups: number;
  private readonly inodesPerGroup: number;
  private next = 0;
  private highestInode = FIRST_INODE - 1;

  /** `bytes`: where it is to be, zeros. */
  constructor({ blocks, groups, inodesPerGroup }: Shape, bytes: Uint8Array) {
    this.bytes = bytes;
    this.blocks = blocks;
    this.groups = groups;
    this.inodesPerGroup = inodesPerGroup;
    this.next = this.firstFree(0);
  }

  /** A block that is free, the next in order. */
  take(): number {
    const block = this.next++;
    if (block >= this.blocks) throw new Error(`block 0x${block.toString(16)} of 0x${this.blocks.toString(16)}`);
    if (this.next % BLOCKS_A_GROUP === 0) this.next = this.firstFree(this.next / BLOCKS_A_GROUP);
    return block;
  }

  block(number: number): Uint8Array {
    return this.bytes.subarray(number * BLOCK, (number + 1) * BLOCK);
  }

  view(number: number): DataView {
    return this.viewAt(number * BLOCK, BLOCK);
  }

  /** Its place in the table; it is in use from now on. */
  inode(number: number): DataView {
    this.highestInode = Math.max(this.highestInode, number);
    const index = number - 1;
    const group = Math.floor(index / this.inodesPerGroup);
    const at = this.table(group) * BLOCK + (index % this.inodesPerGroup) * INODE_SIZE;
    return this.viewAt(at, INODE_SIZE);
  }

  /** Bitmaps, descriptors and superblocks. */
  finish(label: string): void {
    const descriptors = new Uint8Array(BLOCK);
    const view = new DataView(descriptors.buffer);
    let freeBlocks = 0;
    let freeInodes = 0;
    for (let group = 0; group < this.groups; group++) {
      const blocks = this.markBlocks(group);
      const inodes = this.markInodes(group);
      const at = group * Group.size;
      view.setUint32(at + Group.blockBitmap, this.start(group), true);
      view.setUint32(at + Group.inodeBitmap, this.start(group) + 1, true);
      view.setUint32(at + Group.inodeTable, this.table(group), true);
      view.setUint16(at + Group.freeBlocks, blocks, true);
      view.setUint16(at + Group.freeInodes, inodes, true);
      freeBlocks += blocks;
      freeInodes += inodes;
    }
    this.countDirectories(view);
    for (let group = 0; group < this.groups; group++) {
      if (!hasSuperblock(group)) continue;
      const first = group * BLOCKS_A_GROUP;
      const superblock = this.viewAt(first * BLOCK + (group === 0 ? SUPERBLOCK_AT : 0), SUPERBLOCK_SIZE);
      this.writeSuperblock(superblock, { group, freeBlocks, freeInodes, label });
      this.block(first + 1).set(descriptors);
    }
  }

  private viewAt(at: number, length: number): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + at, length);
  }

  /** Directories of each group, by the inode table itself. */
  private countDirectories(descriptors: DataView): void {
    for (let number = 1; number <= this.highestInode; number++) {
      if ((this.inode(number).getUint16(Inode.mode, true) & Mode.type) !== Mode.directory) continue;
      const at = Math.floor((number - 1) / this.inodesPerGroup) * Group.size + Group.directories;
      descriptors.setUint16(at, descriptors.getUint16(at, true) + 1, true);
    }
  }

  /** Where a group's own description begins. */
  private start(group: number): number {
    return group * BLOCKS_A_GROUP + (hasSuperblock(group) ? 2 : 0);
  }

  private table(group: number): number {
    return this.start(group) + 2;
  }

  private firstFree(group: number): number {
    return this.table(group) + this.inodesPerGroup / INODES_A_BLOCK;
  }

  /** The number that is left free. What lies beyond the end of the disk counts as taken. */
  private markBlocks(group: number): number {
    const first = group * BLOCKS_A_GROUP;
    const size = Math.min(BLOCKS_A_GROUP, this.blocks - first);
    const used = Math.min(size, Math.max(this.firstFree(group), Math.min(this.next, first + size)) - first);
    mark(this.block(this.start(group)), used, size);
    return size - used;
  }

  private markInodes(group: number): number {
    const used = Math.min(this.inodesPerGroup, Math.max(0, this.highestInode - group * this.inodesPerGroup));
    mark(this.block(this.start(group) + 1), used, this.inodesPerGroup);
    return this.inodesPerGroup - used;
  }

  private writeSuperblock(
    view: DataView,
    { group, freeBlocks, freeInodes, label }: { group: number; freeBlocks: number; freeInodes: number; label: string },
  ): void {
    const word = (at: number, value: number): void => view.setUint32(at, value, true);
    const half = (at: number, value: number): void => view.setUint16(at, value, true);
    word(Super.inodes, this.inodesPerGroup * this.groups);
    word(Super.blocks, this.blocks);
    word(Super.freeBlocks, freeBlocks);
    word(Super.freeInodes, freeInodes);
    word(Super.logBlockSize, 2);
    word(Super.logFragmentSize, 2);
    word(Super.blocksPerGroup, BLOCKS_A_GROUP);
    word(Super.fragmentsPerGroup, BLOCKS_A_GROUP);
    word(Super.inodesPerGroup, this.inodesPerGroup);
    half(Super.maxMountCount, 0xffff);
    half(Super.magic, MAGIC);
    half(Super.state, STATE_CLEAN);
    half(Super.errors, 1);
    word(Super.revision, 1);
    word(Super.firstInode, FIRST_INODE);
    half(Super.inodeSize, INODE_SIZE);
    half(Super.group, group);
    word(Super.incompatible, Incompatible.fileType);
    word(
      Super.readOnlyCompatible,
      ReadOnlyCompatible.sparseSuper | ReadOnlyCompatible.largeFile | ReadOnlyCompatible.extraSize,
    );
    new TextEncoder()
      .encode(label)
      .subarray(0, 16)
      .forEach((byte, i) => {
        view.setUint8(Super.uuid + i, byte);
        view.setUint8(Super.label + i, byte);
      });
    half(Super.minExtraSize, 32);
    half(Super.wantExtraSize, 32);
  }
}

/** With all its fields. */
const SUPERBLOCK_SIZE = 1024;

/** Sets the first `used` bits, and those from `size` on. */
function mark(bitmap: Uint8Array, used: number, size: number): void {
  bitmap.fill(0xff, 0, used >> 3);
  if (used & 7) bitmap[used >> 3]! |= (1 << (used & 7)) - 1;
  bitmap.fill(0xff, (size + 7) >> 3);
  if (size & 7) bitmap[size >> 3]! |= 0xff << (size & 7);
}
