/* read, write and their like. An open file is held while it is used: another thread may close its descriptor. */
#include "../fs/io.h"
#include "../errno.h"
#include "../fs/task_files.h"
#include "../mm/user.h"
#include "file_calls.h"

typedef s32 transfer(struct file *file, struct io *io, u64 *position);

/* `position` NULL: the file's own. */
static s32 run(u32 descriptor, struct io io, u64 *position, int writing)
{
    struct file *file = file_of_io(descriptor);
    if (!file || !(writing ? may_write(file) : may_read(file)))
        return -EBADF;
    if (!writing && is_directory(file->inode))
        return -EISDIR;
    if (position && file->operations->unseekable)
        return -ESPIPE;
    transfer *one = writing ? file->operations->write : file->operations->read;
    if (!one)
        return -EINVAL;
    file_share(file);
    u64 own = file->position, *at = position ? position : &own;
    s32 moved = one(file, &io, at);
    if (!position)
        file->position = own;
    file_release(file);
    return moved;
}

static s32 run_vector(u32 descriptor, u32 vector, u32 count, u64 *position, int writing)
{
    struct io io;
    if (!file_of_io(descriptor))
        return -EBADF;
    s32 error = io_of_vector(vector, count, &io);
    return error ? error : run(descriptor, io, position, writing);
}

static s32 at_position(u32 low, u32 high, u64 *position)
{
    *position = (u64)high << 32 | low;
    return (s32)high < 0 ? -EINVAL : 0;
}

s32 sys_read(u32 descriptor, u32 buffer, u32 count)
{
    return run(descriptor, io_of_user(buffer, count), NULL, 0);
}

s32 sys_write(u32 descriptor, u32 buffer, u32 count)
{
    return run(descriptor, io_of_user(buffer, count), NULL, 1);
}

s32 sys_readv(u32 descriptor, u32 vector, u32 count)
{
    return run_vector(descriptor, vector, count, NULL, 0);
}

s32 sys_writev(u32 descriptor, u32 vector, u32 count)
{
    return run_vector(descriptor, vector, count, NULL, 1);
}

s32 sys_pread64(u32 descriptor, u32 buffer, u32 count, u32 low, u32 high)
{
    u64 position;
    s32 error = at_position(low, high, &position);
    return error ? error : run(descriptor, io_of_user(buffer, count), &position, 0);
}

s32 sys_pwrite64(u32 descriptor, u32 buffer, u32 count, u32 low, u32 high)
{
    u64 position;
    s32 error = at_position(low, high, &position);
    return error ? error : run(descriptor, io_of_user(buffer, count), &position, 1);
}

s32 sys_preadv(u32 descriptor, u32 vector, u32 count, u32 low, u32 high)
{
    u64 position;
    s32 error = at_position(low, high, &position);
    return error ? error : run_vector(descriptor, vector, count, &position, 0);
}

s32 sys_pwritev(u32 descriptor, u32 vector, u32 count, u32 low, u32 high)
{
    u64 position;
    s32 error = at_position(low, high, &position);
    return error ? error : run_vector(descriptor, vector, count, &position, 1);
}

/* preadv2 and pwritev2: position -1 is the file's own. Flags (RWF_) but none are not modelled. */
s32 sys_preadv2(u32 descriptor, u32 vector, u32 count, u32 low, u32 high, u32 flags)
{
    if (flags)
        return -EOPNOTSUPP;
    return (low & high) == 0xffffffff ? sys_readv(descriptor, vector, count) : sys_preadv(descriptor, vector, count, low, high);
}

s32 sys_pwritev2(u32 descriptor, u32 vector, u32 count, u32 low, u32 high, u32 flags)
{
    if (flags)
        return -EOPNOTSUPP;
    return (low & high) == 0xffffffff ? sys_writev(descriptor, vector, count) : sys_pwritev(descriptor, vector, count, low, high);
}
