/* Descriptors: made, doubled, closed. */
#include "../fs/open.h"
#include "../errno.h"
#include "../fs/task_files.h"
#include "../proc/task.h"
#include "file_calls.h"

#define CLOSE_RANGE_CLOEXEC 4u

s32 sys_open(u32 path, u32 flags, u32 mode)
{
    return sys_openat((u32)AT_FDCWD, path, flags, mode);
}

s32 sys_creat(u32 path, u32 mode)
{
    return sys_openat((u32)AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

s32 sys_openat(u32 directory, u32 path, u32 flags, u32 mode)
{
    s32 error;
    struct file *file = open_user(directory, path, flags, mode, &error);
    return file ? descriptor_add(file, 0, flags & O_CLOEXEC) : error;
}

s32 sys_close(u32 descriptor)
{
    return descriptor_close(descriptor);
}

s32 sys_close_range(u32 first, u32 last, u32 flags)
{
    if (first > last || flags & ~CLOSE_RANGE_CLOEXEC)   /* CLOSE_RANGE_UNSHARE (2) is not modelled */
        return -EINVAL;
    for (u32 descriptor = first; descriptor <= last && descriptor < FILES_MAX; descriptor++) {
        if (!file_of(descriptor))
            continue;
        if (flags)
            descriptor_flag(descriptor, 1);
        else
            descriptor_close(descriptor);
    }
    return 0;
}

s32 sys_dup(u32 descriptor)
{
    struct file *file = file_of(descriptor);
    return file ? descriptor_add(file_share(file), 0, 0) : -EBADF;
}

s32 sys_dup2(u32 from, u32 to)
{
    struct file *file = file_of(from);
    if (!file)
        return -EBADF;
    return from == to ? (s32)to : descriptor_set(file_share(file), to, 0);
}

s32 sys_dup3(u32 from, u32 to, u32 flags)
{
    struct file *file = file_of(from);
    if (from == to || flags & ~O_CLOEXEC)
        return -EINVAL;
    return file ? descriptor_set(file_share(file), to, flags & O_CLOEXEC) : -EBADF;
}
