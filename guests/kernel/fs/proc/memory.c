/* Looks at the memory of any process through its page tables. */
#include "../../lib/string.h"
#include "../../memlayout.h"
#include "../../mm/frames.h"
#include "../../mm/pagetable.h"
#include "internal.h"

struct mm *proc_mm(const struct process *process)
{
    return process && process->threads ? process->threads->mm : NULL;
}

static u32 entry_of(const struct mm *mm, u32 address)
{
    u32 slot = ((const u32 *)to_virtual(mm->page_directory))[address >> 22];
    return slot & PTE_PRESENT ? ((const u32 *)to_virtual(slot & PAGE_MASK))[address >> 12 & 1023] : 0;
}

u32 proc_peek(const struct mm *mm, u32 address, void *to, u32 count)
{
    u32 done = 0;
    while (done < count && address + done < USER_END) {
        u32 at = address + done, entry = entry_of(mm, at), part = PAGE_SIZE - at % PAGE_SIZE;
        if (!pte_holds_page(entry) || entry & PTE_UNCACHED)
            break;
        if (part > count - done)
            part = count - done;
        memcpy((u8 *)to + done, (u8 *)to_virtual(entry & PAGE_MASK) + at % PAGE_SIZE, part);
        done += part;
    }
    return done;
}

void proc_count(const struct mm *mm, const struct vma *vma, struct residency *usage)
{
    for (u32 at = vma->start; at < vma->end; at += PAGE_SIZE) {
        u32 slot = ((const u32 *)to_virtual(mm->page_directory))[at >> 22];
        if (!(slot & PTE_PRESENT)) {
            at = (at | 0x3fffff) - PAGE_SIZE + 1;   /* on to the next page table */
            continue;
        }
        u32 entry = entry_of(mm, at);
        if (!pte_holds_page(entry) || entry & PTE_UNCACHED)
            continue;
        int of_file = vma->kind == VMA_FILE && !(entry & PTE_WRITE && !(vma->flags & VMA_SHARED));
        usage->pages++;
        usage->file += of_file;
        usage->anonymous += !of_file;
        usage->shared += frame_references(entry & PAGE_MASK) > (of_file ? 2u : 1u);
        usage->dirty += (entry & PTE_DIRTY) != 0;
    }
}
