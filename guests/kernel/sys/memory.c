/*
 * brk, mmap, munmap, mprotect: they change regions only. Pages come later, when they are touched (mm/fault.c).
 * As on Linux: a length is rounded up to pages, an address hint is used when that place is free, and brk answers with
 * the old end when it cannot move it.
 */
#include "../errno.h"
#include "../fs/task_files.h"
#include "../lib/format.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../fs/mount.h"
#include "../mm/frames.h"
#include "../mm/pagetable.h"
#include "../mm/shared_pages.h"
#include "../mm/user.h"
#include "../mm/vma.h"
#include "../proc/task.h"
#include "syscall.h"

/* RLIMIT_AS counts all that is mapped, RLIMIT_DATA the heap and what is private and writable. */
static int within_limits(u32 more, int data)
{
    const u32 (*limits)[2] = current->process->limits;
    u32 all = limits[RLIMIT_AS][0], of_data = limits[RLIMIT_DATA][0], mapped = 0, mapped_data = 0;
    if (all == LIMIT_NONE && of_data == LIMIT_NONE)
        return 1;
    for (const struct vma *vma = current->mm->vmas; vma; vma = vma->next) {
        mapped += vma->end - vma->start;
        if (vma->prot & PROT_WRITE && !(vma->flags & (VMA_SHARED | VMA_GROWSDOWN)))
            mapped_data += vma->end - vma->start;
    }
    return (mapped <= all && more <= all - mapped) && (!data || (mapped_data <= of_data && more <= of_data - mapped_data));
}

s32 sys_brk(u32 end)
{
    u32 old_end = page_up(current->mm->brk), new_end = page_up(end);
    if (end < current->mm->start_brk || end > USER_END - PAGE_SIZE)
        return (s32)current->mm->brk;
    if (new_end < old_end && vma_remove(new_end, old_end))
        return (s32)current->mm->brk;
    if (new_end > old_end) {
        struct vma heap = { .start = old_end, .end = new_end, .prot = PROT_READ | PROT_WRITE, .kind = VMA_HEAP, .name = "[heap]" };
        if (!within_limits(new_end - old_end, 1) || !vma_range_free(old_end, new_end) || vma_add(&heap))
            return (s32)current->mm->brk;
    }
    current->mm->brk = end;
    return (s32)end;
}

/* A path that is too long keeps its end. */
static void name_region(struct vma *region, const struct file *file)
{
    u32 frame = frame_alloc();
    char *path = frame ? dentry_path(file->dentry, root_dentry, to_virtual(frame)) : NULL;
    u32 length = path ? strlen(path) : 0;
    if (path)
        copy_string(region->name, length < sizeof region->name ? path : path + length - sizeof region->name + 1, sizeof region->name);
    if (frame)
        frame_release(frame);
}

/* What mmap of a descriptor means: fills kind, file and offset of the region. */
static s32 describe_file(struct vma *region, u32 descriptor, u32 page)
{
    const struct file *file = file_of(descriptor);
    if (!file)
        return -EBADF;
    struct inode *inode = file->inode;
    u32 length = region->end - region->start, shared_write = region->flags & VMA_SHARED && region->prot & PROT_WRITE;
    int pages = is_regular(inode) && inode->operations->read_page;
    if (!pages && inode->map == MAP_NOTHING)
        return -ENODEV;
    if (!may_read(file) || (shared_write && !may_write(file)))
        return -EACCES;
    if (page > 0x7ffff || length > 0x7ffff000u - page * PAGE_SIZE)
        return -EOVERFLOW;
    region->offset = page * PAGE_SIZE;
    region->inode = inode;
    if (file->flags & O_ACCMODE && region->flags & VMA_SHARED)
        region->flags |= VMA_MAYWRITE;
    region->kind = pages ? VMA_FILE : VMA_ANONYMOUS;
    if (inode->map == MAP_PHYSICAL) {
        if (region->offset >= inode->map_size || length > page_up(inode->map_size) - region->offset)
            return -EINVAL;
        region->kind = VMA_DEVICE;
        region->offset += inode->map_base;
    }
    name_region(region, file);
    return 0;
}

