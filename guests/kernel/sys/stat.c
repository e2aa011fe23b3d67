/*
 * What is known of a file, in the structures of four generations of calls.
 * Layouts: Linux/i386 struct stat, 64 bytes; stat64, 96; statx, 256; the oldest, __old_kernel_stat, 32.
 */
#include "../errno.h"
#include "../fs/file.h"
#include "../fs/task_files.h"
#include "../fs/walk.h"
#include "../mm/user.h"
#include "file_calls.h"

#define HERE ((u32)AT_FDCWD)
#define BLOCK 4096u
#define STATX_BASIC_STATS 0x7ffu
#define STATX_RESERVED    0x80000000u
#define AT_STATX_SYNC_TYPE 0x6000u

struct stat {
    u32 st_dev, st_ino;
    u16 st_mode, st_nlink, st_uid, st_gid;
    u32 st_rdev, st_size, st_blksize, st_blocks;
    struct time st_atime, st_mtime, st_ctime;
    u32 unused[2];
};

struct stat64 {
    u64 st_dev;
    u32 pad, short_ino, st_mode, st_nlink, st_uid, st_gid;
    u64 st_rdev;
    u32 pad2;
    u64 st_size;
    u32 st_blksize;
    u64 st_blocks;
    struct time st_atime, st_mtime, st_ctime;
    u64 st_ino;
} __attribute__((packed));

struct statx_time {
    s64 seconds;
    u32 nanoseconds, pad;
};

struct statx {
    u32 stx_mask, stx_blksize;
    u64 stx_attributes;
    u32 stx_nlink, stx_uid, stx_gid;
    u16 stx_mode, pad;
    u64 stx_ino, stx_size, stx_blocks, stx_attributes_mask;
    struct statx_time stx_atime, stx_btime, stx_ctime, stx_mtime;
    u32 stx_rdev_major, stx_rdev_minor, stx_dev_major, stx_dev_minor;
    u64 rest[14];
} __attribute__((packed));

_Static_assert(sizeof(struct stat) == 64 && sizeof(struct stat64) == 96 && sizeof(struct statx) == 256, "stat: layouts");

static s32 fill(const struct inode *i, u32 to)
{
    struct stat s = { .st_dev = i->super->device, .st_ino = i->number, .st_mode = (u16)i->mode, .st_nlink = (u16)i->links, .st_uid = (u16)i->user,
                      .st_gid = (u16)i->group, .st_rdev = i->device, .st_size = (u32)i->size, .st_blksize = BLOCK, .st_blocks = i->sectors,
                      .st_atime = i->atime, .st_mtime = i->mtime, .st_ctime = i->ctime };
    return i->size >> 31 ? -EOVERFLOW : copy_to_user(to, &s, sizeof s);
}

static s32 fill64(const struct inode *i, u32 to)
{
    struct stat64 s = { .st_dev = i->super->device, .short_ino = i->number, .st_ino = i->number, .st_mode = i->mode, .st_nlink = i->links,
                        .st_uid = i->user, .st_gid = i->group, .st_rdev = i->device, .st_size = i->size, .st_blksize = BLOCK,
                        .st_blocks = i->sectors, .st_atime = i->atime, .st_mtime = i->mtime, .st_ctime = i->ctime };
    return copy_to_user(to, &s, sizeof s);
}

static struct statx_time wide(struct time time)
{
    return (struct statx_time){ .seconds = (s32)time.seconds, .nanoseconds = time.nanoseconds };
}

static s32 fill_extended(const struct inode *i, u32 to)
{
    struct statx s = { .stx_mask = STATX_BASIC_STATS, .stx_blksize = BLOCK, .stx_nlink = i->links, .stx_uid = i->user, .stx_gid = i->group,
                       .stx_mode = (u16)i->mode, .stx_ino = i->number, .stx_size = i->size, .stx_blocks = i->sectors,
                       .stx_atime = wide(i->atime), .stx_mtime = wide(i->mtime), .stx_ctime = wide(i->ctime),
                       .stx_rdev_major = i->device >> 8, .stx_rdev_minor = i->device & 0xff,
                       .stx_dev_major = i->super->device >> 8, .stx_dev_minor = i->super->device & 0xff };
    return copy_to_user(to, &s, sizeof s);
}

typedef s32 filler(const struct inode *inode, u32 to);

static s32 of_path(u32 directory, u32 path, u32 flags, u32 to, filler *how)
{
    struct walk walk;
    s32 error = walk_user(directory, path, flags, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW, &walk);
    if (error)
        return error;
    error = how(walk.found->inode, to);
    walk_end(&walk);
    return error;
}

static s32 of_file(u32 descriptor, u32 to, filler *how)
{
    const struct file *file = file_of(descriptor);
    return file ? how(file->inode, to) : -EBADF;
}

s32 sys_stat(u32 path, u32 to)
{
    return of_path(HERE, path, 0, to, fill);
}

s32 sys_lstat(u32 path, u32 to)
{
    return of_path(HERE, path, AT_SYMLINK_NOFOLLOW, to, fill);
}

s32 sys_fstat(u32 descriptor, u32 to)
{
    return of_file(descriptor, to, fill);
}

s32 sys_stat64(u32 path, u32 to)
{
    return of_path(HERE, path, 0, to, fill64);
}

s32 sys_lstat64(u32 path, u32 to)
{
    return of_path(HERE, path, AT_SYMLINK_NOFOLLOW, to, fill64);
}

s32 sys_fstat64(u32 descriptor, u32 to)
{
    return of_file(descriptor, to, fill64);
}

s32 sys_fstatat64(u32 directory, u32 path, u32 to, u32 flags)
{
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
        return -EINVAL;
    return of_path(directory, path, flags, to, fill64);
}

s32 sys_statx(u32 directory, u32 path, u32 flags, u32 mask, u32 to)
{
    if (mask & STATX_RESERVED || flags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE) ||
        (flags & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE)
        return -EINVAL;
    return of_path(directory, path, flags, to, fill_extended);
}
