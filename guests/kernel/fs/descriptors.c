/* Descriptors: the names by which a program knows its open files. */
#include "../errno.h"
#include "../proc/task.h"
#include "locks.h"
#include "task_files.h"

void files_close(struct files *files, u32 descriptor)
{
    struct file *file = files->table[descriptor];
    locks_drop(file->inode, current->process->pid);
    files->table[descriptor] = NULL;
    files->close_on_exec[descriptor / 32] &= ~(1u << descriptor % 32);
    file_release(file);
}

void files_close_on_exec(struct files *files)
{
    for (u32 i = 0; i < files->end; i++)
        if (files->close_on_exec[i / 32] >> i % 32 & 1)
            files_close(files, i);
}

struct file *file_of(u32 descriptor)
{
    return descriptor < FILES_MAX ? current->files->table[descriptor] : NULL;
}

struct file *file_of_io(u32 descriptor)
{
    struct file *file = file_of(descriptor);
    return file && file->flags & O_PATH ? NULL : file;
}

static void flag(struct files *files, u32 descriptor, int close_on_exec)
{
    u32 bit = 1u << descriptor % 32, *word = &files->close_on_exec[descriptor / 32];
    *word = close_on_exec ? *word | bit : *word & ~bit;
}

static void set(struct files *files, u32 descriptor, struct file *file, int close_on_exec)
{
    files->table[descriptor] = file;
    if (descriptor >= files->end)
        files->end = descriptor + 1;
    flag(files, descriptor, close_on_exec);
}

s32 descriptor_add(struct file *file, u32 from, int close_on_exec)
{
    struct files *files = current->files;
    u32 descriptor = from;
    while (descriptor < files->limit && files->table[descriptor])
        descriptor++;
    if (descriptor >= files->limit) {
        file_release(file);
        return from >= files->limit ? -EINVAL : -EMFILE;
    }
    set(files, descriptor, file, close_on_exec);
    return (s32)descriptor;
}

s32 descriptor_set(struct file *file, u32 to, int close_on_exec)
{
    struct files *files = current->files;
    if (to >= files->limit) {
        file_release(file);
        return -EBADF;
    }
    struct file *old = files->table[to];
    set(files, to, file, close_on_exec);
    if (old) {
        locks_drop(old->inode, current->process->pid);
        file_release(old);
    }
    return (s32)to;
}

s32 descriptor_close(u32 descriptor)
{
    if (!file_of(descriptor))
        return -EBADF;
    files_close(current->files, descriptor);
    return 0;
}

void descriptor_flag(u32 descriptor, int close_on_exec)
{
    flag(current->files, descriptor, close_on_exec);
}

int descriptor_closes_on_exec(u32 descriptor)
{
    return current->files->close_on_exec[descriptor / 32] >> descriptor % 32 & 1;
}
