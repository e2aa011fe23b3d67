/*
 * A page fault on a user address: the region it falls into says what the page is.
 *
 *   region       first read                        first write
 *   anonymous    a page of zeros                   the same
 *   file         the page in the page cache, r/o   a private copy of it
 *   device       the physical page                 the physical page
 *   none         SIGSEGV, or just below the stack: the stack grows
 *
 * A write to a page that is present but read-only, in a writable region, finds a shared page (reference count above 1)
 * and copies it, or the only reference and just opens it. A page wholly beyond the end of its file is SIGBUS.
 */
#include "fault.h"
#include "../cpu/instructions.h"
#include "../cpu/trap.h"
#include "../errno.h"
#include "../fs/inode.h"
#include "../lib/string.h"
#include "../log.h"
#include "../memlayout.h"
#include "../proc/task.h"
#include "frames.h"
#include "pagetable.h"
#include "vma.h"

static u32 out_of_memory(void)
{
    log_line("out of memory: %u pages, %u free", frames_total(), frames_free());
    return SIGKILL;
}

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

static void install(u32 *entry, u32 address, u32 frame, u32 bits)
{
    *entry = frame | PTE_PRESENT | PTE_USER | bits;
    flush_page(address);
}

static u32 copy_page(u32 *entry, u32 address, u32 frame)
{
    u32 copy = frame_alloc();
    if (!copy)
        return out_of_memory();
    memcpy(to_virtual(copy), to_virtual(frame), PAGE_SIZE);
    install(entry, address, copy, PTE_WRITE);
    return 0;
}

static u32 first_touch(const struct vma *vma, u32 *entry, u32 address, u32 write)
{
    u32 offset = vma->offset + (page_down(address) - vma->start);
    u32 writable = vma->prot & PROT_WRITE ? PTE_WRITE : 0;
    if (vma->kind == VMA_DEVICE) {
        install(entry, address, offset, writable | PTE_UNCACHED);
        return 0;
    }
    if (vma->kind != VMA_FILE) {
        u32 frame = frame_alloc_zeroed();
        if (!frame)
            return out_of_memory();
        install(entry, address, frame, writable);
        return 0;
    }
    u32 cached;
    s32 error = inode_page(vma->inode, offset / PAGE_SIZE, &cached);
    if (error)
        return error == -ENOMEM ? out_of_memory() : SIGBUS;
    if (write)
        return copy_page(entry, address, cached);
    frame_share(cached);
    install(entry, address, cached, 0);
    return 0;
}

u32 serve_fault(u32 address, u32 error)
{
    u32 write = error & FAULT_WRITE;
    struct vma *vma = address < USER_END ? vma_find(address) : NULL;
    if (!vma || (address < vma->start && !grow_stack(vma, address)))
        return SIGSEGV;
    if (write ? !(vma->prot & PROT_WRITE) : !vma->prot)
        return SIGSEGV;
    current->mm->faults++;
    u32 *entry = page_entry(address, 1);
    if (!entry)
        return out_of_memory();
    if (!pte_holds_page(*entry))
        return first_touch(vma, entry, address, write);
    if (!write)
        return 0;   /* the entry was made present since: nothing left to do */
    u32 frame = *entry & PAGE_MASK;
    if (!(*entry & PTE_UNCACHED) && frame_references(frame) > 1) {
        u32 signal = copy_page(entry, address, frame);
        if (!signal)
            frame_release(frame);
        return signal;
    }
    *entry |= PTE_WRITE | PTE_PRESENT;
    flush_page(address);
    return 0;
}
