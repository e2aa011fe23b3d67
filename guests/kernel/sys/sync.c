/* Writing to the disk, room on it, and advice about it. */
#include "../errno.h"
#include "../fs/mount.h"
#include "../fs/regular.h"
#include "../fs/task_files.h"
#include "file_calls.h"

#define FALLOC_KEEP_SIZE 1u

s32 sys_sync(void)
{
    sync_all();
    return 0;
}

s32 sys_fsync(u32 descriptor)
{
    struct file *file = file_of_io(descriptor);
    if (!file)
        return -EBADF;
    return is_regular(file->inode) || is_directory(file->inode) ? sync_inode(file->inode) : -EINVAL;
}

s32 sys_syncfs(u32 descriptor)
{
    return file_of_io(descriptor) ? sync_all() : -EBADF;
}

/* Room is made by preparing pages for writing; other modes than growing, holes for one, are not modelled. */
s32 sys_fallocate(u32 descriptor, u32 mode, u32 offset_low, u32 offset_high, u32 length_low, u32 length_high)
{
    struct file *file = file_of_io(descriptor);
    u64 offset = (u64)offset_high << 32 | offset_low, length = (u64)length_high << 32 | length_low;
    if (!file || !may_write(file))
        return -EBADF;
    if ((s64)offset < 0 || (s64)length <= 0)
        return -EINVAL;
    if (mode & ~FALLOC_KEEP_SIZE)
        return -EOPNOTSUPP;
    if (!is_regular(file->inode))
        return file->operations->unseekable ? -ESPIPE : -ENODEV;
    if (offset + length > FILE_SIZE_MAX || offset + length < offset)
        return -EFBIG;
    return inode_make_room(file->inode, offset, offset + length, mode & FALLOC_KEEP_SIZE);
}

/* posix_fadvise and readahead: nothing here is slow enough to be advised about. */
s32 sys_fadvise(u32 descriptor)
{
    const struct file *file = file_of_io(descriptor);
    return !file ? -EBADF : file->operations->unseekable ? -ESPIPE : 0;
}
