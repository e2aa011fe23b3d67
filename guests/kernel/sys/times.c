/* utime and its successors: times of files, in seconds, microseconds and nanoseconds. */
#include "../errno.h"
#include "../fs/inode_cache.h"
#include "../fs/permission.h"
#include "../fs/task_files.h"
#include "../fs/walk.h"
#include "../mm/user.h"
#include "file_calls.h"

#define UTIME_NOW  0x3fffffffu
#define UTIME_OMIT 0x3ffffffeu

/* times[0]: of the last access, times[1]: of the last change. NULL: now, which who may write may say too. */
static s32 set_times(struct inode *inode, const struct time times[2])
{
    struct time now = clock_now(), both_now[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
    if (!times)
        times = both_now;
    int all_now = times[0].nanoseconds == UTIME_NOW && times[1].nanoseconds == UTIME_NOW;
    if (times[0].nanoseconds == UTIME_OMIT && times[1].nanoseconds == UTIME_OMIT)
        return 0;
    s32 error = inode->super->read_only ? -EROFS : permission_owner(inode);
    if (error == -EPERM && all_now)
        error = permission(inode, MAY_WRITE);
    if (error)
        return error;
    for (u32 i = 0; i < 2; i++) {
        struct time *to = i ? &inode->mtime : &inode->atime;
        if (times[i].nanoseconds != UTIME_OMIT)
            *to = times[i].nanoseconds == UTIME_NOW ? now : times[i];
    }
    inode->ctime = now;
    return inode_changed(inode);
}

static s32 check(const struct time times[2])
{
    for (u32 i = 0; i < 2; i++)
        if (times[i].nanoseconds > 999999999 && times[i].nanoseconds != UTIME_NOW && times[i].nanoseconds != UTIME_OMIT)
            return -EINVAL;
    return 0;
}

/* A path of 0 is the descriptor itself. */
static s32 set_at(u32 directory, u32 path, const struct time *times, u32 flags)
{
    struct walk walk;
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    if (!path) {
        struct file *file = file_of_io(directory);
        return directory == (u32)AT_FDCWD ? -EFAULT : file ? set_times(file->inode, times) : -EBADF;
    }
    s32 error = walk_user(directory, path, flags, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW, &walk);
    if (error)
        return error;
    error = set_times(walk.found->inode, times);
    walk_end(&walk);
    return error;
}

s32 sys_utimensat(u32 directory, u32 path, u32 times_at, u32 flags)
{
    struct time times[2];
    if (times_at && copy_from_user(times, times_at, sizeof times))
        return -EFAULT;
    if (times_at && check(times))
        return -EINVAL;
    return set_at(directory, path, times_at ? times : NULL, flags);
}

s32 sys_utimensat64(u32 directory, u32 path, u32 times_at, u32 flags)
{
    struct { u64 seconds; u32 nanoseconds, pad; } wide[2];
    struct time times[2];
    if (times_at && copy_from_user(wide, times_at, sizeof wide))
        return -EFAULT;
    for (u32 i = 0; times_at && i < 2; i++)
        times[i] = (struct time){ (u32)wide[i].seconds, wide[i].nanoseconds };
    if (times_at && check(times))
        return -EINVAL;
    return set_at(directory, path, times_at ? times : NULL, flags);
}

s32 sys_futimesat(u32 directory, u32 path, u32 times_at)
{
    struct time times[2];   /* with microseconds, at first */
    if (times_at && copy_from_user(times, times_at, sizeof times))
        return -EFAULT;
    for (u32 i = 0; times_at && i < 2; i++) {
        if (times[i].nanoseconds > 999999)
            return -EINVAL;
        times[i].nanoseconds *= 1000;
    }
    return set_at(directory, path, times_at ? times : NULL, 0);
}

s32 sys_utimes(u32 path, u32 times_at)
{
    return sys_futimesat((u32)AT_FDCWD, path, times_at);
}

s32 sys_utime(u32 path, u32 times_at)
{
    u32 seconds[2] = { 0, 0 };
    if (times_at && copy_from_user(seconds, times_at, sizeof seconds))
        return -EFAULT;
    struct time times[2] = { { seconds[0], 0 }, { seconds[1], 0 } };
    return set_at((u32)AT_FDCWD, path, times_at ? times : NULL, 0);
}
