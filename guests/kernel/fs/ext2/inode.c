/* Inodes on the disk, and the contents of files. */
#include "../../dev/ata.h"
#include "../../errno.h"
#include "../../lib/string.h"
#include "../../log.h"
#include "../../memlayout.h"
#include "../../proc/identity.h"
#include "../../sys/clock.h"
#include "../inode_cache.h"
#include "../page_cache.h"
#include "../regular.h"
#include "../special.h"
#include "ext2.h"

/* Where an inode is; *block is the block to be marked when it is changed. NULL: no such number, or the disk fails. */
static struct ext2_inode *on_disk(struct inode *inode, u32 *block)
{
    struct ext2 *fs = ext2_of(inode->super);
    u32 index = inode->number - 1, offset = index % fs->inodes_per_group * INODE_SIZE;
    if (index >= fs->inodes)
        return NULL;
    struct ext2_group *group = ext2_group(fs, index / fs->inodes_per_group);
    if (!group)
        return NULL;
    *block = group->inode_table + offset / BLOCK_SIZE;
    u8 *bytes = ext2_block(fs, *block);
    return bytes ? (struct ext2_inode *)(bytes + offset % BLOCK_SIZE) : NULL;
}

static int has_extra(const struct ext2_inode *disk)
{
    return disk->extra_size >= 24;   /* up to and with crtime_extra */
}

static struct time time_of(u32 seconds, u32 extra, int present)
{
    u32 nanoseconds = present ? extra >> 2 : 0;
    return (struct time){ seconds, nanoseconds < 1000000000 ? nanoseconds : 0 };
}

static int has_blocks(const struct inode *inode)
{
    return is_regular(inode) || is_directory(inode) || (is_symlink(inode) && inode->size >= sizeof inode->blocks);
}

s32 ext2_read_inode(struct inode *inode)
{
    u32 block;
    const struct ext2_inode *disk = on_disk(inode, &block);
    if (!disk)
        return -EIO;
    int extra = has_extra(disk);
    inode->operations = &ext2_operations;
    inode->mode = disk->mode;
    inode->links = disk->links;
    inode->user = disk->user | (u32)disk->user_high << 16;
    inode->group = disk->group | (u32)disk->group_high << 16;
    inode->size = disk->size | (u64)(is_regular(inode) ? disk->size_high : 0) << 32;
    inode->sectors = disk->sectors;
    inode->atime = time_of(disk->atime, disk->atime_extra, extra);
    inode->mtime = time_of(disk->mtime, disk->mtime_extra, extra);
    inode->ctime = time_of(disk->ctime, disk->ctime_extra, extra);
    memcpy(inode->blocks, disk->blocks, sizeof inode->blocks);
    if (!inode->links || inode->size > FILE_SIZE_MAX)
        return -EIO;
    if (is_regular(inode))
        inode->file_operations = &regular_operations;
    else if (is_directory(inode)) {
        inode->file_operations = &ext2_directory_operations;
        inode->size &= ~(u64)(BLOCK_SIZE - 1);
    } else if (!is_symlink(inode)) {
        inode->device = disk->blocks[0] ? disk->blocks[0] : disk->blocks[1];
        special_inode(inode);
    }
    return 0;
}

s32 ext2_write_inode(struct inode *inode)
{
    u32 block;
    struct ext2_inode *disk = on_disk(inode, &block);
    if (!disk)
        return -EIO;
    disk->mode = (u16)inode->mode;
    disk->links = (u16)inode->links;
    disk->user = (u16)inode->user;
    disk->user_high = (u16)(inode->user >> 16);
    disk->group = (u16)inode->group;
    disk->group_high = (u16)(inode->group >> 16);
    disk->size = (u32)inode->size;
    disk->size_high = (u32)(inode->size >> 32);
    disk->sectors = inode->sectors;
    disk->atime = inode->atime.seconds;
    disk->mtime = inode->mtime.seconds;
    disk->ctime = inode->ctime.seconds;
    disk->dtime = inode->links ? 0 : inode->ctime.seconds;
    disk->extra_size = 32;
    disk->atime_extra = inode->atime.nanoseconds << 2;
    disk->mtime_extra = inode->mtime.nanoseconds << 2;
    disk->ctime_extra = inode->ctime.nanoseconds << 2;
    memcpy(disk->blocks, inode->blocks, sizeof inode->blocks);
    ext2_block_changed(ext2_of(inode->super), block);
    return 0;
}

