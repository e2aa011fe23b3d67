/*
 * mremap: shrink, grow in place, or move a region; its pages move with it. As realloc of a large block uses it.
 * An old length of 0 makes a second mapping of shared pages; MREMAP_DONTUNMAP leaves the old place mapped, and empty.
 */
#include "../errno.h"
#include "../memlayout.h"
#include "../mm/pagetable.h"
#include "../mm/vma.h"
#include "syscall.h"

#define MREMAP_MAYMOVE 1u
#define MREMAP_FIXED   2u
#define MREMAP_DONTUNMAP 4u

/* Moves [start, start+old) to a place of `length` bytes at `to`, which is free. */
static s32 move(const struct vma *vma, u32 start, u32 old, u32 to, u32 length, u32 keep)
{
    struct vma region = *vma;
    region.offset += vma->kind == VMA_FILE || vma->kind == VMA_DEVICE || vma->pages ? start - vma->start : 0;
    region.start = to;
    region.end = to + length;
    if (region.kind == VMA_HEAP || region.kind == VMA_STACK || region.kind == VMA_BSS) {
        region.kind = VMA_ANONYMOUS;
        region.flags &= ~VMA_GROWSDOWN;
        region.name[0] = 0;
    }
    if (vma_add(&region))
        return -ENOMEM;
    if (pages_move(start, to, old)) {
        vma_remove(to, to + length);
        return -ENOMEM;
    }
    return !keep && old && vma_remove(start, start + old) ? -ENOMEM : (s32)to;
}

s32 sys_mremap(u32 start, u32 old_length, u32 new_length, u32 flags, u32 new_start)
{
    if (start & ~PAGE_MASK || flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP) || !new_length)
        return -EINVAL;
    u32 keep = flags & MREMAP_DONTUNMAP;
    if (keep && (!(flags & MREMAP_MAYMOVE) || old_length != new_length))
        return -EINVAL;
    if (old_length > USER_END || new_length > USER_END)
        return -EINVAL;
    u32 old = page_up(old_length), length = page_up(new_length);
    struct vma *vma = vma_find(start);
    if (!vma || vma->start > start || old > vma->end - start)
        return -EFAULT;
    if ((!old && !(vma->flags & VMA_SHARED && flags & MREMAP_MAYMOVE)) || (keep && (vma->kind == VMA_FILE || vma->kind == VMA_DEVICE)))
        return -EINVAL;
    if (flags & MREMAP_FIXED) {
        if (!(flags & MREMAP_MAYMOVE) || new_start & ~PAGE_MASK || new_start < MMAP_MINIMUM || new_start > USER_END || length > USER_END - new_start)
            return -EINVAL;
        if (new_start < start + old && start < new_start + length)
            return -EINVAL;
        if (vma_remove(new_start, new_start + length))
            return -ENOMEM;
        if (length < old && vma_remove(start + length, start + old))
            return -ENOMEM;
        return move(vma_find(start), start, length < old ? length : old, new_start, length, keep);
    }
    if (length <= old && !keep)
        return length == old || !vma_remove(start + length, start + old) ? (s32)start : -ENOMEM;
    if (old && !keep && start + old == vma->end && length <= USER_END - start && vma_range_free(vma->end, start + length) && vma->kind != VMA_DEVICE) {
        vma->end = start + length;
        vma_merge_around(start, start + length);
        return (s32)start;
    }
    if (!(flags & MREMAP_MAYMOVE) || vma->kind == VMA_DEVICE)
        return -ENOMEM;
    u32 to = vma_place(length);
    return to ? move(vma, start, old, to, length, keep) : -ENOMEM;
}
