/* lseek in its two forms. SEEK_DATA and SEEK_HOLE take a file for one piece of data, as file systems without holes do. */
#include "../errno.h"
#include "../fs/task_files.h"
#include "../mm/user.h"
#include "file_calls.h"

enum { SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA, SEEK_HOLE };

static s32 seek(u32 descriptor, s64 offset, u32 whence, u64 *position)
{
    struct file *file = file_of_io(descriptor);
    if (!file)
        return -EBADF;
    if (whence > SEEK_HOLE)
        return -EINVAL;
    if (file->operations->unseekable)
        return -ESPIPE;
    s64 size = (s64)file->inode->size, to = offset;
    if (whence >= SEEK_DATA) {
        if (offset < 0 || offset >= size)
            return -ENXIO;
        to = whence == SEEK_DATA ? offset : size;
    } else
        to += whence == SEEK_CUR ? (s64)file->position : whence == SEEK_END ? size : 0;
    if (to < 0)
        return -EINVAL;
    file->position = *position = (u64)to;
    return 0;
}

s32 sys_lseek(u32 descriptor, u32 offset, u32 whence)
{
    u64 position;
    s32 error = seek(descriptor, (s32)offset, whence, &position);
    return error ? error : position > 0x7fffffff ? -EOVERFLOW : (s32)position;
}

s32 sys_llseek(u32 descriptor, u32 high, u32 low, u32 result, u32 whence)
{
    u64 position;
    s32 error = seek(descriptor, (s64)((u64)high << 32 | low), whence, &position);
    return error ? error : copy_to_user(result, &position, sizeof position);
}
