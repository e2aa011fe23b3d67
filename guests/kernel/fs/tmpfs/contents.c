/* A file's pages are in the page cache, and dirty for good, as there is nowhere to write them to. */
#include "../../errno.h"
#include "../../lib/string.h"
#include "../../memlayout.h"
#include "../page_cache.h"
#include "internal.h"

s32 tmpfs_readlink(struct inode *inode, char *to, u32 size)
{
    return inode_read(inode, 0, to, size);
}

s32 tmpfs_read_page(struct inode *inode, u32 index, void *bytes)
{
    (void)inode, (void)index;
    memset(bytes, 0, PAGE_SIZE);
    return 0;
}

/* Asked before the first write of each page: from then on it is dirty, and counts. */
s32 tmpfs_prepare_write(struct inode *inode, u32 index)
{
    struct tmpfs *fs = tmpfs_of(inode);
    (void)index;
    if (fs->used_pages >= fs->pages)
        return -ENOSPC;
    fs->used_pages++;
    inode->sectors += PAGE_SECTORS;
    return 0;
}

/* The pages have gone already: what counts is what is left. */
s32 tmpfs_truncate(struct inode *inode, u64 size)
{
    u32 kept = 0;
    (void)size;
    for (const struct page *page = inode->pages; page; page = page->sibling)
        kept += page->dirty;
    tmpfs_of(inode)->used_pages -= inode->sectors / PAGE_SECTORS - kept;
    inode->sectors = kept * PAGE_SECTORS;
    return 0;
}

void tmpfs_free(struct inode *inode)
{
    struct tmpfs *fs = tmpfs_of(inode);
    fs->used_pages -= inode->sectors / PAGE_SECTORS;
    fs->inodes--;
}
