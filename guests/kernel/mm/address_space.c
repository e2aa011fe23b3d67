/* Address spaces as a whole: created, copied, switched, freed. */
#include "address_space.h"
#include "../cpu/instructions.h"
#include "../exec/program_file.h"
#include "../memlayout.h"
#include "../proc/task.h"
#include "frames.h"
#include "kmalloc.h"
#include "pagetable.h"
#include "vma.h"

#define PORT_ADDRESS_SPACE_ENDS 0x505

struct mm *mm_create(void)
{
    struct mm *mm = kmalloc(sizeof *mm);
    if (!mm)
        return NULL;
    mm->references = 1;
    if (directory_create(mm)) {
        kfree(mm);
        return NULL;
    }
    return mm;
}

struct mm *mm_copy(void)
{
    struct mm *copy = mm_create();
    if (!copy)
        return NULL;
    u32 directory = copy->page_directory;
    *copy = *current->mm;
    copy->page_directory = directory;
    copy->table_groups = 0;
    copy->references = 1;
    program_hold(copy->exe);
    if (vmas_copy(copy)) {
        mm_release(copy);
        return NULL;
    }
    directory_flush();   /* our own pages are read-only now, until the first write to each */
    return copy;
}

struct mm *mm_switch(struct mm *mm)
{
    struct mm *before = current->mm;
    current->mm = mm;
    directory_load(mm ? mm->page_directory : KERNEL_DIRECTORY);
    return before;
}

void mm_take_pages(struct mm *mm)
{
    struct mm *ours = current->mm;
    current->mm = mm;   /* the functions on regions and pages are about the current one; through the direct map, so CR3 may stay */
    for (struct vma *vma = mm->vmas; vma; vma = vma->next) {
        pages_unmap(vma->start, vma->end);
        if (vma->pages)
            vma_forget_shared(vma);
    }
    current->mm = ours;
}

void mm_announce_end(u32 signal)
{
    if (current->mm->references == 1)
        out32(PORT_ADDRESS_SPACE_ENDS, signal);
}

static void cut(const struct vma *vma, u32 first)
{
    u32 begin = vma->offset / PAGE_SIZE, skip = first > begin ? first - begin : 0;
    if (skip < (vma->end - vma->start) / PAGE_SIZE)
        pages_unmap(vma->start + skip * PAGE_SIZE, vma->end);
}

void mappings_cut(const struct inode *inode, u32 first)
{
    struct mm *ours = current->mm;
    for (struct task *task = tasks; task; task = task->next) {
        for (const struct vma *vma = task->mm ? task->mm->vmas : NULL; vma; vma = vma->next) {
            current->mm = task->mm;
            if (vma->kind == VMA_FILE && vma->inode == inode)
                cut(vma, first);
        }
    }
    current->mm = ours;
}

void mm_release(struct mm *mm)
{
    if (--mm->references)
        return;
    struct mm *ours = current->mm;
    current->mm = mm;
    vma_remove(0, USER_END);
    directory_free(mm);
    program_release(mm->exe);
    current->mm = ours;
    kfree(mm);
}
