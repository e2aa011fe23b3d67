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

/* The next address from `address` on, below `end`, that has a page table; `end` if none. */
static u32 skip_absent_tables(u32 address, u32 end)
{
    const u32 *directory = to_virtual(current->mm->page_directory);
    while (address < end && !(directory[address >> 22] & PTE_PRESENT)) {
        u32 next = (address & 0xffc00000) + 0x400000;
        address = next < end ? next : end;   /* never wraps: user addresses end at 3 GiB */
    }
    return address;
}

static int is_device_page(u32 entry)
{
    return (entry & PTE_UNCACHED) != 0;
}

void pages_unmap(u32 start, u32 end)
{
    for (u32 at = skip_absent_tables(start, end); at < end; at = skip_absent_tables(at + PAGE_SIZE, end)) {
        u32 *entry = page_entry(at, 0);
        if (!pte_holds_page(*entry))
            continue;
        if (!is_device_page(*entry))
            frame_release(*entry & PAGE_MASK);
        *entry = 0;
        current->mm->resident--;
    }
    flush(start, end);
}

void pages_protect(u32 start, u32 end, u32 prot)
{
    for (u32 at = skip_absent_tables(start, end); at < end; at = skip_absent_tables(at + PAGE_SIZE, end)) {
        u32 *entry = page_entry(at, 0);
        if (!pte_holds_page(*entry))
            continue;
        *entry &= ~(PTE_PRESENT | PTE_NONE | PTE_WRITE);
        *entry |= prot ? PTE_PRESENT : PTE_NONE;
    }
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

u32 pages_resident(u32 start, u32 end)
{
    u32 count = 0;
    for (u32 at = skip_absent_tables(start, end); at < end; at = skip_absent_tables(at + PAGE_SIZE, end))
        if (pte_holds_page(*page_entry(at, 0)))
            count++;
    return count;
}

s32 pages_copy(u32 directory, u32 start, u32 end, u32 shared)
{
    for (u32 at = skip_absent_tables(start, end); at < end; at = skip_absent_tables(at + PAGE_SIZE, end)) {
        u32 *entry = page_entry(at, 0);
        if (!pte_holds_page(*entry))
            continue;
        u32 *copy = entry_in(directory, at, 1);
        if (!copy)
            return -ENOMEM;
        if (!is_device_page(*entry)) {
            if (!shared)
                *entry &= ~PTE_WRITE;
            frame_share(*entry & PAGE_MASK);
        }
        *copy = *entry;
    }
    return 0;
}
