/* pipe and ioctl. */
#include "../fs/pipe.h"
#include "../errno.h"
#include "../fs/ioctl.h"
#include "../fs/task_files.h"
#include "../mm/user.h"
#include "file_calls.h"

s32 sys_pipe2(u32 to, u32 flags)
{
    struct file *reader, *writer;
    if (flags & ~(O_CLOEXEC | O_NONBLOCK | O_DIRECT))
        return -EINVAL;
    s32 error = pipe_create(flags & O_NONBLOCK, &reader, &writer), ends[2];
    if (error)
        return error;
    ends[0] = descriptor_add(reader, 0, flags & O_CLOEXEC);
    if (ends[0] < 0) {
        file_release(writer);
        return ends[0];
    }
    ends[1] = descriptor_add(writer, 0, flags & O_CLOEXEC);
    error = ends[1] < 0 ? ends[1] : copy_to_user(to, ends, sizeof ends);
    if (error)
        descriptor_close((u32)ends[0]);
    if (error && ends[1] >= 0)
        descriptor_close((u32)ends[1]);
    return error;
}

s32 sys_pipe(u32 to)
{
    return sys_pipe2(to, 0);
}

/* Bytes from the position to the end of a file. */
static s32 bytes_left(const struct file *file, u32 to)
{
    u64 size = file->inode->size;
    u32 left = size > file->position ? (u32)(size - file->position) : 0;
    return copy_to_user(to, &left, 4);
}

static s32 set_nonblocking(struct file *file, u32 at)
{
    u32 on;
    if (copy_from_user(&on, at, 4))
        return -EFAULT;
    file->flags = on ? file->flags | O_NONBLOCK : file->flags & ~O_NONBLOCK;
    return 0;
}

s32 sys_ioctl(u32 descriptor, u32 request, u32 argument)
{
    struct file *file = file_of_io(descriptor);
    if (!file)
        return -EBADF;
    switch (request) {
    case FIOCLEX: descriptor_flag(descriptor, 1); return 0;
    case FIONCLEX: descriptor_flag(descriptor, 0); return 0;
    case FIONBIO: return set_nonblocking(file, argument);
    case FIONREAD: if (is_regular(file->inode)) return bytes_left(file, argument);
    }
    if (!file->operations->ioctl)
        return -ENOTTY;
    file_share(file);
    s32 answer = file->operations->ioctl(file, request, argument);
    file_release(file);
    return answer;
}
