/*
 * Listing directories, and the current one.
 * struct linux_dirent64: inode 64 bits, next position 64 bits, record length 16, type 8, name and NUL; multiple of 8.
 * struct linux_dirent: inode and next position 32 bits, record length 16, name and NUL, type in the last byte; of 4.
 */
#include "../errno.h"
#include "../fs/file.h"
#include "../fs/inode_cache.h"
#include "../fs/lister.h"
#include "../fs/mount.h"
#include "../fs/permission.h"
#include "../fs/task_files.h"
#include "../fs/walk.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "file_calls.h"

#define NAME_OFFSET_64 19u
#define NAME_OFFSET_32 10u

struct records {
    struct lister lister;
    u32 to, room, done;
    int wide;
};

static s32 put(struct lister *lister, struct name name, u32 number, u32 type, u64 next)
{
    struct records *records = (struct records *)lister;
    u8 record[NAME_OFFSET_64 + NAME_LIMIT + 8];
    u32 offset = records->wide ? NAME_OFFSET_64 : NAME_OFFSET_32;
    u32 length = records->wide ? (offset + name.length + 1 + 7) & ~7u : (offset + name.length + 2 + 3) & ~3u;
    if (length > records->room - records->done)
        return -EINVAL;
    memset(record, 0, sizeof record);
    memcpy(record, &number, 4);
    memcpy(record + (records->wide ? 8 : 4), &next, records->wide ? 8 : 4);
    record[offset - (records->wide ? 3 : 2)] = (u8)length;
    record[offset - (records->wide ? 2 : 1)] = (u8)(length >> 8);
    record[records->wide ? 18 : length - 1] = (u8)(type >> 12 & 15);
    memcpy(record + offset, name.text, name.length);
    if (copy_to_user(records->to + records->done, record, length))
        return -EFAULT;
    records->done += length;
    return 0;
}

static s32 list(u32 descriptor, u32 buffer, u32 count, int wide)
{
    struct file *file = file_of_io(descriptor);
    struct records records = { .lister.put = put, .to = buffer, .room = count, .wide = wide };
    if (!file)
        return -EBADF;
    if (!file->operations->list)
        return -ENOTDIR;
    if (file->dentry->removed)
        return -ENOENT;
    file_share(file);
    s32 stop = file->operations->list(file, &records.lister);
    file_release(file);
    return records.done ? (s32)records.done : stop;
}

s32 sys_getdents64(u32 descriptor, u32 buffer, u32 count)
{
    return list(descriptor, buffer, count, 1);
}

s32 sys_getdents(u32 descriptor, u32 buffer, u32 count)
{
    return list(descriptor, buffer, count, 0);
}

static s32 go_to(struct dentry **place, struct dentry *directory)
{
    if (!is_directory(directory->inode))
        return -ENOTDIR;
    s32 error = permission(directory->inode, MAY_EXEC);
    if (error)
        return error;
    struct dentry *old = *place;
    *place = dentry_share(directory);
    dentry_release(old);
    return 0;
}

static s32 go_to_path(struct dentry **place, u32 path)
{
    struct walk walk;
    s32 error = walk_user((u32)AT_FDCWD, path, 0, WALK_FOLLOW | WALK_DIRECTORY, &walk);
    if (error)
        return error;
    error = go_to(place, walk.found);
    walk_end(&walk);
    return error;
}

s32 sys_chdir(u32 path)
{
    return go_to_path(&current->fs->cwd, path);
}

s32 sys_fchdir(u32 descriptor)
{
    struct file *file = file_of(descriptor);
    return file ? go_to(&current->fs->cwd, file->dentry) : -EBADF;
}

s32 sys_chroot(u32 path)
{
    return go_to_path(&current->fs->root, path);
}

s32 sys_getcwd(u32 buffer, u32 size)
{
    u32 frame = frame_alloc();
    if (!frame)
        return -ENOMEM;
    char *text = to_virtual(frame), *path = dentry_path(current->fs->cwd, current->fs->root, text);
    u32 length = path ? strlen(path) + 1 : 0;
    s32 answer = current->fs->cwd->removed ? -ENOENT : !path ? -ENAMETOOLONG : length > size ? -ERANGE : (s32)length;
    if (answer > 0 && copy_to_user(buffer, path, length))
        answer = -EFAULT;
    frame_release(frame);
    return answer;
}
