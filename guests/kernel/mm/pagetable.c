/* Two levels of page tables, seen through the direct map. A table is kept as long as its address space. */
#include "pagetable.h"
#include "../cpu/instructions.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../proc/task.h"
#include "frames.h"
#include "vma.h"

#define USER_SLOTS (KERNEL_BASE >> 22)
#define GROUP 32u         /* slots of a directory that share a bit of mm.table_groups: 128 MiB */
#define LARGE_FLUSH 32u   /* pages; beyond this, reloading CR3 is cheaper than INVLPG page by page */

static u32 loaded;   /* what CR3 holds */

s32 directory_create(struct mm *mm)
{
    u32 frame = frame_alloc_zeroed();
    mm->page_directory = frame;
    mm->table_groups = 0;
    if (frame)
        memcpy((u32 *)to_virtual(frame) + USER_SLOTS, (u32 *)to_virtual(KERNEL_DIRECTORY) + USER_SLOTS, (1024 - USER_SLOTS) * 4);
    return frame ? 0 : -ENOMEM;
}

void directory_free(struct mm *mm)
{
    const u32 *slot = to_virtual(mm->page_directory);
    for (u32 i = 0; i < USER_SLOTS; i += GROUP)
        if (mm->table_groups >> i / GROUP & 1)
            for (u32 j = i; j < i + GROUP; j++)
                if (slot[j] & PTE_PRESENT)
                    frame_release(slot[j] & PAGE_MASK);
    frame_release(mm->page_directory);
}

void directory_load(u32 directory)
{
    loaded = directory;
    write_cr3(directory);
}

void directory_select(u32 directory)
{
    if (directory != loaded)
        directory_load(directory);
}

void directory_flush(void)
{
    write_cr3(loaded);
}

static u32 *entry_in(struct mm *mm, u32 address, int create)
{
    u32 *slot = (u32 *)to_virtual(mm->page_directory) + (address >> 22);
    if (!(*slot & PTE_PRESENT)) {
        u32 table = create ? frame_alloc_zeroed() : 0;
        if (!table)
            return NULL;
        *slot = table | PTE_PRESENT | PTE_WRITE | PTE_USER;
        mm->table_groups |= 1u << (address >> 22) / GROUP;
    }
    return (u32 *)to_virtual(*slot & PAGE_MASK) + (address >> 12 & 1023);
}

u32 *page_entry(u32 address, int create)
{
    return entry_in(current->mm, address, create);
}

/* The processor forgets `count` pages of a range that have changed; of an address space that is not the present one it knows nothing. */
static void flush(u32 start, u32 end, u32 count)
{
    if (!count || current->mm->page_directory != loaded)
        return;
    if (end - start > LARGE_FLUSH * PAGE_SIZE)
        directory_flush();
    else
        for (; start < end; start += PAGE_SIZE)
            flush_page(start);
}

typedef s32 visit(u32 *entry, u32 address, u32 argument);

/* Calls visit() for each page that is there in a range, until it answers with an error; else answers how many there were. Inlined, so
   that a walk costs a few instructions an entry; where there is no page table, none. */
static inline __attribute__((always_inline)) s32 each_page(u32 start, u32 end, visit *visit, u32 argument)
{
    const u32 *directory = to_virtual(current->mm->page_directory);
    s32 visited = 0;
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
                    visited++;
                }
        start = stop;
    }
    return visited;
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
    flush(start, end, (u32)each_page(start, end, unmap, 0));
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
    flush(start, end, (u32)each_page(start, end, protect, prot));
}

s32 pages_move(u32 from, u32 to, u32 length)
{
    for (u32 at = 0; at < length; at += PAGE_SIZE) {
        u32 *old = page_entry(from + at, 0);
        if (old && pte_holds_page(*old) && !page_entry(to + at, 1))
            return -ENOMEM;
    }
    u32 moved = 0;
    for (u32 at = 0; at < length; at += PAGE_SIZE) {
        u32 *old = page_entry(from + at, 0);
        if (old && pte_holds_page(*old)) {
            *page_entry(to + at, 0) = *old;
            *old = 0;
            moved++;
        }
    }
    flush(from, from + length, moved);
    return 0;
}

static s32 count(u32 *entry, u32 address, u32 argument)
{
    (void)entry, (void)address, (void)argument;
    return 0;
}

u32 pages_resident(u32 start, u32 end)
{
    return (u32)each_page(start, end, count, 0);
}

static s32 copy(u32 *entry, u32 address, u32 to)
{
    u32 *twin = entry_in((struct mm *)to, address, 1);
    if (!twin)
        return -ENOMEM;
    if (!is_device_page(*entry))
        frame_share(*entry & PAGE_MASK);
    *twin = *entry;
    return 0;
}

static s32 copy_on_write(u32 *entry, u32 address, u32 to)
{
    if (!is_device_page(*entry))
        *entry &= ~PTE_WRITE;
    return copy(entry, address, to);
}

s32 pages_copy(struct mm *to, u32 start, u32 end, u32 shared)
{
    s32 copied = shared ? each_page(start, end, copy, (u32)to) : each_page(start, end, copy_on_write, (u32)to);
    return copied < 0 ? copied : 0;
}
