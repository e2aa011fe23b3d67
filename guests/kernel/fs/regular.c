/* Reads and writes of files, page by page through the cache. A page is pinned while the program's memory is touched. */
#include "regular.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/address_space.h"
#include "../mm/frames.h"
#include "../sys/clock.h"
#include "inode_cache.h"
#include "page_cache.h"

#define PAGE_SHIFT 12

s32 regular_read(struct file *file, struct io *io, u64 *position)
{
    struct inode *inode = file->inode;
    while (io->left && *position < inode->size) {
        u32 frame, at = (u32)*position % PAGE_SIZE, part = PAGE_SIZE - at;
        memory_balance();
        s32 moved = inode_page(inode, (u32)(*position >> PAGE_SHIFT), &frame);
        if (part > inode->size - *position)
            part = (u32)(inode->size - *position);
        if (!moved) {
            frame_share(frame);
            moved = io_put(io, (u8 *)to_virtual(frame) + at, part);
            frame_release(frame);
        }
        if (moved < 0)
            return io->done ? (s32)io->done : moved;
        *position += (u32)moved;
        if ((u32)moved < part)
            break;
    }
    return (s32)io->done;
}

/* Up to the end of one page. Bytes moved, or -errno. */
static s32 write_part(struct inode *inode, struct io *io, u64 position)
{
    u32 index = (u32)(position >> PAGE_SHIFT), at = (u32)position % PAGE_SIZE, part = PAGE_SIZE - at;
    s32 error;
    if (part > io->left)
        part = io->left;
    int fresh = (u64)index << PAGE_SHIFT >= inode->size;
    struct page *page = page_get(inode, index, fresh, &error);
    if (page && !page->dirty && inode->operations->prepare_write)
        error = inode->operations->prepare_write(inode, index);
    if (error)
        return error;
    u32 frame = page->frame;
    frame_share(frame);
    s32 moved = io_take(io, (u8 *)to_virtual(frame) + at, part);
    frame_release(frame);
    page->dirty |= moved > 0;
    return moved;
}

/* Takes back room for bytes that never came. */
static void trim(struct inode *inode)
{
    pages_drop(inode, (u32)((inode->size + PAGE_SIZE - 1) >> PAGE_SHIFT));
    if (inode->operations->truncate)
        inode->operations->truncate(inode, inode->size);
}

s32 regular_write(struct file *file, struct io *io, u64 *position)
{
    struct inode *inode = file->inode;
    s32 error = 0;
    if (file->flags & O_APPEND)
        *position = inode->size;
    if (!io->left)
        return 0;
    u64 most = file->flags & O_LARGEFILE ? FILE_SIZE_MAX : SMALL_FILE_MAX;
    if (*position >= most)
        return -EFBIG;
    if (io->left > most - *position)
        io->left = (u32)(most - *position);
    while (io->left) {
        memory_balance();
        s32 moved = write_part(inode, io, *position);
        if (moved <= 0) {
            error = moved;
            trim(inode);
            break;
        }
        *position += (u32)moved;
        if (*position > inode->size)
            inode->size = *position;
    }
    if (!io->done)
        return error;
    inode->mtime = inode->ctime = clock_now();
    inode_changed(inode);
    return (s32)io->done;
}

static int all_zeros(const u8 *bytes, u32 count)
{
    while (count && !*bytes)
        bytes++, count--;
    return !count;
}

/* Zeros from `size` to the end of its page: what was there must not come back when the file grows again. */
static s32 clear_tail(struct inode *inode, u64 size)
{
    u32 index = (u32)(size >> PAGE_SHIFT), at = (u32)size % PAGE_SIZE;
    s32 error = 0;
    struct page *page = page_find(inode, index);
    if (!at)
        return 0;
    if (!page && size < inode->size)
        page = page_get(inode, index, 0, &error);
    if (error || !page || all_zeros((u8 *)to_virtual(page->frame) + at, PAGE_SIZE - at))
        return error;
    memset((u8 *)to_virtual(page->frame) + at, 0, PAGE_SIZE - at);
    if (size < inode->size && inode->operations->prepare_write)
        error = inode->operations->prepare_write(inode, index);
    page->dirty |= size < inode->size && !error;
    return error;
}

s32 inode_resize(struct inode *inode, u64 size)
{
    if (size > FILE_SIZE_MAX)
        return -EFBIG;
    s32 error = clear_tail(inode, size < inode->size ? size : inode->size);
    if (error)
        return error;
    if (size < inode->size) {
        mappings_cut(inode, (u32)((size + PAGE_SIZE - 1) >> PAGE_SHIFT));
        pages_drop(inode, (u32)((size + PAGE_SIZE - 1) >> PAGE_SHIFT));
        error = inode->operations->truncate ? inode->operations->truncate(inode, size) : 0;
    }
    if (error)
        return error;
    inode->size = size;
    inode->mtime = inode->ctime = clock_now();
    return inode_changed(inode);
}

/* Beyond the end nothing can be kept: a file system that finds blocks there is not whole. So with keep_size only holes are filled. */
s32 inode_make_room(struct inode *inode, u64 from, u64 to, int keep_size)
{
    u64 old = inode->size, end = keep_size && to > old ? old : to;
    s32 error = 0;
    if (inode->super->read_only)
        return -EROFS;
    if (end > old && (error = inode_resize(inode, end)))
        return error;
    for (u64 at = from & ~(u64)(PAGE_SIZE - 1); at < end && !error; at += PAGE_SIZE) {
        memory_balance();
        struct page *page = page_get(inode, (u32)(at >> PAGE_SHIFT), 0, &error);
        if (page && !page->dirty && inode->operations->prepare_write)
            error = inode->operations->prepare_write(inode, page->index);
        if (page && !error)
            page->dirty = 1;
    }
    if (error && end > old)
        inode_resize(inode, old);
    return error;
}

const struct file_operations regular_operations = { .read = regular_read, .write = regular_write };
