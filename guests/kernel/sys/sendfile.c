/* sendfile: from a file to another open file, through a page of the kernel. */
#include "../errno.h"
#include "../fs/task_files.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../mm/user.h"
#include "file_calls.h"

/* Up to a page. Bytes moved, or -errno. */
static s32 send_part(struct file *out, struct file *in, u64 *from, void *page, u32 count)
{
    u64 at = *from;
    struct io source = io_of_kernel(page, count < PAGE_SIZE ? count : PAGE_SIZE);
    s32 got = in->operations->read(in, &source, &at);
    if (got <= 0)
        return got;
    struct io sink = io_of_kernel(page, (u32)got);
    u64 own = out->position;
    s32 put = out->operations->write(out, &sink, &own);
    if (put > 0) {
        out->position = own;
        *from += (u32)put;
    }
    return put;
}

static s32 send(u32 out_descriptor, u32 in_descriptor, u64 *position, u32 count)
{
    struct file *out = file_of_io(out_descriptor), *in = file_of_io(in_descriptor);
    u32 done = 0;
    s32 moved = 0;
    if (!in || !may_read(in) || !out || !may_write(out))
        return -EBADF;
    if (in->operations->unseekable)
        return position ? -ESPIPE : -EINVAL;
    if (!in->operations->read || !out->operations->write || is_directory(in->inode) || out->flags & O_APPEND)
        return -EINVAL;
    u32 frame = frame_alloc();
    if (!frame)
        return -ENOMEM;
    file_share(out);
    file_share(in);
    u64 own = in->position;
    count = count < IO_MAX ? count : IO_MAX;
    while (done < count && (moved = send_part(out, in, position ? position : &own, to_virtual(frame), count - done)) > 0)
        done += (u32)moved;
    if (!position)
        in->position = own;
    file_release(in);
    file_release(out);
    frame_release(frame);
    return done ? (s32)done : moved;
}

s32 sys_sendfile64(u32 out, u32 in, u32 offset_at, u32 count)
{
    u64 position = 0;
    if (!offset_at)
        return send(out, in, NULL, count);
    if (copy_from_user(&position, offset_at, sizeof position))
        return -EFAULT;
    s32 moved = (s64)position < 0 ? -EINVAL : send(out, in, &position, count);
    return copy_to_user(offset_at, &position, sizeof position) ? -EFAULT : moved;
}

s32 sys_sendfile(u32 out, u32 in, u32 offset_at, u32 count)
{
    u32 offset = 0;
    if (!offset_at)
        return send(out, in, NULL, count);
    if (copy_from_user(&offset, offset_at, sizeof offset))
        return -EFAULT;
    u64 position = offset;
    s32 moved = (s32)offset < 0 ? -EINVAL : send(out, in, &position, count);
    offset = (u32)position;
    return copy_to_user(offset_at, &offset, sizeof offset) ? -EFAULT : moved;
}
