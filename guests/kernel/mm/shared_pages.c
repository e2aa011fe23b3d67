/*
 * Pages by number, in two levels like a page table: 1,024 leaves of 1,024 frames, each level a page. So a page touched
 * by one process after the fork is there for the other too.
 */
#include "shared_pages.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "frames.h"
#include "kmalloc.h"
#include "out_of_memory.h"

struct shared_pages {
    u32 references;   /* regions */
    u32 *leaves;      /* physical addresses of the second level */
};

static u32 zeroed(void)
{
    u32 frame = frame_for_program();
    if (frame)
        memset(to_virtual(frame), 0, PAGE_SIZE);
    return frame;
}

struct shared_pages *shared_pages_create(void)
{
    struct shared_pages *pages = kmalloc(sizeof *pages);
    u32 frame = pages ? frame_alloc_zeroed() : 0;
    if (!frame) {
        kfree(pages);
        return NULL;
    }
    *pages = (struct shared_pages){ 1, to_virtual(frame) };
    return pages;
}

void shared_pages_hold(struct shared_pages *pages)
{
    pages->references++;
}

void shared_pages_release(struct shared_pages *pages)
{
    if (--pages->references)
        return;
    for (u32 i = 0; i < 1024; i++) {
        if (!pages->leaves[i])
            continue;
        const u32 *frames = to_virtual(pages->leaves[i]);
        for (u32 j = 0; j < 1024; j++)
            if (frames[j])
                frame_release(frames[j]);
        frame_release(pages->leaves[i]);
    }
    frame_release(to_physical(pages->leaves));
    kfree(pages);
}

u32 shared_page(struct shared_pages *pages, u32 index)
{
    u32 *leaf = &pages->leaves[index / 1024];
    if (!*leaf && !(*leaf = zeroed()))
        return 0;
    u32 *frame = (u32 *)to_virtual(*leaf) + index % 1024;
    if (!*frame)
        *frame = zeroed();
    return *frame;
}
