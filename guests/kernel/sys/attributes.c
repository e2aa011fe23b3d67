/* Modes, owners, sizes, and rights asked for. */
#include "../errno.h"
#include "../fs/inode_cache.h"
#include "../fs/permission.h"
#include "../fs/regular.h"
#include "../fs/task_files.h"
#include "../fs/walk.h"
#include "../proc/identity.h"
#include "../proc/task.h"
#include "file_calls.h"

#define HERE ((u32)AT_FDCWD)
#define UNCHANGED 0xffffffffu

static s32 changed(struct inode *inode)
{
    inode->ctime = clock_now();
    return inode_changed(inode);
}

static s32 set_mode(struct inode *inode, u32 mode)
{
    s32 error = inode->super->read_only ? -EROFS : permission_owner(inode);
    if (error)
        return error;
    if (is_symlink(inode))
        return -EOPNOTSUPP;
    inode->mode = (inode->mode & S_IFMT) | (mode & 07777);
    if (identity_user() && !identity_in_group(inode->group))
        inode->mode &= ~S_ISGID;
    return changed(inode);
}

static s32 set_owner(struct inode *inode, u32 user, u32 group)
{
    if (inode->super->read_only)
        return -EROFS;
    if (identity_user() && ((user != UNCHANGED && user != inode->user) || permission_owner(inode) ||
                            (group != UNCHANGED && group != inode->group && !identity_in_group(group))))
        return -EPERM;
    if (user != UNCHANGED)
        inode->user = user;
    if (group != UNCHANGED)
        inode->group = group;
    if (is_regular(inode) && inode->mode & 0111)
        inode->mode &= ~(S_ISUID | (inode->mode & 0010 ? S_ISGID : 0));
    return changed(inode);
}

s32 sys_fchmodat(u32 directory, u32 path, u32 mode)
{
    struct walk walk;
    s32 error = walk_user(directory, path, 0, WALK_FOLLOW, &walk);
    if (error)
        return error;
    error = set_mode(walk.found->inode, mode);
    walk_end(&walk);
    return error;
}

s32 sys_chmod(u32 path, u32 mode)
{
    return sys_fchmodat(HERE, path, mode);
}

s32 sys_fchmod(u32 descriptor, u32 mode)
{
    struct file *file = file_of_io(descriptor);
    return file ? set_mode(file->inode, mode) : -EBADF;
}

s32 sys_fchownat(u32 directory, u32 path, u32 user, u32 group, u32 flags)
{
    struct walk walk;
    if (flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    s32 error = walk_user(directory, path, flags, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW, &walk);
    if (error)
        return error;
    error = set_owner(walk.found->inode, user, group);
    walk_end(&walk);
    return error;
}

s32 sys_chown32(u32 path, u32 user, u32 group)
{
    return sys_fchownat(HERE, path, user, group, 0);
}

s32 sys_lchown32(u32 path, u32 user, u32 group)
{
    return sys_fchownat(HERE, path, user, group, AT_SYMLINK_NOFOLLOW);
}

s32 sys_fchown32(u32 descriptor, u32 user, u32 group)
{
    struct file *file = file_of_io(descriptor);
    return file ? set_owner(file->inode, user, group) : -EBADF;
}

/* The old calls' 16 bits: -1 is still "unchanged". */
static u32 widened(u32 id)
{
    return (id & 0xffff) == 0xffff ? UNCHANGED : id & 0xffff;
}

s32 sys_chown(u32 path, u32 user, u32 group)
{
    return sys_chown32(path, widened(user), widened(group));
}

s32 sys_lchown(u32 path, u32 user, u32 group)
{
    return sys_lchown32(path, widened(user), widened(group));
}

s32 sys_fchown(u32 descriptor, u32 user, u32 group)
{
    return sys_fchown32(descriptor, widened(user), widened(group));
}

static s32 cut_path(u32 path, u64 size)
{
    struct walk walk;
    if ((s64)size < 0)
        return -EINVAL;
    s32 error = walk_user(HERE, path, 0, WALK_FOLLOW, &walk);
    if (error)
        return error;
    struct inode *inode = walk.found->inode;
    error = is_directory(inode) ? -EISDIR : !is_regular(inode) ? -EINVAL : permission(inode, MAY_WRITE);
    if (!error)
        error = inode->writers < 0 ? -ETXTBSY : inode_resize(inode, size);
    walk_end(&walk);
    return error;
}

static s32 cut_file(u32 descriptor, u64 size)
{
    struct file *file = file_of_io(descriptor);
    if ((s64)size < 0)
        return -EINVAL;
    if (!file)
        return -EBADF;
    return !is_regular(file->inode) || !may_write(file) ? -EINVAL : inode_resize(file->inode, size);
}

s32 sys_truncate(u32 path, u32 size)
{
    return cut_path(path, (u64)(s64)(s32)size);
}

s32 sys_truncate64(u32 path, u32 low, u32 high)
{
    return cut_path(path, (u64)high << 32 | low);
}

s32 sys_ftruncate(u32 descriptor, u32 size)
{
    return cut_file(descriptor, (u64)(s64)(s32)size);
}

s32 sys_ftruncate64(u32 descriptor, u32 low, u32 high)
{
    return cut_file(descriptor, (u64)high << 32 | low);
}

s32 sys_faccessat2(u32 directory, u32 path, u32 mode, u32 flags)
{
    struct walk walk;
    if (mode & ~7u || flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
        return -EINVAL;
    s32 error = walk_user(directory, path, flags, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW, &walk);
    if (error)
        return error;
    error = flags & AT_EACCESS ? permission(walk.found->inode, mode) : permission_real(walk.found->inode, mode);
    walk_end(&walk);
    return error;
}

s32 sys_faccessat(u32 directory, u32 path, u32 mode)
{
    return sys_faccessat2(directory, path, mode, 0);
}

s32 sys_access(u32 path, u32 mode)
{
    return sys_faccessat2(HERE, path, mode, 0);
}

s32 sys_umask(u32 mask)
{
    u32 old = current->fs->umask;
    current->fs->umask = mask & 0777;
    return (s32)old;
}
