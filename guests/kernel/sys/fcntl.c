/* fcntl: flags of descriptors and of open files, doubling, record locks. */
#include "../errno.h"
#include "../fs/locks.h"
#include "../fs/pipe.h"
#include "../fs/task_files.h"
#include "../proc/task.h"
#include "file_calls.h"

enum { F_DUPFD = 0, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_SETOWN, F_GETOWN, F_GETLK64 = 12, F_SETLK64, F_SETLKW64,
       F_DUPFD_CLOEXEC = 1030, F_SETPIPE_SZ = 1031, F_GETPIPE_SZ = 1032 };

#define FD_CLOEXEC 1u
#define SETTABLE (O_APPEND | O_NONBLOCK | O_ASYNC | O_DIRECT | O_NOATIME)

static s32 duplicate(struct file *file, u32 from, int close_on_exec)
{
    return from >= current->files->limit ? -EINVAL : descriptor_add(file_share(file), from, close_on_exec);
}

static s32 pipe_size(const struct file *file)
{
    return (file->inode->mode & S_IFMT) == S_IFIFO ? (s32)PIPE_SIZE : -EBADF;
}

s32 sys_fcntl64(u32 descriptor, u32 command, u32 argument)
{
    struct file *file = file_of(descriptor);
    if (!file)
        return -EBADF;
    if (file->flags & O_PATH && command != F_DUPFD && command != F_DUPFD_CLOEXEC && command != F_GETFD && command != F_SETFD && command != F_GETFL)
        return -EBADF;
    switch (command) {
    case F_DUPFD: return duplicate(file, argument, 0);
    case F_DUPFD_CLOEXEC: return duplicate(file, argument, 1);
    case F_GETFD: return descriptor_closes_on_exec(descriptor) ? (s32)FD_CLOEXEC : 0;
    case F_SETFD: descriptor_flag(descriptor, argument & FD_CLOEXEC); return 0;
    case F_GETFL: return (s32)file->flags;
    case F_SETFL: file->flags = (file->flags & ~SETTABLE) | (argument & SETTABLE); return 0;
    case F_GETLK: case F_SETLK: case F_SETLKW: return lock_call(file, command - F_GETLK, argument, 0);
    case F_GETLK64: case F_SETLK64: case F_SETLKW64: return lock_call(file, command - F_GETLK64, argument, 1);
    case F_GETOWN: case F_SETOWN: return 0;   /* no SIGIO is ever sent */
    case F_GETPIPE_SZ: case F_SETPIPE_SZ: return pipe_size(file);
    default: return -EINVAL;
    }
}

/* The old call knows no 64-bit locks. */
s32 sys_fcntl(u32 descriptor, u32 command, u32 argument)
{
    return command >= F_GETLK64 && command <= F_SETLKW64 ? -EINVAL : sys_fcntl64(descriptor, command, argument);
}
