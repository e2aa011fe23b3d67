/*
 * Pages of files, read once and kept: mappings and read() share them, so that the text of a program is in memory once.
 * The part of the last page beyond the end of the file is zeros.
 *
 * *Not modelled*: giving cached pages back when memory is short.
 */
#include "../dev/ata.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../mm/kmalloc.h"
#include "inode.h"

#define LEAF 1024u   /* frames in one leaf of the table, itself a page */

static s32 read_page(const struct inode *inode, u32 page, u32 *frame)
{
    u32 size = inode->size - page * PAGE_SIZE;
    if (size > PAGE_SIZE)
        size = PAGE_SIZE;
    u32 fresh = frame_alloc();
    if (!fresh)
        return -ENOMEM;
    u8 *bytes = to_virtual(fresh);
    if (ata_read(inode->sector + page * (PAGE_SIZE / 512), (size + 511) / 512, bytes)) {
        frame_release(fresh);
        return -EIO;
    }
    memset(bytes + size, 0, PAGE_SIZE - size);
    *frame = fresh;
    return 0;
}

s32 inode_page(struct inode *inode, u32 page, u32 *frame)
{
    u32 pages = page_up(inode->size) / PAGE_SIZE;
    if (page >= pages)
        return -EINVAL;
    if (!inode->cache)
        inode->cache = kmalloc((pages + LEAF - 1) / LEAF * sizeof *inode->cache);
    if (!inode->cache)
        return -ENOMEM;
    u32 **leaf = &inode->cache[page / LEAF];
    if (!*leaf) {
        u32 table = frame_alloc_zeroed();
        if (!table)
            return -ENOMEM;
        *leaf = to_virtual(table);
    }
    u32 *cached = &(*leaf)[page % LEAF];
    if (!*cached) {
        s32 error = read_page(inode, page, cached);
        if (error)
            return error;
    }
    *frame = *cached;
    return 0;
}

s32 inode_read(struct inode *inode, u32 offset, void *to, u32 count)
{
    if (offset >= inode->size)
        return 0;
    if (count > inode->size - offset)
        count = inode->size - offset;
    for (u32 done = 0; done < count;) {
        u32 frame, at = (offset + done) % PAGE_SIZE, part = PAGE_SIZE - at;
        s32 error = inode_page(inode, (offset + done) / PAGE_SIZE, &frame);
        if (error)
            return error;
        if (part > count - done)
            part = count - done;
        memcpy((u8 *)to + done, (u8 *)to_virtual(frame) + at, part);
        done += part;
    }
    return (s32)count;
}

/* Nothing to do: no file can be opened for writing, so no shared mapping of one can be writable (sys/memory.c). */
void inode_page_written(struct inode *inode, u32 page)
{
    (void)inode, (void)page;
}
