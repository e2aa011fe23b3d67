/* A file system of its own each time, and its inodes. */
#include "../../memlayout.h"
#include "../../mm/kmalloc.h"
#include "../../proc/identity.h"
#include "../inode_cache.h"
#include "../regular.h"
#include "../special.h"
#include "internal.h"

#define TMPFS_MAGIC 0x01021994u

struct inode *tmpfs_make(struct tmpfs *fs, u32 mode, u32 device)
{
    struct inode *inode = inode_make(&fs->super, ++fs->last_number, mode);
    if (!inode)
        return NULL;
    fs->inodes++;
    inode->operations = &tmpfs_operations;
    inode->user = identity_user();
    inode->group = identity_group();
    inode->device = device;
    if (is_directory(inode)) {
        inode->file_operations = &tmpfs_directory_operations;
        inode->links = 2;
    } else if (is_regular(inode))
        inode->file_operations = &regular_operations;
    else if (!is_symlink(inode))
        special_inode(inode);
    return inode;
}

static void statfs(struct super *super, struct statfs *to)
{
    const struct tmpfs *fs = (struct tmpfs *)super;
    *to = (struct statfs){ .type = TMPFS_MAGIC, .block_size = PAGE_SIZE, .blocks = fs->pages, .free_blocks = fs->pages - fs->used_pages,
                           .inodes = fs->pages, .free_inodes = fs->inodes < fs->pages ? fs->pages - fs->inodes : 0, .name_length = NAME_LIMIT };
}

static const struct super_operations super_operations = { .statfs = statfs };

struct inode *tmpfs_create(const char *source, u32 minor, u32 pages, u32 mode, struct super **super)
{
    struct tmpfs *fs = kmalloc(sizeof *fs);
    if (!fs)
        return NULL;
    fs->super = (struct super){ .operations = &super_operations, .device = device_number(0, minor), .type = "tmpfs", .source = source };
    fs->pages = pages;
    *super = &fs->super;
    return tmpfs_make(fs, S_IFDIR | mode, 0);
}
