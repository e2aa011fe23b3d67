/* Free blocks and inodes: a bit each, set when in use, in a bitmap a group. */
#include "../../errno.h"
#include "ext2.h"

/* The first clear bit from `from` on, below `count`, or `count`. */
static u32 first_clear(const u8 *bitmap, u32 from, u32 count)
{
    for (u32 bit = from; bit < count;) {
        u32 word = ((const u32 *)bitmap)[bit / 32] >> bit % 32;
        if (!(bit % 32) && word == 0xffffffff)
            bit += 32;
        else if (word & 1)
            bit++;
        else
            return bit;
    }
    return count;
}

static void set_bit(u8 *bitmap, u32 bit)
{
    bitmap[bit / 8] |= (u8)(1 << bit % 8);
}

/* Clears it; 0 if it was clear. */
static int clear_bit(u8 *bitmap, u32 bit)
{
    u8 mask = (u8)(1 << bit % 8);
    int was = bitmap[bit / 8] & mask;
    bitmap[bit / 8] &= (u8)~mask;
    return was != 0;
}

static u32 blocks_in(const struct ext2 *fs, u32 group)
{
    u32 start = group * fs->blocks_per_group;
    return fs->blocks - start < fs->blocks_per_group ? fs->blocks - start : fs->blocks_per_group;
}

static u32 allocate_in(struct ext2 *fs, u32 group, u32 from)
{
    struct ext2_group *g = ext2_group(fs, group);
    u8 *bitmap = g && g->free_blocks ? ext2_block(fs, g->block_bitmap) : NULL;
    if (!bitmap)
        return 0;
    u32 count = blocks_in(fs, group), least = group ? 0 : 2;   /* superblock and descriptors, whatever the bitmap says */
    u32 bit = first_clear(bitmap, from < least ? least : from, count);
    if (bit == count)
        bit = first_clear(bitmap, least, count);
    if (bit == count)
        return 0;
    set_bit(bitmap, bit);
    ext2_block_changed(fs, g->block_bitmap);
    g->free_blocks--;
    ext2_group_changed(fs);
    fs->free_blocks--;
    return group * fs->blocks_per_group + bit;
}

u32 ext2_block_allocate(struct ext2 *fs, u32 near)
{
    u32 goal = near && near + 1 < fs->blocks ? near + 1 : fs->next_block, first = goal / fs->blocks_per_group;
    for (u32 i = 0; fs->free_blocks && i < fs->groups; i++) {
        u32 group = (first + i) % fs->groups;
        u32 block = allocate_in(fs, group, i ? 0 : goal % fs->blocks_per_group);
        if (block) {
            fs->next_block = block;
            return block;
        }
    }
    return 0;
}

void ext2_block_free(struct ext2 *fs, u32 block)
{
    struct ext2_group *g = block > 1 && block < fs->blocks ? ext2_group(fs, block / fs->blocks_per_group) : NULL;
    u8 *bitmap = g ? ext2_block(fs, g->block_bitmap) : NULL;
    ext2_block_forget(fs, block);
    if (!bitmap || !clear_bit(bitmap, block % fs->blocks_per_group))
        return;
    ext2_block_changed(fs, g->block_bitmap);
    g->free_blocks++;
    ext2_group_changed(fs);
    fs->free_blocks++;
}

/* Directories spread over the groups, files stay near theirs. */
static u32 first_group(struct ext2 *fs, const struct inode *parent, int directory)
{
    u32 best = (parent->number - 1) / fs->inodes_per_group;
    for (u32 i = 0; directory && i < fs->groups; i++) {
        struct ext2_group *g = ext2_group(fs, i), *b = ext2_group(fs, best);
        if (g && b && g->free_inodes > b->free_inodes)
            best = i;
    }
    return best;
}

u32 ext2_inode_allocate(struct ext2 *fs, const struct inode *parent, int directory)
{
    u32 first = first_group(fs, parent, directory);
    for (u32 i = 0; i < fs->groups; i++) {
        u32 group = (first + i) % fs->groups;
        struct ext2_group *g = ext2_group(fs, group);
        u8 *bitmap = g && g->free_inodes ? ext2_block(fs, g->inode_bitmap) : NULL;
        u32 bit = bitmap ? first_clear(bitmap, group ? 0 : fs->first_inode - 1, fs->inodes_per_group) : fs->inodes_per_group;
        if (bit >= fs->inodes_per_group)
            continue;
        set_bit(bitmap, bit);
        ext2_block_changed(fs, g->inode_bitmap);
        g->free_inodes--;
        g->directories += (u16)(directory != 0);
        ext2_group_changed(fs);
        fs->free_inodes--;
        return group * fs->inodes_per_group + bit + 1;
    }
    return 0;
}

void ext2_inode_free(struct ext2 *fs, u32 number, int directory)
{
    u32 group = (number - 1) / fs->inodes_per_group;
    struct ext2_group *g = ext2_group(fs, group);
    u8 *bitmap = g ? ext2_block(fs, g->inode_bitmap) : NULL;
    if (!bitmap || !clear_bit(bitmap, (number - 1) % fs->inodes_per_group))
        return;
    ext2_block_changed(fs, g->inode_bitmap);
    g->free_inodes++;
    g->directories -= (u16)(directory != 0);
    ext2_group_changed(fs);
    fs->free_inodes++;
}
