/*
 * Listing a directory, and the current one. Names are whole paths in one list, so the entries of a directory are the
 * paths that continue its own by one component. The file position counts inodes passed.
 * struct linux_dirent64: inode 64 bits, next position 64 bits, record length 16, type 8, name and NUL; multiple of 8.
 */
#include "../errno.h"
#include "../fs/file.h"
#include "../lib/string.h"
#include "../mm/user.h"
#include "syscall.h"

#define NAME_OFFSET 19u

/* The last component when `path` lies directly in `directory`, or NULL. */
static const char *name_in(const char *path, const char *directory)
{
    u32 length = strlen(directory);
    if (strncmp(path, directory, length) || !path[length])
        return NULL;
    if (length && path[length++] != '/')
        return NULL;
    for (const char *c = path + length; *c; c++)
        if (*c == '/')
            return NULL;
    return path + length;
}

/* The answer's record at `to`; its length, 0 when it does not fit in `room`, or -EFAULT. */
static s32 put_entry(const struct inode *inode, const char *name, u32 position, u32 to, u32 room)
{
    static const u8 types[] = { [INODE_FILE] = 8, [INODE_DIRECTORY] = 4, [INODE_DEVICE] = 2 };
    u8 record[NAME_OFFSET + PATH_LIMIT + 8];
    u32 length = (NAME_OFFSET + strlen(name) + 1 + 7) & ~7u;
    if (length > room)
        return 0;
    memset(record, 0, sizeof record);
    memcpy(record, &inode->number, 4);
    memcpy(record + 8, &position, 4);
    record[16] = (u8)length;
    record[17] = (u8)(length >> 8);
    record[18] = types[inode->kind];
    copy_string((char *)record + NAME_OFFSET, name, PATH_LIMIT);
    return copy_to_user(to, record, length) ? -EFAULT : (s32)length;
}

s32 sys_getdents64(u32 descriptor, u32 buffer, u32 count)
{
    struct file *file = file_of(descriptor);
    if (!file || file->inode->kind != INODE_DIRECTORY)
        return file ? -ENOTDIR : -EBADF;
    u32 position = 0, done = 0;
    for (const struct inode *inode = inode_next(NULL); inode; inode = inode_next(inode)) {
        const char *name = name_in(inode->path, file->inode->path);
        if (++position <= file->position || !name)
            continue;
        s32 length = put_entry(inode, name, position, buffer + done, count - done);
        if (length <= 0)
            return done ? (s32)done : length ? length : -EINVAL;
        done += (u32)length;
        file->position = position;
    }
    return (s32)done;
}

s32 sys_getcwd(u32 buffer, u32 size)
{
    if (size < 2)
        return -ERANGE;
    return copy_to_user(buffer, "/", 2) ? -EFAULT : 2;
}
