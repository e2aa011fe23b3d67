/* What the files of tmpfs share. */
#pragma once
#include "tmpfs.h"

#define PAGE_SECTORS 8u

struct tmpfs {
    struct super super;
    u32 pages, used_pages, last_number, inodes;
};

#define tmpfs_of(inode) ((struct tmpfs *)(inode)->super)

/** A new inode without a name; NULL: no memory. */
struct inode *tmpfs_make(struct tmpfs *fs, u32 mode, u32 device);
extern const struct inode_operations tmpfs_operations;
extern const struct file_operations tmpfs_directory_operations;

/* contents.c */
s32 tmpfs_readlink(struct inode *inode, char *to, u32 size);
s32 tmpfs_read_page(struct inode *inode, u32 index, void *bytes);
s32 tmpfs_prepare_write(struct inode *inode, u32 index);
s32 tmpfs_truncate(struct inode *inode, u64 size);
void tmpfs_free(struct inode *inode);
