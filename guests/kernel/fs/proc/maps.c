/*
 * /proc/PID/maps and smaps: a line a region.
 *
 *   08048000-08049000 r-xp 00000000 08:01 12                         /bin/hello
 *   start    end      rwx, p private or s shared; offset; device; inode; from column 73 of a 64-bit Linux, 49 here, the name
 */
#include "../../memlayout.h"
#include "internal.h"

#define NAME_COLUMN 49u
#define KIB_PER_PAGE (PAGE_SIZE / 1024)

static void region(struct text *text, const struct vma *vma)
{
    u32 start = text_length(text), number = vma->inode ? vma->inode->number : 0, device = vma->inode ? vma->inode->super->device : 0;
    text_add(text, "%08x-%08x %c%c%c%c %08x %02x:%02x %u", vma->start, vma->end, vma->prot & PROT_READ ? 'r' : '-',
             vma->prot & PROT_WRITE ? 'w' : '-', vma->prot & PROT_EXEC ? 'x' : '-', vma->flags & VMA_SHARED ? 's' : 'p',
             vma->kind == VMA_FILE ? vma->offset : 0, device >> 8, device & 0xff, number);
    text_add(text, " ");
    if (vma->name[0]) {
        text_pad(text, start, NAME_COLUMN);
        text_add(text, "%s", vma->name);
    }
    text_add(text, "\n");
}

s32 proc_maps(struct text *text, struct process *process)
{
    const struct mm *mm = proc_mm(process);
    for (const struct vma *vma = mm ? mm->vmas : NULL; vma; vma = vma->next)
        region(text, vma);
    return 0;
}

static void line(struct text *text, const char *name, u32 kib)
{
    u32 start = text_length(text);
    char digits = 0;
    for (u32 rest = kib; rest >= 10; rest /= 10)
        digits++;
    text_add(text, "%s:", name);
    text_pad(text, start, 24u - 1u - (u32)digits);
    text_add(text, "%u kB\n", kib);
}

s32 proc_smaps(struct text *text, struct process *process)
{
    const struct mm *mm = proc_mm(process);
    for (const struct vma *vma = mm ? mm->vmas : NULL; vma; vma = vma->next) {
        struct residency u = { 0 };
        proc_count(mm, vma, &u);
        u32 shared_dirty = vma->flags & VMA_SHARED ? u.dirty : 0, private_dirty = u.dirty - shared_dirty;
        u32 shared_clean = u.shared > shared_dirty ? u.shared - shared_dirty : 0, rest = shared_clean + shared_dirty + private_dirty;
        region(text, vma);
        line(text, "Size", (vma->end - vma->start) / 1024);
        line(text, "KernelPageSize", KIB_PER_PAGE);
        line(text, "MMUPageSize", KIB_PER_PAGE);
        line(text, "Rss", u.pages * KIB_PER_PAGE);
        line(text, "Pss", (u.pages - u.shared + u.shared / 2) * KIB_PER_PAGE);
        line(text, "Shared_Clean", shared_clean * KIB_PER_PAGE);
        line(text, "Shared_Dirty", shared_dirty * KIB_PER_PAGE);
        line(text, "Private_Clean", (u.pages > rest ? u.pages - rest : 0) * KIB_PER_PAGE);
        line(text, "Private_Dirty", private_dirty * KIB_PER_PAGE);
        line(text, "Referenced", u.pages * KIB_PER_PAGE);
        line(text, "Anonymous", u.anonymous * KIB_PER_PAGE);
        line(text, "Swap", 0);
        text_add(text, "VmFlags:%s%s%s%s%s\n", vma->prot & PROT_READ ? " rd" : "", vma->prot & PROT_WRITE ? " wr" : "", vma->prot & PROT_EXEC ? " ex" : "",
                 vma->flags & VMA_SHARED ? " sh" : "", vma->flags & VMA_GROWSDOWN ? " gd" : "");
    }
    return 0;
}
