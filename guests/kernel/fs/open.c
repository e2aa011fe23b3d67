/* open: finds or makes the file, checks, and cuts it to nothing if asked. */
#include "open.h"
#include "../errno.h"
#include "names.h"
#include "permission.h"
#include "regular.h"

static s32 check_found(const struct walk *walk, u32 flags)
{
    const struct inode *inode = walk->found->inode;
    u32 access = flags & O_ACCMODE, wanted = (access != O_WRONLY ? MAY_READ : 0) | (access != O_RDONLY || flags & O_TRUNC ? MAY_WRITE : 0);
    if (flags & O_CREAT && flags & O_EXCL)
        return -EEXIST;
    if (is_symlink(inode))
        return flags & O_PATH ? 0 : -ELOOP;
    if (flags & O_DIRECTORY && !is_directory(inode))
        return -ENOTDIR;
    if (walk->slash && flags & O_CREAT)
        return -EISDIR;
    if (walk->slash && !is_directory(inode))
        return -ENOTDIR;
    if (flags & O_PATH)
        return 0;
    if (is_directory(inode) && (wanted & MAY_WRITE || flags & O_CREAT))
        return -EISDIR;
    if (is_regular(inode) && !(flags & O_LARGEFILE) && inode->size > SMALL_FILE_MAX)
        return -EOVERFLOW;
    s32 error = permission(inode, wanted);
    if (!error && flags & O_NOATIME)
        error = permission_owner(inode);
    return error;
}

/* `made`: nothing more is to be checked. */
static s32 find_or_make(struct walk *walk, u32 flags, u32 mode, int *made)
{
    *made = 0;
    if (flags & O_CREAT && walk->last != LAST_NAME)
        return flags & O_EXCL ? -EEXIST : -EISDIR;
    if (walk->found)
        return check_found(walk, flags);
    if (walk->slash)
        return -EISDIR;
    *made = 1;
    return names_create(walk, S_IFREG | (mode & 07777), 0, &walk->found);
}

struct file *open_user(u32 directory, u32 path, u32 flags, u32 mode, s32 *error)
{
    struct walk walk;
    struct file *file = NULL;
    int made;
    if (flags & O_PATH)
        flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    u32 follow = flags & O_NOFOLLOW || (flags & O_CREAT && flags & O_EXCL) ? 0 : WALK_FOLLOW;
    *error = (flags & O_TMPFILE) == O_TMPFILE ? -EOPNOTSUPP : flags & O_CREAT && flags & O_DIRECTORY ? -EINVAL : 0;
    if (*error)
        return NULL;
    *error = walk_user(directory, path, 0, follow | (flags & O_CREAT ? WALK_PARENT : 0), &walk);
    if (*error)
        return NULL;
    *error = find_or_make(&walk, flags, mode, &made);
    if (!*error)
        file = file_open(walk.found, flags, error);
    if (file && !made && flags & O_TRUNC && is_regular(file->inode) && (*error = inode_resize(file->inode, 0))) {
        file_release(file);
        file = NULL;
    }
    walk_end(&walk);
    return file;
}
