/*
 * The second extended file system, on disk: 4 KiB blocks, 256-byte inodes. Source: Linux Documentation/filesystems/ext2,
 * and "The Second Extended File System" (D. Poirier).
 *
 *   block 0: 1 KiB of nothing, then the superblock; block 1: group descriptors; in each group: a bitmap of its blocks,
 *   one of its inodes, its part of the inode table, then contents
 *
 * What is on the disk is not believed: numbers are checked before they are used.
 */
#pragma once
#include "../inode.h"

#define BLOCK_SIZE       4096u
#define BLOCK_SHIFT      12
#define BLOCK_SECTORS    8u
#define BLOCK_POINTERS   1024u         /* in an indirect block */
#define SUPER_OFFSET     1024u         /* in block 0 */
#define SUPER_MAGIC      0xef53u
#define INODE_SIZE       256u
#define GROUPS_MAX       128u          /* descriptors in block 1 */
#define ROOT_INODE       2u
#define LINKS_MAX        32000u
#define DIRECT           12u           /* block pointers in an inode before the indirect ones */

#define INCOMPAT_FILETYPE    0x2u      /* directory entries tell the type */
#define RO_COMPAT_KNOWN      0x43u     /* sparse superblocks, large files, extra inode size */
#define RO_COMPAT_LARGE_FILE 0x2u
#define STATE_CLEAN          1u

struct ext2_super {
    u32 inodes, blocks, reserved_blocks, free_blocks, free_inodes, first_data_block, log_block_size, log_fragment_size;
    u32 blocks_per_group, fragments_per_group, inodes_per_group;
    u32 mount_time, write_time;
    u16 mount_count, max_mount_count, magic, state, errors, minor_revision;
    u32 last_check, check_interval, creator, revision;
    u16 reserved_user, reserved_group;
    u32 first_inode;
    u16 inode_size, group;
    u32 compatible, incompatible, read_only_compatible;
};

struct ext2_group {
    u32 block_bitmap, inode_bitmap, inode_table;
    u16 free_blocks, free_inodes, directories, flags;
    u32 rest[3];
};

struct ext2_inode {
    u16 mode, user;
    u32 size, atime, ctime, mtime, dtime;
    u16 group, links;
    u32 sectors, flags, version;
    u32 blocks[15];                    /* 12 direct, then single, double, triple indirect */
    u32 generation, acl, size_high, fragment;
    u16 blocks_high, acl_high, user_high, group_high, checksum, reserved;
    u16 extra_size, checksum_high;
    u32 ctime_extra, mtime_extra, atime_extra, crtime, crtime_extra;   /* nanoseconds << 2 */
    u8 rest[INODE_SIZE - 128 - 24];
};

struct ext2_entry {                    /* of a directory */
    u32 inode;                         /* 0: none */
    u16 length;                        /* to the next one; those of a block fill it */
    u8 name_length, type;              /* 1 file 2 directory 3 character 4 block 5 fifo 6 socket 7 link */
    char name[];
};

_Static_assert(sizeof(struct ext2_super) == 104 && sizeof(struct ext2_group) == 32, "ext2: layout");
_Static_assert(sizeof(struct ext2_inode) == INODE_SIZE, "ext2 inode: layout");

/* A mounted one. */
struct ext2 {
    struct super super;
    struct inode *device;              /* its blocks, as pages of the page cache */
    u32 sector;                        /* where it begins on the disk */
    u32 blocks, inodes, groups, blocks_per_group, inodes_per_group, first_inode;
    u32 free_blocks, free_inodes;
    u32 next_block;                    /* where the search for a free one begins */
    u32 next_generation;
    u8 dirty;                          /* something is to be written */
    u8 behind;                         /* the superblock on the disk says that it may not be whole */
};

#define ext2_of(super) ((struct ext2 *)(super))

/* super.c */
/** Mounts the file system that begins at that sector: its root inode, with a reference, or NULL, with a line in the log. */
struct inode *ext2_mount(u32 sector, int read_only, const char *source, struct super **super);
/** A block's bytes in the page cache, to be used before anything that may free pages; NULL: bad number or disk. */
void *ext2_block(struct ext2 *fs, u32 block);
/** The same for a block whose old contents do not matter: zeros, dirty. */
void *ext2_fresh_block(struct ext2 *fs, u32 block);
void ext2_block_changed(struct ext2 *fs, u32 block);
void ext2_block_forget(struct ext2 *fs, u32 block);
/** Before anything is written to the disk: says there that it is behind. */
s32 ext2_begin_writing(struct ext2 *fs);
struct ext2_group *ext2_group(struct ext2 *fs, u32 group);
void ext2_group_changed(struct ext2 *fs);

/* allocate.c */
/** A free block, near the one given; 0: none. */
u32 ext2_block_allocate(struct ext2 *fs, u32 near);
void ext2_block_free(struct ext2 *fs, u32 block);
/** A free inode number; a directory's in the emptiest group. 0: none. */
u32 ext2_inode_allocate(struct ext2 *fs, const struct inode *parent, int directory);
void ext2_inode_free(struct ext2 *fs, u32 number, int directory);

/* block_map.c */
/** The block that holds block `index` of the file, or 0: a hole; with `create`, one is made. 0 or -EIO, -ENOSPC, -EFBIG. */
s32 ext2_map(struct inode *inode, u32 index, int create, u32 *block);
/** Frees the blocks from `index` on. */
void ext2_unmap(struct inode *inode, u32 index);

/* inode.c */
s32 ext2_read_inode(struct inode *inode);
s32 ext2_write_inode(struct inode *inode);
void ext2_free_inode(struct inode *inode);
s32 ext2_truncate(struct inode *inode, u64 size);
s32 ext2_readlink(struct inode *inode, char *to, u32 size);
s32 ext2_read_page(struct inode *inode, u32 index, void *bytes);
s32 ext2_prepare_write(struct inode *inode, u32 index);
s32 ext2_write_page(struct inode *inode, u32 index, const void *bytes);
/** A new inode in memory and in the bitmap, not yet on the disk. */
struct inode *ext2_new_inode(struct inode *parent, u32 mode, u32 device, s32 *error);

/* directory.c */
s32 ext2_lookup(struct inode *directory, struct name name, struct inode **found);
s32 ext2_add(struct inode *directory, struct name name, const struct inode *inode);
s32 ext2_take(struct inode *directory, struct name name);
/** Makes the entry lead to another inode. */
s32 ext2_replace(struct inode *directory, struct name name, const struct inode *inode);
s32 ext2_is_empty(struct inode *directory);
/** "." and ".." of a new one. */
s32 ext2_fill_directory(struct inode *directory, const struct inode *parent);
extern const struct file_operations ext2_directory_operations;

/* names.c */
extern const struct inode_operations ext2_operations;
