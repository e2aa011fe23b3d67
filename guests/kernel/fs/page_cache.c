/*
 * The page cache: chains by inode and index, and a list an inode. Bytes beyond the end of a file are zeros.
 *
 * A page in use by nobody else has one reference, the cache's. Who holds on to a page while the program's memory is
 * touched, or while pages_shrink may run, takes another (frame_share).
 */
#include "page_cache.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../mm/kmalloc.h"
#include "../sys/clock.h"
#include "inode_cache.h"

#define CHAINS 4096u
#define PAGE_SHIFT 12
#define RESERVE 64u

static struct page *chains[CHAINS];
static u32 cached;

static struct page **chain_of(const struct inode *inode, u32 index)
{
    return &chains[((u32)inode >> 6 ^ index ^ index >> 12) % CHAINS];
}

struct page *page_find(const struct inode *inode, u32 index)
{
    struct page *page = *chain_of(inode, index);
    while (page && (page->inode != inode || page->index != index))
        page = page->next;
    return page;
}

/* Frees the page that *sibling points at. */
static void forget(struct page **sibling)
{
    struct page *page = *sibling;
    struct page **link = chain_of(page->inode, page->index);
    while (*link != page)
        link = &(*link)->next;
    *link = page->next;
    *sibling = page->sibling;
    frame_release(page->frame);
    kfree(page);
    cached--;
}

struct page *page_get(struct inode *inode, u32 index, int fresh, s32 *error)
{
    struct page *page = page_find(inode, index);
    *error = 0;
    if (page)
        return page;
    *error = -ENOMEM;
    u32 frame = frame_alloc();
    page = frame ? kmalloc(sizeof *page) : NULL;
    if (page && !fresh)
        *error = inode->operations->read_page(inode, index, to_virtual(frame));
    else if (page) {
        memset(to_virtual(frame), 0, PAGE_SIZE);
        *error = 0;
    }
    if (*error) {
        if (frame)
            frame_release(frame);
        kfree(page);
        return NULL;
    }
    struct page **chain = chain_of(inode, index);
    *page = (struct page){ .next = *chain, .sibling = inode->pages, .inode = inode, .index = index, .frame = frame };
    *chain = inode->pages = page;
    cached++;
    return page;
}

static int beyond_end(const struct inode *inode, u32 index)
{
    return (u64)index << PAGE_SHIFT >= inode->size;
}

s32 inode_page(struct inode *inode, u32 index, u32 *frame)
{
    s32 error;
    if (beyond_end(inode, index) || !inode->operations->read_page)
        return -EINVAL;
    struct page *page = page_get(inode, index, 0, &error);
    if (page)
        *frame = page->frame;
    return error;
}

s32 inode_page_to_write(struct inode *inode, u32 index, u32 *frame)
{
    s32 error = inode_page(inode, index, frame);
    if (error)
        return error;
    struct page *page = page_find(inode, index);
    if (!page->dirty && inode->operations->prepare_write)
        error = inode->operations->prepare_write(inode, index);
    if (!error) {
        page->dirty = 1;
        inode->mtime = inode->ctime = clock_now();
        error = inode_changed(inode);
    }
    return error;
}

s32 inode_read(struct inode *inode, u32 offset, void *to, u32 count)
{
    if (offset >= inode->size)
        return 0;
    if (count > inode->size - offset)
        count = (u32)inode->size - offset;
    for (u32 done = 0; done < count;) {
        u32 frame = 0, at = (offset + done) % PAGE_SIZE, part = PAGE_SIZE - at;
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

static s32 write_back(struct page *page)
{
    struct inode *inode = page->inode;
    u8 *bytes = to_virtual(page->frame);
    u64 start = (u64)page->index << PAGE_SHIFT;
    if (is_regular(inode) && inode->size > start && inode->size - start < PAGE_SIZE) {   /* a mapping may have written there */
        u32 used = (u32)(inode->size - start);
        memset(bytes + used, 0, PAGE_SIZE - used);
    }
    s32 error = inode->operations->write_page(inode, page->index, bytes);
    if (!error)
        page->dirty = frame_references(page->frame) > 1 && is_regular(inode);
    return error;
}

s32 pages_write_back(struct inode *inode)
{
    s32 error = 0;
    if (!inode->operations || !inode->operations->write_page)
        return 0;
    for (struct page *page = inode->pages; page; page = page->sibling) {
        s32 failed = page->dirty ? write_back(page) : 0;
        if (failed)
            error = failed;
    }
    return error;
}

void pages_drop(struct inode *inode, u32 index)
{
    struct page **sibling = &inode->pages;
    while (*sibling) {
        if ((*sibling)->index >= index)
            forget(sibling);
        else
            sibling = &(*sibling)->sibling;
    }
}

/* Only pages that can be had again, and that nobody maps or pins. */
static int can_go(struct page *page)
{
    if (frame_references(page->frame) > 1)
        return 0;
    return !page->dirty || (page->inode->operations->write_page && !write_back(page));
}

u32 pages_shrink(u32 wanted)
{
    u32 before = frames_free();
    for (struct inode *inode = inode_next(NULL); inode && frames_free() - before < wanted; inode = inode_next(inode)) {
        struct page **sibling = &inode->pages;
        while (*sibling && frames_free() - before < wanted) {
            if (can_go(*sibling))
                forget(sibling);
            else
                sibling = &(*sibling)->sibling;
        }
    }
    inodes_shrink();
    return frames_free() - before;
}

void memory_balance(void)
{
    if (frames_free() < RESERVE)
        pages_shrink(4 * RESERVE);
}

u32 pages_cached(void)
{
    return cached;
}
