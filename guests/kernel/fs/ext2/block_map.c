/*
 * Where the blocks of a file are: 12 in the inode, then trees of indirect blocks, of one, two and three levels, each
 * block with 1024 pointers. 0 is a hole.
 */
#include "../../errno.h"
#include "ext2.h"

#define LEVELS 4u
#define POINTER_BITS 10

/* The way to a block: pointer in the inode, then one in each indirect block. The number of steps, 0: too far. */
static u32 way_to(u32 index, u32 way[LEVELS])
{
    if (index < DIRECT) {
        way[0] = index;
        return 1;
    }
    index -= DIRECT;
    for (u32 level = 1; level < LEVELS; level++) {
        u32 span = 1u << level * POINTER_BITS;
        if (index >= span) {
            index -= span;
            continue;
        }
        way[0] = DIRECT + level - 1;
        for (u32 i = 1; i <= level; i++)
            way[i] = index >> (level - i) * POINTER_BITS & (BLOCK_POINTERS - 1);
        return level + 1;
    }
    return 0;
}

/* Puts a new block at *slot. */
static s32 grow(struct inode *inode, u32 *slot, u32 near, int indirect)
{
    struct ext2 *fs = ext2_of(inode->super);
    u32 block = ext2_block_allocate(fs, near);
    if (!block)
        return -ENOSPC;
    if (indirect && !ext2_fresh_block(fs, block)) {
        ext2_block_free(fs, block);
        return -ENOMEM;
    }
    *slot = block;
    inode->sectors += BLOCK_SECTORS;
    return 0;
}

s32 ext2_map(struct inode *inode, u32 index, int create, u32 *block)
{
    struct ext2 *fs = ext2_of(inode->super);
    u32 way[LEVELS], steps = way_to(index, way), holder = 0, *slot = inode->blocks + way[0];
    int grown = 0;
    s32 error = 0;
    *block = 0;
    if (!steps)
        return -EFBIG;
    for (u32 step = 0;; step++) {
        if (!*slot) {
            u32 near = way[step] ? slot[-1] : holder;
            if (!create || (error = grow(inode, slot, near < fs->blocks ? near : 0, step + 1 < steps)))
                break;
            grown = 1;
            if (holder)
                ext2_block_changed(fs, holder);
        }
        if (*slot < 2 || *slot >= fs->blocks) {
            error = -EIO;
            break;
        }
        if (step + 1 == steps) {
            *block = *slot;
            break;
        }
        holder = *slot;
        slot = ext2_block(fs, holder);
        if (!slot) {
            error = -EIO;
            break;
        }
        slot += way[step + 1];
    }
    if (grown)
        ext2_write_inode(inode);
    return error;
}

/* Frees what of the tree at *slot, which begins at block `first` of the file, lies from `from` on. */
static void cut(struct inode *inode, u32 *slot, u32 level, u64 first, u32 from)
{
    struct ext2 *fs = ext2_of(inode->super);
    u64 span = 1ull << level * POINTER_BITS;
    if (!*slot || first + span <= from)
        return;
    u32 *pointers = level ? ext2_block(fs, *slot) : NULL;
    for (u32 i = 0; pointers && i < BLOCK_POINTERS; i++)
        if (pointers[i])
            cut(inode, &pointers[i], level - 1, first + (span >> POINTER_BITS) * i, from);
    if (first >= from) {
        ext2_block_free(fs, *slot);
        *slot = 0;
        inode->sectors -= inode->sectors < BLOCK_SECTORS ? inode->sectors : BLOCK_SECTORS;
    } else if (pointers)
        ext2_block_changed(fs, *slot);
}

void ext2_unmap(struct inode *inode, u32 index)
{
    u64 first = DIRECT;
    for (u32 i = 0; i < DIRECT; i++)
        cut(inode, &inode->blocks[i], 0, i, index);
    for (u32 level = 1; level < LEVELS; level++) {
        cut(inode, &inode->blocks[DIRECT + level - 1], level, first, index);
        first += 1ull << level * POINTER_BITS;
    }
}
