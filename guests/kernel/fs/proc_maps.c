/*
 * /proc/self/maps, in Linux's text form: a line a region, made anew at each read.
 *
 *   08048000-08049000 r-xp 00000000 03:01 12                         /bin/hello
 *   start    end      rwx, p private or s shared; offset; device; inode; from column 49 on the name
 */
#include "proc_maps.h"
#include "../errno.h"
#include "../proc/task.h"
#include "../lib/format.h"
#include "../mm/user.h"

#define NAME_COLUMN 49u

static u32 format_line(const struct vma *vma, char line[256])
{
    int named = vma->inode != NULL;
    u32 offset = vma->kind == VMA_FILE ? vma->offset : 0;
    u32 length = format(line, 256, "%08x-%08x %c%c%c%c %08x %02x:%02x %u", vma->start, vma->end, vma->prot & PROT_READ ? 'r' : '-',
                        vma->prot & PROT_WRITE ? 'w' : '-', vma->prot & PROT_EXEC ? 'x' : '-', vma->flags & VMA_SHARED ? 's' : 'p', offset,
                        named && vma->kind == VMA_FILE ? 3 : 0, named && vma->kind == VMA_FILE ? 1 : named ? 5 : 0,
                        named ? vma->inode->number : 0);
    if (vma->name[0]) {
        while (length < NAME_COLUMN)
            line[length++] = ' ';
        length += format(line + length, 256 - length, "%s", vma->name);
    }
    line[length++] = '\n';
    return length;
}

static s32 maps_read(struct file *file, u32 buffer, u32 count)
{
    char line[256];
    u32 at = 0, done = 0;   /* at: offset of the line in the whole text */
    for (const struct vma *vma = current->mm->vmas; vma && done < count; vma = vma->next) {
        u32 length = format_line(vma, line);
        if (file->position < at + length) {
            u32 from = file->position - at, part = length - from;
            if (part > count - done)
                part = count - done;
            if (copy_to_user(buffer + done, line + from, part))
                return done ? (s32)done : -EFAULT;
            file->position += part;
            done += part;
        }
        at += length;
    }
    return (s32)done;
}

const struct file_operations maps_operations = { .read = maps_read };
