/*
 * Allocator of physical pages. Freed pages form a list, each holding the address of the next in its first word. Pages
 * never used yet are not on any list: `fresh` walks through the ranges of the memory map, so that booting does not
 * depend on how much memory there is. A reference count a page says how many mappings share it (copy on write).
 *
 * *Not modelled*: memory below 1 MiB and above 768 MiB is left alone.
 */
#include "frames.h"
#include "../boot/bootinfo.h"
#include "../lib/string.h"
#include "../log.h"
#include "../memlayout.h"

extern char kernel_end[];

static struct memory_range ranges[BOOT_RANGES];
static u32 range_count, range;   /* ranges[range] is where fresh pages come from */
static u32 fresh;                /* next page never used */
static u32 free_list;            /* 0: empty */
static u32 free_count, total;
static u32 *references;          /* by frame number; an entry means nothing before its first frame_alloc */

static u32 take_fresh(void)
{
    while (range < range_count && fresh >= ranges[range].end)
        if (++range < range_count)
            fresh = ranges[range].start;
    if (range == range_count)
        return 0;
    u32 frame = fresh;
    fresh += PAGE_SIZE;
    return frame;
}

void frames_init(const struct boot_info *boot)
{
    u32 floor = page_up(to_physical(kernel_end)), top = 0;
    if (boot->tables_end > floor)
        floor = boot->tables_end;
    for (u32 i = 0; i < boot->range_count && i < BOOT_RANGES; i++) {
        u32 start = page_up(boot->range[i].start), end = page_down(boot->range[i].end);
        if (start < floor)
            start = floor;
        if (end > DIRECT_MAP_SIZE)
            end = DIRECT_MAP_SIZE;
        if (start >= end)
            continue;
        ranges[range_count++] = (struct memory_range){ start, end };
        total += (end - start) / PAGE_SIZE;
        if (end > top)
            top = end;
    }
    u32 size = page_up(top / PAGE_SIZE * sizeof *references);
    if (!range_count || ranges[0].end - ranges[0].start < size + 16 * PAGE_SIZE)
        panic(NULL, "not enough memory: %u pages", total);
    references = to_virtual(ranges[0].start);
    ranges[0].start += size;
    total -= size / PAGE_SIZE;
    free_count = total;
    fresh = ranges[0].start;
}

u32 frame_alloc(void)
{
    u32 frame = free_list;
    if (frame)
        free_list = *(u32 *)to_virtual(frame);
    else
        frame = take_fresh();
    if (frame) {
        references[frame / PAGE_SIZE] = 1;
        free_count--;
    }
    return frame;
}

u32 frame_alloc_zeroed(void)
{
    u32 frame = frame_alloc();
    if (frame)
        memset(to_virtual(frame), 0, PAGE_SIZE);
    return frame;
}

void frame_share(u32 frame)
{
    references[frame / PAGE_SIZE]++;
}

void frame_release(u32 frame)
{
    if (--references[frame / PAGE_SIZE])
        return;
    *(u32 *)to_virtual(frame) = free_list;
    free_list = frame;
    free_count++;
}

u32 frame_references(u32 frame)
{
    return references[frame / PAGE_SIZE];
}

u32 frames_free(void)
{
    return free_count;
}

u32 frames_total(void)
{
    return total;
}
