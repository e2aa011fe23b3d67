/* stat64 and its like: struct stat64 of Linux/i386, 96 bytes. Owner is root; devices other than the disk are characters. */
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

#define S_IFREG 0100000u
#define S_IFDIR 0040000u
#define S_IFCHR 0020000u

static s32 fill(const struct inode *inode, u32 to)
{
    static const u32 types[] = { [INODE_FILE] = S_IFREG, [INODE_DIRECTORY] = S_IFDIR, [INODE_DEVICE] = S_IFCHR };
    struct stat64 s = { .st_dev = inode->kind == INODE_DEVICE ? 5 : 0x301, .short_ino = inode->number, .st_ino = inode->number,
                        .st_mode = types[inode->kind] | inode->mode, .st_nlink = 1, .st_size = inode->size, .st_blksize = 4096,
                        .st_blocks = (inode->size + 511) / 512, .st_atime = inode->mtime, .st_mtime = inode->mtime, .st_ctime = inode->mtime };
    if (inode->kind == INODE_DEVICE) {
        s.st_rdev = 0x400 | inode->number;
        s.st_size = s.st_blocks = 0;
    }
    return copy_to_user(to, &s, sizeof s);
}

s32 sys_stat64(u32 path, u32 to)
{
    char name[PATH_LIMIT];
    s32 length = string_from_user(name, path, sizeof name);
    if (length <= 0)
        return length ? length : -ENOENT;
    const struct inode *inode = inode_find(name);
    return inode ? fill(inode, to) : -ENOENT;
}

s32 sys_fstat64(u32 descriptor, u32 to)
{
    const struct file *file = file_of(descriptor);
    return file ? fill(file->inode, to) : -EBADF;
}

s32 sys_access(u32 path, u32 mode)
{
    char name[PATH_LIMIT];
    s32 length = string_from_user(name, path, sizeof name);
    if (length <= 0)
        return length ? length : -ENOENT;
    const struct inode *inode = inode_find(name);
    if (!inode)
        return -ENOENT;
    return mode & 2 && inode->kind != INODE_DEVICE ? -EROFS : 0;
}
