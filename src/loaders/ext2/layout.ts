/**
 * The second extended file system on disk, as far as the guest kernel's: 4 KiB blocks, 256-byte inodes, file types in directories, sparse copies of
 * the superblock. Source: Linux, Documentation/filesystems/ext2.rst; offsets as in struct ext2_super_block, ext2_group_desc and ext2_inode.
 *
 * block 0: 1 KiB of nothing, the superblock; block 1: group descriptors; in each group: a bitmap of its blocks, one of its inodes, its part of the
 * inode table; then contents.
 */
export const BLOCK = 4096;
/** One bitmap block. */
export const BLOCKS_A_GROUP = BLOCK * 8;
export const INODE_SIZE = 256;
export const INODES_A_BLOCK = BLOCK / INODE_SIZE;
/** Descriptors in one block. */
export const MOST_GROUPS = BLOCK / 32;
export const POINTERS = BLOCK / 4;
export const DIRECT = 12;
export const ROOT_INODE = 2;
/** Inodes below are not for files. */
export const FIRST_INODE = 11;
export const SUPERBLOCK_AT = 1024;
export const MAGIC = 0xef53;
export const STATE_CLEAN = 1;

export const Super = {
  inodes: 0,
  blocks: 4,
  freeBlocks: 12,
  freeInodes: 16,
  logBlockSize: 24,
  logFragmentSize: 28,
  blocksPerGroup: 32,
  fragmentsPerGroup: 36,
  inodesPerGroup: 40,
  maxMountCount: 54,
  magic: 56,
  state: 58,
  errors: 60,
  revision: 76,
  firstInode: 84,
  inodeSize: 88,
  group: 90,
  incompatible: 96,
  readOnlyCompatible: 100,
  uuid: 104,
  label: 120,
  minExtraSize: 348,
  wantExtraSize: 350,
} as const;

export const Group = {
  blockBitmap: 0,
  inodeBitmap: 4,
  inodeTable: 8,
  freeBlocks: 12,
  freeInodes: 14,
  directories: 16,
  size: 32,
} as const;

export const Inode = {
  mode: 0,
  user: 2,
  size: 4,
  atime: 8,
  ctime: 12,
  mtime: 16,
  group: 24,
  links: 26,
  sectors: 28,
  blocks: 40,
  sizeHigh: 108,
  userHigh: 120,
  groupHigh: 122,
  extraSize: 128,
  ctimeExtra: 132,
  mtimeExtra: 136,
  atimeExtra: 140,
  crtime: 144,
  crtimeExtra: 148,
} as const;

export const Incompatible = { fileType: 0x2 } as const;
export const ReadOnlyCompatible = { sparseSuper: 0x1, largeFile: 0x2, extraSize: 0x40 } as const;

export const Mode = { type: 0o170000, directory: 0o040000, file: 0o100000, link: 0o120000 } as const;
/** Directory entries' types. */
export const EntryType = { file: 1, directory: 2, link: 7 } as const;

/** Groups 0, 1 and powers of 3, 5 and 7 have a copy of superblock and descriptors. */
export function hasSuperblock(group: number): boolean {
  const isPower = (base: number): boolean => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  };
  return group < 2 || isPower(3) || isPower(5) || isPower(7);
}
