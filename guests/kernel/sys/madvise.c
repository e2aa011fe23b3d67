/*
 * madvise, msync, mincore, mlock. Pages are never taken from a program that lives, so locking them is checked and done;
 * what a program writes to a shared file mapping is in the page cache at once, where read() sees it.
 */
#include "../errno.h"
#include "../fs/mount.h"
#include "../memlayout.h"
#include "../mm/pagetable.h"
#include "../mm/user.h"
#include "../mm/vma.h"
#include "../proc/task.h"
#include "syscall.h"

enum { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MADV_DONTNEED, MADV_FREE = 8, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK,
       MADV_MERGEABLE, MADV_UNMERGEABLE, MADV_HUGEPAGE, MADV_NOHUGEPAGE, MADV_DONTDUMP, MADV_DODUMP, MADV_WIPEONFORK, MADV_KEEPONFORK,
       MADV_COLD, MADV_PAGEOUT };
#define MS_ASYNC 1u
#define MS_INVALIDATE 2u
#define MS_SYNC 4u

/* Sets and clears flags of the mapped parts. 0 or -ENOMEM. */
static s32 set_flags(u32 start, u32 end, u32 set, u32 clear)
{
    if (vma_split_at(start) || vma_split_at(end))
        return -ENOMEM;
    for (struct vma *vma = vma_overlap(start, end); vma && vma->start < end; vma = vma->next)
        vma->flags = (vma->flags | set) & ~clear;
    vma_merge_around(start, end);
    return 0;
}

/* The next touch finds each page as it was first: zeros, or the file's. */
static void forget(u32 start, u32 end)
{
    for (struct vma *vma = vma_overlap(start, end); vma && vma->start < end; vma = vma->next)
        pages_unmap(vma->start > start ? vma->start : start, vma->end < end ? vma->end : end);
}

static int is_private_memory(u32 start, u32 end)
{
    for (const struct vma *vma = vma_overlap(start, end); vma && vma->start < end; vma = vma->next)
        if (vma->kind == VMA_FILE || vma->kind == VMA_DEVICE || vma->flags & VMA_SHARED)
            return 0;
    return 1;
}

static s32 advise(u32 start, u32 end, u32 advice)
{
    switch (advice) {
    case MADV_DONTNEED:
        forget(start, end);
        return 0;
    case MADV_FREE:
        if (!is_private_memory(start, end))
            return -EINVAL;
        forget(start, end);
        return 0;
    case MADV_DONTFORK: return set_flags(start, end, VMA_DONTFORK, 0);
    case MADV_DOFORK: return set_flags(start, end, 0, VMA_DONTFORK);
    case MADV_WIPEONFORK: return is_private_memory(start, end) ? set_flags(start, end, VMA_WIPEONFORK, 0) : -EINVAL;
    case MADV_KEEPONFORK: return set_flags(start, end, 0, VMA_WIPEONFORK);
    case MADV_REMOVE: return -EINVAL;
    default: return 0;   /* how it will be used: no matter */
    }
}

s32 sys_madvise(u32 start, u32 length, u32 advice)
{
    if (range_in_pages(start, &length) || advice > MADV_PAGEOUT || (advice > MADV_DONTNEED && advice < MADV_FREE))
        return -EINVAL;
    if (!length)
        return 0;
    s32 error = advise(start, start + length, advice);   /* the parts that are mapped, also when not all is */
    return error ? error : vma_covers(start, start + length) ? 0 : -ENOMEM;
}

s32 sys_msync(u32 start, u32 length, u32 flags)
{
    if (range_in_pages(start, &length) || flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || (flags & MS_ASYNC && flags & MS_SYNC))
        return -EINVAL;
    if (!vma_covers(start, start + length))
        return -ENOMEM;
    s32 error = 0;
    for (const struct vma *vma = vma_find(start); flags & MS_SYNC && vma && vma->start < start + length && !error; vma = vma->next)
        if (vma->kind == VMA_FILE && vma->flags & VMA_SHARED)
            error = sync_inode(vma->inode);
    return error;
}

/* A byte a page: 1 when it is in memory. */
s32 sys_mincore(u32 start, u32 length, u32 to)
{
    if (start & ~PAGE_MASK)
        return -EINVAL;
    if (range_in_pages(start, &length) || !vma_covers(start, start + length))
        return -ENOMEM;
    for (u32 at = start; at < start + length; at += PAGE_SIZE) {
        u8 there = pages_resident(at, at + PAGE_SIZE) != 0;
        if (copy_to_user(to++, &there, 1))
            return -EFAULT;
    }
    return 0;
}

static s32 check_lock(u32 start, u32 length)
{
    length += start & ~PAGE_MASK;
    start &= PAGE_MASK;
    if (range_in_pages(start, &length))
        return -EINVAL;
    return vma_covers(start, start + length) ? 0 : -ENOMEM;
}

s32 sys_mlock(u32 start, u32 length)
{
    return check_lock(start, length);
}

s32 sys_mlock2(u32 start, u32 length, u32 flags)
{
    return flags & ~1u ? -EINVAL : check_lock(start, length);
}

s32 sys_munlock(u32 start, u32 length)
{
    return check_lock(start, length);
}

s32 sys_mlockall(u32 flags)
{
    return !flags || flags & ~7u || flags == 4 ? -EINVAL : 0;
}

s32 sys_munlockall(void)
{
    return 0;
}
