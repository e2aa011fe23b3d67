/*
 * Which file a system call means: a path, absolute or relative to an open directory, or, with AT_EMPTY_PATH, the
 * descriptor itself. The current directory is "/".
 */
#include "../errno.h"
#include "../lib/format.h"
#include "../mm/user.h"
#include "file.h"

s32 inode_at(u32 directory, u32 path, u32 flags, struct inode **inode)
{
    char name[PATH_LIMIT], whole[2 * PATH_LIMIT];
    s32 length = string_from_user(name, path, sizeof name);
    const struct file *file = file_of(directory);
    if (length < 0)
        return length;
    if (!length && flags & AT_EMPTY_PATH) {
        if (!file)
            return -EBADF;
        *inode = file->inode;
        return 0;
    }
    if (!length)
        return -ENOENT;
    if (name[0] != '/' && (s32)directory != AT_FDCWD) {
        if (!file || file->inode->kind != INODE_DIRECTORY)
            return file ? -ENOTDIR : -EBADF;
        format(whole, sizeof whole, "%s/%s", file->inode->path, name);
        *inode = inode_find(whole);
    } else
        *inode = inode_find(name);
    return *inode ? 0 : -ENOENT;
}
