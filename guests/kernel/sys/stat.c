/*
 * stat64 and its like, statx, access. Owner is root; devices other than the disk are characters.
 * Layouts: Linux/i386 struct stat64, 96 bytes; struct statx, 256 bytes.
 */
#include "../errno.h"
#include "../fs/file.h"
#include "../lib/string.h"
#include "../mm/user.h"
#include "syscall.h"

struct stat64 {
    u64 st_dev;
    u32 pad, short_ino, st_mode, st_nlink, st_uid, st_gid;
    u64 st_rdev;
    u32 pad2;
    u64 st_size;
    u32 st_blksize;
    u64 st_blocks;
    u32 st_atime, atime_nsec, st_mtime, mtime_nsec, st_ctime, ctime_nsec;
    u64 st_ino;
} __attribute__((packed));

_Static_assert(sizeof(struct stat64) == 96, "struct stat64: layout");

struct statx {
    u32 stx_mask, stx_blksize;
    u64 stx_attributes;
    u32 stx_nlink, stx_uid, stx_gid;
    u16 stx_mode, pad;
    u64 stx_ino, stx_size, stx_blocks, stx_attributes_mask;
    struct { u64 seconds; u32 nanoseconds, pad; } stx_atime, stx_btime, stx_ctime, stx_mtime;
    u32 stx_rdev_major, stx_rdev_minor, stx_dev_major, stx_dev_minor;
    u64 rest[14];
} __attribute__((packed));

_Static_assert(sizeof(struct statx) == 256, "struct statx: layout");

#define STATX_BASIC_STATS 0x7ffu

#define S_IFREG 0100000u
#define S_IFDIR 0040000u
#define S_IFCHR 0020000u

static u32 mode_of(const struct inode *inode)
{
    static const u32 types[] = { [INODE_FILE] = S_IFREG, [INODE_DIRECTORY] = S_IFDIR, [INODE_DEVICE] = S_IFCHR };
    return types[inode->kind] | inode->mode;
}

static s32 fill(const struct inode *inode, u32 to)
{
    int device = inode->kind == INODE_DEVICE;
    struct stat64 s = { .st_dev = device ? 5 : 0x301, .short_ino = inode->number, .st_ino = inode->number, .st_mode = mode_of(inode),
                        .st_nlink = 1, .st_rdev = device ? 0x400 | inode->number : 0, .st_size = device ? 0 : inode->size,
                        .st_blksize = 4096, .st_blocks = device ? 0 : (inode->size + 511) / 512,
                        .st_atime = inode->mtime, .st_mtime = inode->mtime, .st_ctime = inode->mtime };
    return copy_to_user(to, &s, sizeof s);
}

static s32 fill_extended(const struct inode *inode, u32 to)
{
    int device = inode->kind == INODE_DEVICE;
    struct statx s = { .stx_mask = STATX_BASIC_STATS, .stx_blksize = 4096, .stx_nlink = 1, .stx_mode = (u16)mode_of(inode),
                       .stx_ino = inode->number, .stx_size = device ? 0 : inode->size, .stx_blocks = device ? 0 : (inode->size + 511) / 512,
                       .stx_rdev_major = device ? 4 : 0, .stx_rdev_minor = device ? inode->number : 0,
                       .stx_dev_major = device ? 0 : 3, .stx_dev_minor = device ? 5 : 1 };
    s.stx_atime.seconds = s.stx_ctime.seconds = s.stx_mtime.seconds = inode->mtime;
    return copy_to_user(to, &s, sizeof s);
}

s32 sys_stat64(u32 path, u32 to)
{
    struct inode *inode;
    s32 error = inode_at((u32)AT_FDCWD, path, 0, &inode);
    return error ? error : fill(inode, to);
}

s32 sys_fstatat64(u32 directory, u32 path, u32 to, u32 flags)
{
    struct inode *inode;
    s32 error = inode_at(directory, path, flags, &inode);
    return error ? error : fill(inode, to);
}

s32 sys_fstat64(u32 descriptor, u32 to)
{
    const struct file *file = file_of(descriptor);
    return file ? fill(file->inode, to) : -EBADF;
}

s32 sys_statx(u32 directory, u32 path, u32 flags, u32 mask, u32 to)
{
    struct inode *inode;
    s32 error = inode_at(directory, path, flags, &inode);
    (void)mask;
    return error ? error : fill_extended(inode, to);
}

s32 sys_access(u32 path, u32 mode)
{
    struct inode *inode;
    s32 error = inode_at((u32)AT_FDCWD, path, 0, &inode);
    if (error)
        return error;
    return mode & 2 && inode->kind != INODE_DEVICE ? -EROFS : 0;
}