/* Where it goes: MAP_FIXED takes the place from whatever is there, a hint is tried, else vma_place. 0 or -errno in *error. */
static u32 choose_place(u32 hint, u32 length, u32 flags, s32 *error)
{
    u32 fixed = flags & (MAP_FIXED | MAP_FIXED_NOREPLACE), start = page_down(hint);
    *error = 0;
    if (fixed && (hint & ~PAGE_MASK))
        *error = -EINVAL;
    else if (fixed && (hint > USER_END || length > USER_END - hint))
        *error = -ENOMEM;
    else if (fixed && hint < MMAP_MINIMUM)
        *error = -EPERM;
    else if (flags & MAP_FIXED_NOREPLACE && vma_overlap(start, start + length))
        *error = -EEXIST;
    else if (fixed)
        return start;
    else if (start >= MMAP_MINIMUM && start < USER_END && length <= USER_END - start && vma_range_free(start, start + length))
        return start;
    else if (!(start = vma_place(length)))
        *error = -ENOMEM;
    return start;
}

s32 sys_mmap2(u32 hint, u32 length, u32 prot, u32 flags, u32 descriptor, u32 page)
{
    u32 type = flags & (MAP_SHARED | MAP_PRIVATE);
    s32 error;
    if (!length || !type)
        return -EINVAL;
    if (length > USER_END)
        return -ENOMEM;
    length = page_up(length);
    struct vma region = { .end = length, .prot = prot & (PROT_READ | PROT_WRITE | PROT_EXEC),
                          .flags = type == MAP_PRIVATE ? 0 : VMA_SHARED, .kind = VMA_ANONYMOUS };
    if (!(flags & MAP_ANONYMOUS) && (error = describe_file(&region, descriptor, page)))
        return error;
    if (!within_limits(length, region.kind == VMA_ANONYMOUS && region.prot & PROT_WRITE && !(region.flags & VMA_SHARED)))
        return -ENOMEM;
    region.start = choose_place(hint, length, flags, &error);
    if (error)
        return error;
    region.end = region.start + length;
    if (flags & MAP_FIXED && vma_remove(region.start, region.end))
        return -ENOMEM;
    if (region.kind == VMA_ANONYMOUS && region.flags & VMA_SHARED) {
        region.pages = shared_pages_create();
        if (!region.pages)
            return -ENOMEM;
        copy_string(region.name, "/dev/zero (deleted)", sizeof region.name);
    }
    error = vma_add(&region);
    if (region.pages)
        shared_pages_release(region.pages);   /* the region holds them now */
    return error ? -ENOMEM : (s32)region.start;
}

/* The old call: a pointer to six words, the offset in bytes. */
s32 sys_mmap(u32 arguments)
{
    u32 a[6];
    if (copy_from_user(a, arguments, sizeof a))
        return -EFAULT;
    if (a[5] & ~PAGE_MASK)
        return -EINVAL;
    return sys_mmap2(a[0], a[1], a[2], a[3], a[4], a[5] / PAGE_SIZE);
}

s32 sys_munmap(u32 start, u32 length)
{
    if (!length || range_in_pages(start, &length))
        return -EINVAL;
    return vma_remove(start, start + length);
}

s32 sys_mprotect(u32 start, u32 length, u32 prot)
{
    if (range_in_pages(start, &length) || prot & ~0x01000007u)   /* PROT_GROWSDOWN is allowed, and says nothing new here */
        return -EINVAL;
    u32 end = start + length;
    prot &= PROT_READ | PROT_WRITE | PROT_EXEC;
    if (!length)
        return 0;
    if (!vma_covers(start, end))
        return -ENOMEM;
    for (struct vma *vma = vma_overlap(start, end); vma && vma->start < end; vma = vma->next)
        if (prot & PROT_WRITE && vma->kind == VMA_FILE && vma->flags & VMA_SHARED && !(vma->flags & VMA_MAYWRITE))
            return -EACCES;
    if (vma_split_at(start) || vma_split_at(end))
        return -ENOMEM;
    for (struct vma *vma = vma_overlap(start, end); vma && vma->start < end; vma = vma->next)
        vma->prot = prot;
    pages_protect(start, end, prot);
    vma_merge_around(start, end);
    return 0;
}
