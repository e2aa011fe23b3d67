/*
 * A page fault on a user address: the region it falls into says what the page is.
 *
 *   region              first read                        first write
 *   anonymous           a page of zeros                   the same
 *   anonymous, shared   the page all who share it have    the same
 *   file                the page in the page cache, r/o   a private copy of it
 *                       (and those around it, if there)
 *   file, shared        the page in the page cache, r/o   that page itself, from now on to be written back
 *   device              the physical page                 the physical page
 *   none                SIGSEGV, or just below the stack: the stack grows
 *
 * A write to a page that is present but read-only, in a writable region, finds a page that others have too (reference
 * count above 1) and copies it, or the only reference and just opens it. A page wholly beyond the end of its file is
 * SIGBUS.
 */
#include "fault.h"
#include "../cpu/instructions.h"
#include "../cpu/trap.h"
#include "../errno.h"
#include "../fs/page_cache.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../proc/task.h"
#include "frames.h"
#include "out_of_memory.h"
#include "pagetable.h"
#include "shared_pages.h"
#include "vma.h"

#define AROUND 16u   /* pages, a power of two: never across page tables */

enum outcome { SERVED, NO_MEMORY, NO_PAGE };

/* The region below which the address lies is the stack and may grow down to it. */
static int grow_stack(struct vma *stack, u32 address)
{
    u32 start = page_down(address);
    if (!stack || !(stack->flags & VMA_GROWSDOWN) || start < current->mm->stack_limit)
        return 0;
    struct vma *below = vma_before(address);
    if (below && start - below->end < STACK_GUARD_GAP)
        return 0;
    stack->start = start;
    return 1;
}

static void count_resident(void)
{
    struct mm *mm = current->mm;
    if (++mm->resident > mm->most_resident)
        mm->most_resident = mm->resident;
}

/* Of a page that was not there the processor knows nothing. */
static void install(u32 *entry, u32 address, u32 frame, u32 bits)
{
    u32 before = *entry;
    if (!pte_holds_page(before))
        count_resident();
    *entry = frame | PTE_PRESENT | PTE_USER | bits;
    if (before & PTE_PRESENT)
        flush_page(address);
}

static enum outcome copy_page(u32 *entry, u32 address, u32 frame)
{
    u32 copy = frame_for_program();
    if (!copy)
        return NO_MEMORY;
    memcpy(to_virtual(copy), to_virtual(frame), PAGE_SIZE);
    install(entry, address, copy, PTE_WRITE);
    return SERVED;
}

/* Enters what the cache has around a page that was read: a program goes on nearby, and a fault costs more than all of these. */
static void map_around(const struct vma *vma, u32 *entry, u32 address, u32 offset)
{
    u32 first = address & ~(AROUND * PAGE_SIZE - 1), end = first + AROUND * PAGE_SIZE;
    u32 low = first > vma->start ? first : vma->start, high = end < vma->end ? end : vma->end;
    u32 pages = (u32)((vma->inode->size + PAGE_SIZE - 1) / PAGE_SIZE);   /* beyond the end may be some that a write is about to fill */
    for (u32 at = low; at < high; at += PAGE_SIZE) {
        s32 distance = (s32)(at - page_down(address)) / (s32)PAGE_SIZE;
        u32 *near = entry + distance, index = offset / PAGE_SIZE + (u32)distance;
        const struct page *page = pte_holds_page(*near) || index >= pages ? NULL : page_find(vma->inode, index);
        if (page) {
            frame_share(page->frame);
            install(near, at, page->frame, 0);
        }
    }
}

static enum outcome touch_file(const struct vma *vma, u32 *entry, u32 address, u32 offset, u32 write)
{
    u32 cached, page = offset / PAGE_SIZE;
    s32 error;
    int written = write && vma->flags & VMA_SHARED;
    while ((error = written ? inode_page_to_write(vma->inode, page, &cached) : inode_page(vma->inode, page, &cached)) == -ENOMEM)
        if (!make_room())
            return NO_MEMORY;
    if (error)
        return NO_PAGE;
    frame_share(cached);
    if (write && !written) {   /* held meanwhile: the cache may have to give pages back for the copy */
        enum outcome outcome = copy_page(entry, address, cached);
        frame_release(cached);
        return outcome;
    }
    install(entry, address, cached, write ? PTE_WRITE : 0);
    if (!write)
        map_around(vma, entry, address, offset);
    return SERVED;
}

static enum outcome first_touch(const struct vma *vma, u32 *entry, u32 address, u32 write)
{
    u32 offset = vma->offset + (page_down(address) - vma->start), frame;
    u32 writable = vma->prot & PROT_WRITE ? PTE_WRITE : 0;
    if (vma->kind == VMA_DEVICE) {
        install(entry, address, offset, writable | PTE_UNCACHED);
        return SERVED;
    }
    if (vma->kind == VMA_FILE)
        return touch_file(vma, entry, address, offset, write);
    frame = vma->pages ? shared_page(vma->pages, offset / PAGE_SIZE) : frame_for_program();
    if (!frame)
        return NO_MEMORY;
    if (vma->pages)
        frame_share(frame);
    else
        memset(to_virtual(frame), 0, PAGE_SIZE);
    install(entry, address, frame, writable);
    return SERVED;
}

/* A write to a page that is there, but not to be written yet. */
static enum outcome first_write(const struct vma *vma, u32 *entry, u32 address)
{
    u32 frame = *entry & PAGE_MASK;
    if (!(*entry & PTE_UNCACHED) && !(vma->flags & VMA_SHARED) && frame_references(frame) > 1) {
        enum outcome outcome = copy_page(entry, address, frame);
        if (outcome == SERVED)
            frame_release(frame);
        return outcome;
    }
    u32 page = (vma->offset + (page_down(address) - vma->start)) / PAGE_SIZE;
    if (vma->kind == VMA_FILE && vma->flags & VMA_SHARED && inode_page_to_write(vma->inode, page, &frame))
        return NO_PAGE;   /* no room on the disk for a page that was a hole */
    *entry |= PTE_WRITE | PTE_PRESENT;
    flush_page(address);
    return SERVED;
}

struct signal_info serve_fault(u32 address, u32 error)
{
    u32 write = error & FAULT_WRITE;
    struct vma *vma = address < USER_END ? vma_find(address) : NULL;
    if (!vma || (address < vma->start && !grow_stack(vma, address)))
        return (struct signal_info){ SIGSEGV, 0, SEGV_MAPERR, { address } };
    if (write ? !(vma->prot & PROT_WRITE) : !vma->prot)
        return (struct signal_info){ SIGSEGV, 0, SEGV_ACCERR, { address } };
    current->mm->faults++;
    current->usage.faults++;
    u32 *entry;
    while (!(entry = page_entry(address, 1)))
        if (!make_room())
            return (struct signal_info){ SIGKILL, 0, SI_KERNEL, { 0 } };
    enum outcome outcome = SERVED;
    if (!pte_holds_page(*entry))
        outcome = first_touch(vma, entry, address, write);
    else if (write)
        outcome = first_write(vma, entry, address);   /* else: it was made present since, nothing left to do */
    if (outcome == NO_PAGE)
        return (struct signal_info){ SIGBUS, 0, BUS_ADRERR, { address } };
    return (struct signal_info){ outcome == NO_MEMORY ? SIGKILL : 0, 0, SI_KERNEL, { 0 } };
}
