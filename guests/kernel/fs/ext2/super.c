/*
 * Mounting, the blocks, and sync. Blocks outside files are pages of the "device" inode: cached, dirty, and written back as
 * pages of files are. The state word says from the first change on that the disk is behind, and again that it is not
 * after a sync: who reads the image later can tell (docs/platform.md).
 */
#include "../../dev/ata.h"
#include "../../errno.h"
#include "../../lib/string.h"
#include "../../log.h"
#include "../../memlayout.h"
#include "../../mm/kmalloc.h"
#include "../inode_cache.h"
#include "../page_cache.h"
#include "ext2.h"

static s32 read_device_page(struct inode *inode, u32 index, void *bytes)
{
    return ata_read(ext2_of(inode->super)->sector + index * BLOCK_SECTORS, BLOCK_SECTORS, bytes);
}

static s32 write_device_page(struct inode *inode, u32 index, const void *bytes)
{
    s32 error = ext2_begin_writing(ext2_of(inode->super));
    return error ? error : ata_write(ext2_of(inode->super)->sector + index * BLOCK_SECTORS, BLOCK_SECTORS, bytes);
}

static const struct inode_operations device_operations = { .read_page = read_device_page, .write_page = write_device_page };

static struct page *block_page(struct ext2 *fs, u32 block, int fresh)
{
    s32 error;
    return block < fs->blocks ? page_get(fs->device, block, fresh, &error) : NULL;
}

void *ext2_block(struct ext2 *fs, u32 block)
{
    struct page *page = block_page(fs, block, 0);
    return page ? to_virtual(page->frame) : NULL;
}

void *ext2_fresh_block(struct ext2 *fs, u32 block)
{
    struct page *page = block_page(fs, block, 1);
    if (!page)
        return NULL;
    page->dirty = 1;
    return memset(to_virtual(page->frame), 0, BLOCK_SIZE);
}

void ext2_block_changed(struct ext2 *fs, u32 block)
{
    struct page *page = page_find(fs->device, block);
    if (page)
        page->dirty = 1;
    fs->dirty = 1;
}

void ext2_block_forget(struct ext2 *fs, u32 block)
{
    struct page *page = page_find(fs->device, block);
    if (page)
        page->dirty = 0;
}

struct ext2_group *ext2_group(struct ext2 *fs, u32 group)
{
    struct ext2_group *groups = ext2_block(fs, 1);
    return groups && group < fs->groups ? &groups[group] : NULL;
}

void ext2_group_changed(struct ext2 *fs)
{
    ext2_block_changed(fs, 1);
}

static struct ext2_super *on_disk(struct ext2 *fs)
{
    u8 *block = ext2_block(fs, 0);
    return block ? (struct ext2_super *)(block + SUPER_OFFSET) : NULL;
}

static s32 write_state(struct ext2 *fs, u32 state)
{
    struct ext2_super *super = on_disk(fs);
    if (!super)
        return -EIO;
    super->state = (u16)state;
    super->free_blocks = fs->free_blocks;
    super->free_inodes = fs->free_inodes;
    return ata_write(fs->sector, BLOCK_SECTORS, (u8 *)super - SUPER_OFFSET);
}

s32 ext2_begin_writing(struct ext2 *fs)
{
    s32 error = fs->behind ? 0 : write_state(fs, 0);
    fs->behind = !error;
    fs->dirty = 1;
    return error;
}

static s32 sync(struct super *super)
{
    struct ext2 *fs = ext2_of(super);
    if (!fs->dirty)
        return 0;
    s32 error = pages_write_back(fs->device);
    if (!error && !(error = write_state(fs, STATE_CLEAN)))
        fs->dirty = fs->behind = 0;
    return error ? error : ata_flush();
}

static void statfs(struct super *super, struct statfs *to)
{
    const struct ext2 *fs = ext2_of(super);
    *to = (struct statfs){ .type = SUPER_MAGIC, .block_size = BLOCK_SIZE, .blocks = fs->blocks, .free_blocks = fs->free_blocks,
                           .inodes = fs->inodes, .free_inodes = fs->free_inodes, .name_length = NAME_LIMIT };
}

static const struct super_operations operations = { .read_inode = ext2_read_inode, .statfs = statfs, .sync = sync };

/* Why it cannot be mounted, or NULL. */
static const char *check(struct ext2 *fs, const struct ext2_super *s)
{
    if (s->magic != SUPER_MAGIC)
        return "no ext2 file system";
    if (s->log_block_size != 2 || s->inode_size != INODE_SIZE || s->first_data_block)
        return "not with blocks of 4096 bytes and inodes of 256";
    if (s->incompatible != INCOMPAT_FILETYPE || s->read_only_compatible & ~RO_COMPAT_KNOWN)
        return "features that are not known here";
    if (!s->blocks_per_group || s->blocks_per_group > BLOCK_SIZE * 8 || !s->inodes_per_group || s->inodes_per_group > BLOCK_SIZE * 8)
        return "bad groups";
    if (s->blocks < 8 || s->blocks >> 25)
        return "bad size";
    fs->blocks = s->blocks;
    fs->blocks_per_group = s->blocks_per_group;
    fs->inodes_per_group = s->inodes_per_group;
    fs->groups = (s->blocks + s->blocks_per_group - 1) / s->blocks_per_group;
    fs->inodes = fs->inodes_per_group * fs->groups;
    fs->first_inode = s->first_inode;
    fs->free_blocks = s->free_blocks;
    fs->free_inodes = s->free_inodes;
    return fs->groups > GROUPS_MAX || s->inodes != fs->inodes ? "bad groups" : NULL;
}

struct inode *ext2_mount(u32 sector, int read_only, const char *source, struct super **super)
{
    static u32 minor;
    struct ext2 *fs = kmalloc(sizeof *fs);
    if (!fs)
        return NULL;
    fs->super = (struct super){ .operations = &operations, .device = device_number(8, ++minor), .read_only = (u32)read_only,
                                .type = "ext2", .source = source };
    fs->device = inode_make(&fs->super, 0, S_IFBLK);
    if (!fs->device)
        return NULL;
    fs->device->operations = &device_operations;
    fs->sector = sector;
    fs->blocks = 2;
    s32 error = -EIO;
    const struct ext2_super *s = on_disk(fs);
    const char *why = s ? check(fs, s) : "the disk cannot be read";
    struct inode *root = why ? NULL : inode_get(&fs->super, ROOT_INODE, &error);
    if (root && !is_directory(root))
        why = "the root is no directory";
    if (why || !root) {
        log_line("file system at sector %u: %s", sector, why ? why : "no root");
        return NULL;
    }
    *super = &fs->super;
    return root;
}
