/* The list of regions: search, insertion, removal, splits and merges. */
#include "vma.h"
#include "../errno.h"
#include "../fs/inode_cache.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../proc/task.h"
#include "kmalloc.h"
#include "pagetable.h"
#include "shared_pages.h"

struct vma *vma_find(u32 address)
{
    struct vma *vma = current->mm->vmas;
    while (vma && vma->end <= address)
        vma = vma->next;
    return vma;
}

struct vma *vma_overlap(u32 start, u32 end)
{
    struct vma *vma = vma_find(start);
    return vma && vma->start < end ? vma : NULL;
}

struct vma *vma_before(u32 address)
{
    struct vma *last = NULL;
    for (struct vma *vma = current->mm->vmas; vma && vma->end <= address; vma = vma->next)
        last = vma;
    return last;
}

/* Each region holds what it maps. */
static void hold(struct vma *vma)
{
    if (vma->pages)
        shared_pages_hold(vma->pages);
    if (!vma->inode)
        return;
    inode_share(vma->inode);
    vma->device = vma->inode->super->device;
    vma->number = vma->inode->number;
}

static void release(struct vma *vma)
{
    vma_forget_shared(vma);
    inode_release(vma->inode);
    kfree(vma);
}

void vma_forget_shared(struct vma *vma)
{
    if (vma->pages)
        shared_pages_release(vma->pages);
    vma->pages = NULL;
}

static int has_offset(const struct vma *vma)
{
    return vma->kind == VMA_FILE || vma->kind == VMA_DEVICE || vma->pages;
}

static int continues(const struct vma *a, const struct vma *b)
{
    if (a->end != b->start || a->prot != b->prot || a->flags != b->flags || a->kind != b->kind || a->inode != b->inode || a->pages != b->pages)
        return 0;
    if (a->kind == VMA_STACK || strcmp(a->name, b->name))
        return 0;
    return !has_offset(a) || a->offset + (a->end - a->start) == b->offset;
}

void vma_merge_around(u32 start, u32 end)
{
    struct vma *vma = vma_before(start);
    if (!vma)
        vma = current->mm->vmas;
    while (vma && vma->next && vma->start <= end) {
        struct vma *next = vma->next;
        if (!continues(vma, next)) {
            vma = next;
            continue;
        }
        vma->end = next->end;
        vma->next = next->next;
        current->mm->vma_count--;
        release(next);
    }
}

s32 vma_add(const struct vma *like)
{
    struct vma *before = vma_before(like->start);
    struct vma **link = before ? &before->next : &current->mm->vmas;
    struct vma *after = *link;
    if (before && continues(before, like)) {   /* the usual case of a growing arena costs no new object */
        before->end = like->end;
        vma_merge_around(like->start, like->end);
        return 0;
    }
    if (current->mm->vma_count >= VMA_MAX)
        return -ENOMEM;
    struct vma *vma = kmalloc(sizeof *vma);
    if (!vma)
        return -ENOMEM;
    *vma = *like;
    hold(vma);
    vma->next = after;
    *link = vma;
    current->mm->vma_count++;
    vma_merge_around(like->start, like->end);
    return 0;
}

s32 vma_split_at(u32 address)
{
    struct vma *vma = vma_find(address);
    if (!vma || vma->start >= address)
        return 0;
    struct vma *upper = current->mm->vma_count < VMA_MAX ? kmalloc(sizeof *upper) : NULL;
    if (!upper)
        return -ENOMEM;
    *upper = *vma;
    hold(upper);
    upper->start = address;
    if (has_offset(vma))
        upper->offset += address - vma->start;
    if (vma->kind == VMA_STACK) {   /* only the part above can be the stack still */
        vma->kind = VMA_ANONYMOUS;
        vma->flags &= ~VMA_GROWSDOWN;
        vma->name[0] = 0;
    }
    vma->end = address;
    vma->next = upper;
    current->mm->vma_count++;
    return 0;
}

s32 vma_remove(u32 start, u32 end)
{
    if (!vma_overlap(start, end))
        return 0;
    if (vma_split_at(start) || vma_split_at(end))
        return -ENOMEM;
    struct vma *before = vma_before(start);
    struct vma **link = before ? &before->next : &current->mm->vmas;
    while (*link && (*link)->start < end) {
        struct vma *gone = *link;
        pages_unmap(gone->start, gone->end);
        *link = gone->next;
        current->mm->vma_count--;
        release(gone);
    }
    return 0;
}

/* Where a region begins for its lower neighbours: the stack keeps a gap free below it. */
static u32 guarded_start(const struct vma *vma)
{
    if (!(vma->flags & VMA_GROWSDOWN))
        return vma->start;
    return vma->start > STACK_GUARD_GAP ? vma->start - STACK_GUARD_GAP : 0;
}

s32 vmas_copy(struct mm *to)
{
    struct vma **link = &to->vmas;
    to->vmas = NULL;
    to->vma_count = 0;
    for (const struct vma *vma = current->mm->vmas; vma; vma = vma->next) {
        if (vma->flags & VMA_DONTFORK)
            continue;
        struct vma *copy = kmalloc(sizeof *copy);
        if (!copy)
            return -ENOMEM;
        *copy = *vma;
        hold(copy);
        copy->next = NULL;
        *link = copy;
        link = &copy->next;
        to->vma_count++;
        if (vma->flags & VMA_WIPEONFORK)
            continue;
        if (pages_copy(to, vma->start, vma->end, vma->flags & VMA_SHARED))
            return -ENOMEM;
    }
    return 0;
}

int vma_range_free(u32 start, u32 end)
{
    struct vma *vma = vma_find(start);
    return !vma || guarded_start(vma) >= end;
}

int vma_covers(u32 start, u32 end)
{
    for (const struct vma *vma = vma_find(start); start < end; vma = vma->next) {
        if (!vma || vma->start > start)
            return 0;
        start = vma->end;
    }
    return 1;
}

s32 range_in_pages(u32 start, u32 *length)
{
    if (start & ~PAGE_MASK || start > USER_END || *length > USER_END - start)
        return -EINVAL;
    *length = page_up(*length);
    return 0;
}

u32 vma_place(u32 length)
{
    u32 low = MMAP_MINIMUM, best = 0;
    for (struct vma *vma = current->mm->vmas;; vma = vma->next) {
        u32 high = vma ? guarded_start(vma) : USER_END;
        if (high > current->mm->mmap_base)
            high = current->mm->mmap_base;
        if (high > low && high - low >= length)
            best = high - length;
        if (!vma || vma->end >= current->mm->mmap_base)
            break;
        low = vma->end > low ? vma->end : low;
    }
    if (best)
        return best;
    low = MMAP_BOTTOM;
    for (struct vma *vma = vma_find(low);; vma = vma->next) {
        u32 high = vma ? guarded_start(vma) : USER_END;
        if (high > low && high - low >= length)
            return low;
        if (!vma)
            return 0;
        if (vma->end > low)
            low = vma->end;
    }
}