void ext2_free_inode(struct inode *inode)
{
    int directory = is_directory(inode);
    if (has_blocks(inode))
        ext2_unmap(inode, 0);
    inode->size = 0;
    inode->ctime = clock_now();
    ext2_write_inode(inode);
    ext2_inode_free(ext2_of(inode->super), inode->number, directory);
}

s32 ext2_truncate(struct inode *inode, u64 size)
{
    if (has_blocks(inode))
        ext2_unmap(inode, (u32)((size + BLOCK_SIZE - 1) >> BLOCK_SHIFT));
    return ext2_write_inode(inode);
}

s32 ext2_readlink(struct inode *inode, char *to, u32 size)
{
    u32 length = inode->size < size ? (u32)inode->size : size;
    if (inode->size < sizeof inode->blocks) {
        memcpy(to, inode->blocks, length);
        return (s32)length;
    }
    return inode_read(inode, 0, to, length);
}

s32 ext2_read_page(struct inode *inode, u32 index, void *bytes)
{
    struct ext2 *fs = ext2_of(inode->super);
    u64 start = (u64)index << BLOCK_SHIFT;
    u32 block, used = start >= inode->size ? 0 : inode->size - start < BLOCK_SIZE ? (u32)(inode->size - start) : BLOCK_SIZE;
    s32 error = ext2_map(inode, index, 0, &block);
    if (!error && block && used)
        error = ata_read(fs->sector + block * BLOCK_SECTORS, (used + 511) / 512, bytes);
    else
        used = 0;
    memset((u8 *)bytes + used, 0, BLOCK_SIZE - used);
    return error;
}

s32 ext2_prepare_write(struct inode *inode, u32 index)
{
    u32 block;
    if (inode->super->read_only)
        return -EROFS;
    return ext2_map(inode, index, 1, &block);
}

s32 ext2_write_page(struct inode *inode, u32 index, const void *bytes)
{
    struct ext2 *fs = ext2_of(inode->super);
    u32 block;
    s32 error = ext2_map(inode, index, 0, &block);
    if (!error && !block)
        error = -EIO;
    if (!error)
        error = ext2_begin_writing(fs);
    return error ? error : ata_write(fs->sector + block * BLOCK_SECTORS, BLOCK_SECTORS, bytes);
}

struct inode *ext2_new_inode(struct inode *parent, u32 mode, u32 device, s32 *error)
{
    struct ext2 *fs = ext2_of(parent->super);
    int directory = (mode & S_IFMT) == S_IFDIR;
    u32 number = ext2_inode_allocate(fs, parent, directory), block;
    *error = -ENOSPC;
    if (!number)
        return NULL;
    struct inode *inode = inode_make(&fs->super, number, mode);
    struct ext2_inode *disk = inode ? on_disk(inode, &block) : NULL;
    *error = inode ? -EIO : -ENOMEM;
    if (!disk) {
        ext2_inode_free(fs, number, directory);
        if (inode) {
            inode->links = 0;
            inode->operations = NULL;
            inode_release(inode);
        }
        return NULL;
    }
    memset(disk, 0, sizeof *disk);
    disk->generation = ++fs->next_generation;
    inode->operations = &ext2_operations;
    inode->file_operations = directory ? &ext2_directory_operations : &regular_operations;
    inode->user = identity_user();
    inode->group = parent->mode & S_ISGID ? parent->group : identity_group();
    if (directory && parent->mode & S_ISGID)
        inode->mode |= S_ISGID;
    inode->device = inode->blocks[0] = device;
    disk->crtime = inode->ctime.seconds;
    disk->crtime_extra = inode->ctime.nanoseconds << 2;
    if (!directory && !is_regular(inode) && !is_symlink(inode))
        special_inode(inode);
    *error = 0;
    return inode;
}
