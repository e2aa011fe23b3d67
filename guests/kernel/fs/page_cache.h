/*
 * Pages of files, read once and kept: mappings, read and write share them, so that the text of a program is in memory
 * once and a shared mapping is what a read sees.
 */
#pragma once
#include "inode.h"

struct page {
    struct page *next;         /* in its hash chain */
    struct page *sibling;      /* of the same inode */
    struct inode *inode;
    u32 index;                 /* bytes index * 4096 and on */
    u32 frame;                 /* one reference to it is the cache's */
    u32 dirty;
};

/** The page, read when it is not here. With `fresh`, of zeros instead: it lies beyond the end or will be written whole. NULL and *error: -EIO, -ENOMEM. */
struct page *page_get(struct inode *inode, u32 index, int fresh, s32 *error);
/** The page if it is here, or NULL. */
struct page *page_find(const struct inode *inode, u32 index);
/** Frame of a page that a mapping or a read wants. 0, -EINVAL beyond the end, -EIO, -ENOMEM. */
s32 inode_page(struct inode *inode, u32 index, u32 *frame);
/** The same for a shared mapping about to be written: it has its place on the disk from now on. Also -ENOSPC. */
s32 inode_page_to_write(struct inode *inode, u32 index, u32 *frame);
/** Reads into kernel memory; the number of bytes, short at the end of the file, or -errno. */
s32 inode_read(struct inode *inode, u32 offset, void *to, u32 count);
/** Writes dirty pages to the disk. Those still mapped stay dirty: nobody tells of later writes. */
s32 pages_write_back(struct inode *inode);
/** Forgets the pages from `index` on, written or not. */
void pages_drop(struct inode *inode, u32 index);
/** Gives pages back until `wanted` are free or nothing more can go; how many went. Only where no page of the cache is in use unpinned. */
u32 pages_shrink(u32 wanted);
/** Sees to it that a few pages are free, if the cache can give them. On the same condition. */
void memory_balance(void);
/** Pages in the cache, for /proc/meminfo. */
u32 pages_cached(void);
