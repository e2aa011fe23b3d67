/* Two levels of page tables, seen through the direct map. A table is kept as long as its address space. */
#include "pagetable.h"
#include "../cpu/instructions.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../proc/task.h"
#include "frames.h"
#include "vma.h"

#define LARGE_FLUSH (32 * PAGE_SIZE)   /* beyond this, reloading CR3 is cheaper than INVLPG page by page */

u32 directory_create(void)
{
    u32 frame = frame_alloc_zeroed();
    if (frame)
        memcpy((u32 *)to_virtual(frame) + (KERNEL_BASE >> 22), (u32 *)to_virtual(KERNEL_DIRECTORY) + (KERNEL_BASE >> 22),
               (1024 - (KERNEL_BASE >> 22)) * 4);
    return frame;
}

void directory_free(u32 directory)
{
    const u32 *slot = to_virtual(directory);
    for (u32 i = 0; i < KERNEL_BASE >> 22; i++)
        if (slot[i] & PTE_PRESENT)
            frame_release(slot[i] & PAGE_MASK);
    frame_release(directory);
}

static u32 *entry_in(u32 directory, u32 address, int create)
{
    u32 *slot = (u32 *)to_virtual(directory) + (address >> 22);
    if (!(*slot & PTE_PRESENT)) {
        u32 table = create ? frame_alloc_zeroed() : 0;
        if (!table)
            return NULL;
        *slot = table | PTE_PRESENT | PTE_WRITE | PTE_USER;
    }
    return (u32 *)to_virtual(*slot & PAGE_MASK) + (address >> 12 & 1023);
}

u32 *page_entry(u32 address, int create)
{
    return entry_in(current->mm->page_directory, address, create);
}

static void flush(u32 start, u32 end)
{
    if (end - start > LARGE_FLUSH)
        write_cr3(read_cr3());
    else
        for (; start < end; start += PAGE_SIZE)
            flush_page(start);
}

typedef s32 visit(u32 *entry, u32 address, u32 argument);

/* Calls visit() for each page that is there in a range, until it answers with an error. Inlined, so that a walk costs a few
   instructions an entry; where there is no page table, none. */
static inline __attribute__((always_inline)) s32 each_page(u32 start, u32 end, visit *visit, u32 argument)
{
    const u32 *directory = to_virtual(current->mm->page_directory);
    while (start < end) {
        u32 slot = directory[start >> 22], next = (start & 0xffc00000) + 0x400000;   /* never wraps: user addresses end at 3 GiB */
        u32 stop = next < end ? next : end;
        u32 *entry = (u32 *)to_virtual(slot & PAGE_MASK) + (start >> 12 & 1023);
        if (slot & PTE_PRESENT)
            for (u32 at = start; at < stop; at += PAGE_SIZE, entry++)
                if (pte_holds_page(*entry)) {
                    s32 error = visit(entry, at, argument);
                    if (error)
                        return error;
                }
        start = stop;
    }
    return 0;
}

static int is_device_page(u32 entry)
{
    return (entry & PTE_UNCACHED) != 0;
}

static s32 unmap(u32 *entry, u32 address, u32 argument)
{
    (void)address, (void)argument;
    if (!is_device_page(*entry))
        frame_release(*entry & PAGE_MASK);
    *entry = 0;
    current->mm->resident--;
    return 0;
}

void pages_unmap(u32 start, u32 end)
{
    each_page(start, end, unmap, 0);
    flush(start, end);
}

static s32 protect(u32 *entry, u32 address, u32 prot)
{
    (void)address;
    *entry &= ~(PTE_PRESENT | PTE_NONE | PTE_WRITE);
    *entry |= prot ? PTE_PRESENT : PTE_NONE;
    return 0;
}

void pages_protect(u32 start, u32 end, u32 prot)
{
    each_page(start, end, protect, prot);
    flush(start, end);
}

s32 pages_move(u32 from, u32 to, u32 length)
{
    for (u32 at = 0; at < length; at += PAGE_SIZE) {
        u32 *old = page_entry(from + at, 0);
        if (old && pte_holds_page(*old) && !page_entry(to + at, 1))
            return -ENOMEM;
    }
    for (u32 at = 0; at < length; at += PAGE_SIZE) {
        u32 *old = page_entry(from + at, 0);
        if (old && pte_holds_page(*old)) {
            *page_entry(to + at, 0) = *old;
            *old = 0;
        }
    }
    flush(from, from + length);
    return 0;
}

static s32 count(u32 *entry, u32 address, u32 to)
{
    (void)entry, (void)address;
    ++*(u32 *)to;
    return 0;
}

u32 pages_resident(u32 start, u32 end)
{
    u32 pages = 0;
    each_page(start, end, count, (u32)&pages);
    return pages;
}

static s32 copy(u32 *entry, u32 address, u32 directory)
{
    u32 *twin = entry_in(directory, address, 1);
    if (!twin)
        return -ENOMEM;
    if (!is_device_page(*entry))
        frame_share(*entry & PAGE_MASK);
    *twin = *entry;
    return 0;
}

static s32 copy_on_write(u32 *entry, u32 address, u32 directory)
{
    if (!is_device_page(*entry))
        *entry &= ~PTE_WRITE;
    return copy(entry, address, directory);
}

s32 pages_copy(u32 directory, u32 start, u32 end, u32 shared)
{
    return shared ? each_page(start, end, copy, directory) : each_page(start, end, copy_on_write, directory);
}
