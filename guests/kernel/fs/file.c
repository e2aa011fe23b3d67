/* The descriptor table of the current task. */
#include "file.h"
#include "../errno.h"
#include "../mm/kmalloc.h"
#include "../proc/task.h"

struct file *file_of(u32 descriptor)
{
    return descriptor < FILES_OPEN ? current->files->table[descriptor] : NULL;
}

static s32 lowest_free(u32 from)
{
    for (u32 descriptor = from; descriptor < FILES_OPEN; descriptor++)
        if (!current->files->table[descriptor])
            return (s32)descriptor;
    return -EMFILE;
}

s32 file_open(struct inode *inode, u32 access)
{
    s32 descriptor = lowest_free(0);
    struct file *file = descriptor < 0 ? NULL : kmalloc(sizeof *file);
    if (!file)
        return descriptor < 0 ? descriptor : -ENOMEM;
    *file = (struct file){ .inode = inode, .references = 1, .access = access };
    current->files->table[descriptor] = file;
    return descriptor;
}

s32 file_close(u32 descriptor)
{
    struct file *file = file_of(descriptor);
    if (!file)
        return -EBADF;
    current->files->table[descriptor] = NULL;
    file_release(file);
    return 0;
}

void file_release(struct file *file)
{
    if (!--file->references)
        kfree(file);
}

s32 file_duplicate(u32 from, u32 to, u32 lowest)
{
    struct file *file = file_of(from);
    if (!file || to > FILES_OPEN)
        return -EBADF;
    s32 descriptor = to < FILES_OPEN ? (s32)to : lowest_free(lowest);
    if (descriptor < 0 || (u32)descriptor == from)
        return descriptor;
    file_close((u32)descriptor);
    current->files->table[descriptor] = file;
    file->references++;
    return descriptor;
}
