/* flock: locks of whole files by open files. They are record locks whose owner is the open file, apart from those of fcntl(). */
#include "../errno.h"
#include "../fs/locks.h"
#include "../fs/task_files.h"
#include "file_calls.h"

enum { LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8 };

s32 sys_flock(u32 descriptor, u32 operation)
{
    struct file *file = file_of_io(descriptor);
    u32 kind = operation & ~LOCK_NB;
    if (!file)
        return -EBADF;
    if (kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN)
        return -EINVAL;
    return lock_whole(file, kind == LOCK_UN ? LOCK_NONE : kind == LOCK_SH ? LOCK_SHARED : LOCK_EXCLUSIVE, operation & LOCK_NB);
}
