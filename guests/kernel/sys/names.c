/* Calls that make, remove and move names. */
#include "../fs/names.h"
#include "../errno.h"
#include "../fs/file.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../mm/user.h"
#include "file_calls.h"

#define HERE ((u32)AT_FDCWD)

static s32 make(u32 directory, u32 path, u32 mode, u32 device)
{
    struct walk walk;
    s32 error = walk_user(directory, path, 0, WALK_PARENT, &walk);
    if (error)
        return error;
    error = names_create(&walk, mode, device, NULL);
    walk_end(&walk);
    return error;
}

s32 sys_mkdirat(u32 directory, u32 path, u32 mode)
{
    return make(directory, path, S_IFDIR | (mode & (0777 | S_ISVTX)), 0);
}

s32 sys_mkdir(u32 path, u32 mode)
{
    return sys_mkdirat(HERE, path, mode);
}

s32 sys_mknodat(u32 directory, u32 path, u32 mode, u32 device)
{
    u32 type = mode & S_IFMT ? mode & S_IFMT : S_IFREG;
    if (type == S_IFDIR)
        return -EPERM;
    if (type != S_IFREG && type != S_IFCHR && type != S_IFBLK && type != S_IFIFO && type != S_IFSOCK)
        return -EINVAL;
    return make(directory, path, type | (mode & 07777), type == S_IFCHR || type == S_IFBLK ? device & 0xffff : 0);
}

s32 sys_mknod(u32 path, u32 mode, u32 device)
{
    return sys_mknodat(HERE, path, mode, device);
}

static s32 take_away(u32 directory, u32 path, int is_a_directory)
{
    struct walk walk;
    s32 error = walk_user(directory, path, 0, WALK_PARENT, &walk);
    if (error)
        return error;
    error = names_remove(&walk, is_a_directory);
    walk_end(&walk);
    return error;
}

s32 sys_unlinkat(u32 directory, u32 path, u32 flags)
{
    return flags & ~AT_REMOVEDIR ? -EINVAL : take_away(directory, path, (flags & AT_REMOVEDIR) != 0);
}

s32 sys_unlink(u32 path)
{
    return take_away(HERE, path, 0);
}

s32 sys_rmdir(u32 path)
{
    return take_away(HERE, path, 1);
}

s32 sys_linkat(u32 old_directory, u32 old_path, u32 new_directory, u32 new_path, u32 flags)
{
    struct walk old, new;
    if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    s32 error = walk_user(old_directory, old_path, flags, flags & AT_SYMLINK_FOLLOW ? WALK_FOLLOW : 0, &old);
    if (error)
        return error;
    error = walk_user(new_directory, new_path, 0, WALK_PARENT, &new);
    if (!error) {
        error = names_link(old.found, &new);
        walk_end(&new);
    }
    walk_end(&old);
    return error;
}

s32 sys_link(u32 old_path, u32 new_path)
{
    return sys_linkat(HERE, old_path, HERE, new_path, 0);
}

s32 sys_symlinkat(u32 target, u32 directory, u32 path)
{
    struct walk walk;
    u32 frame = frame_alloc();
    if (!frame)
        return -ENOMEM;
    char *text = to_virtual(frame);
    s32 error = string_from_user(text, target, PATH_LIMIT);
    if (error >= 0)
        error = error ? walk_user(directory, path, 0, WALK_PARENT, &walk) : -ENOENT;
    if (!error) {
        error = names_symlink(&walk, text);
        walk_end(&walk);
    }
    frame_release(frame);
    return error;
}

s32 sys_symlink(u32 target, u32 path)
{
    return sys_symlinkat(target, HERE, path);
}

s32 sys_renameat2(u32 old_directory, u32 old_path, u32 new_directory, u32 new_path, u32 flags)
{
    struct walk old, new;
    if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE) || flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
        return -EINVAL;
    s32 error = walk_user(old_directory, old_path, 0, WALK_PARENT, &old);
    if (error)
        return error;
    error = walk_user(new_directory, new_path, 0, WALK_PARENT, &new);
    if (!error) {
        error = names_rename(&old, &new, flags);
        walk_end(&new);
    }
    walk_end(&old);
    return error;
}

s32 sys_renameat(u32 old_directory, u32 old_path, u32 new_directory, u32 new_path)
{
    return sys_renameat2(old_directory, old_path, new_directory, new_path, 0);
}

s32 sys_rename(u32 old_path, u32 new_path)
{
    return sys_renameat2(HERE, old_path, HERE, new_path, 0);
}

s32 sys_readlinkat(u32 directory, u32 path, u32 buffer, u32 size)
{
    struct walk walk;
    if ((s32)size <= 0)
        return -EINVAL;
    u32 frame = frame_alloc();
    if (!frame)
        return -ENOMEM;
    s32 length = walk_user(directory, path, AT_EMPTY_PATH, 0, &walk);
    if (!length) {
        struct inode *inode = walk.found->inode;
        length = is_symlink(inode) ? inode->operations->readlink(inode, to_virtual(frame), size < PATH_LIMIT ? size : PATH_LIMIT) : -EINVAL;
        walk_end(&walk);
    }
    if (length > 0 && copy_to_user(buffer, to_virtual(frame), (u32)length))
        length = -EFAULT;
    frame_release(frame);
    return length;
}

s32 sys_readlink(u32 path, u32 buffer, u32 size)
{
    return sys_readlinkat(HERE, path, buffer, size);
}
