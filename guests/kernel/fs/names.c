/* What is common to all file systems in changing names. The order of the checks is Linux's, as programs see it in errno. */
#include "names.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../proc/task.h"
#include "inode_cache.h"
#include "permission.h"
#include "task_files.h"

static struct name last_name(const struct walk *walk)
{
    return (struct name){ walk->name, walk->length };
}

/* May a new name be made there? */
static s32 check_new(const struct walk *walk, int directory)
{
    if (walk->last != LAST_NAME || walk->found)
        return -EEXIST;
    if (walk->slash && !directory)
        return -ENOENT;
    if (walk->parent->removed)
        return -ENOENT;
    return permission_names(walk->parent->inode, NULL);
}

/* Who wants no dentry gives the reference back. */
static s32 name_it(struct walk *walk, struct inode *inode, struct dentry **made)
{
    struct dentry *dentry;
    s32 error = dentry_make(walk->parent, last_name(walk), inode, &dentry);
    if (error)
        return error;
    if (made)
        *made = dentry;
    else
        dentry_release(dentry);
    return 0;
}

s32 names_create(struct walk *walk, u32 mode, u32 device, struct dentry **made)
{
    struct inode *inode, *parent = walk->parent ? walk->parent->inode : NULL;
    s32 error = check_new(walk, (mode & S_IFMT) == S_IFDIR);
    if (error)
        return error;
    if (!parent->operations->create)
        return -EPERM;
    error = parent->operations->create(parent, last_name(walk), mode & ~current->fs->umask, device, &inode);
    return error ? error : name_it(walk, inode, made);
}

s32 names_symlink(struct walk *walk, const char *target)
{
    struct inode *inode, *parent = walk->parent ? walk->parent->inode : NULL;
    s32 error = check_new(walk, 0);
    if (error)
        return error;
    if (!parent->operations->symlink)
        return -EPERM;
    error = parent->operations->symlink(parent, last_name(walk), target, &inode);
    return error ? error : name_it(walk, inode, NULL);
}

s32 names_link(struct dentry *target, struct walk *walk)
{
    struct inode *inode = target->inode;
    if (walk->last != LAST_NAME || walk->found)
        return -EEXIST;
    if (inode->super != walk->parent->inode->super)
        return -EXDEV;
    s32 error = check_new(walk, 0);
    if (error)
        return error;
    if (is_directory(inode) || !walk->parent->inode->operations->link)
        return -EPERM;
    if (!inode->links)
        return -ENOENT;
    return walk->parent->inode->operations->link(walk->parent->inode, last_name(walk), inode);
}

static int is_mount_point(const struct dentry *dentry)
{
    return dentry->parent == dentry || dentry->mounted;
}

/* May that name be taken away, from its directory, by someone who thinks it a directory or not? */
static s32 check_victim(const struct dentry *parent, const struct dentry *victim, int directory)
{
    s32 error = permission_names(parent->inode, victim->inode);
    if (error)
        return error;
    if (directory && !is_directory(victim->inode))
        return -ENOTDIR;
    if (!directory && is_directory(victim->inode))
        return -EISDIR;
    return is_mount_point(victim) ? -EBUSY : 0;
}

static s32 check_empty(const struct inode *inode)
{
    return is_directory(inode) ? inode->operations->is_empty((struct inode *)inode) : 0;
}

s32 names_remove(struct walk *walk, int directory)
{
    static const s32 of_directory[] = { [LAST_ROOT] = -EBUSY, [LAST_DOT] = -EINVAL, [LAST_ABOVE] = -ENOTEMPTY };
    struct dentry *victim = walk->found;
    if (walk->last != LAST_NAME)
        return directory ? of_directory[walk->last] : -EISDIR;
    if (!victim)
        return -ENOENT;
    if (walk->slash && !directory)
        return is_directory(victim->inode) ? -EISDIR : -ENOTDIR;
    if (victim->parent != walk->parent)
        return directory || !is_directory(victim->inode) ? -EBUSY : -EISDIR;
    struct inode *parent = walk->parent->inode;
    if (!parent->operations->remove)
        return -EPERM;
    s32 error = check_victim(walk->parent, victim, directory);
    if (!error)
        error = check_empty(victim->inode);
    if (!error)
        error = parent->operations->remove(parent, last_name(walk), victim->inode);
    if (!error)
        dentry_remove(victim);
    return error;
}

/* What rename(2) refuses before it looks at rights. */
static s32 check_rename(const struct walk *from, const struct walk *to, u32 flags)
{
    const struct dentry *old = from->found, *new = to->found;
    if (from->parent && to->parent && from->parent->inode->super != to->parent->inode->super)
        return -EXDEV;
    if (from->last != LAST_NAME)
        return -EBUSY;
    if (to->last != LAST_NAME)
        return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
    if (!old)
        return -ENOENT;
    if (new && flags & RENAME_NOREPLACE)
        return -EEXIST;
    if (!new && flags & RENAME_EXCHANGE)
        return -ENOENT;
    if (!is_directory(old->inode) && (from->slash || (to->slash && !(flags & RENAME_EXCHANGE))))
        return -ENOTDIR;
    if (flags & RENAME_EXCHANGE && to->slash && !is_directory(new->inode))
        return -ENOTDIR;
    if (dentry_below(to->parent, old))
        return -EINVAL;
    if (new && dentry_below(from->parent, new))
        return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
    return (old->parent != from->parent || is_mount_point(old)) || (new && (new->parent != to->parent || is_mount_point(new))) ? -EBUSY : 0;
}

/* A directory that gets another parent is written to: its ".." changes. */
static s32 check_move(const struct dentry *moved, const struct walk *from, const struct walk *to)
{
    return is_directory(moved->inode) && from->parent != to->parent ? permission(moved->inode, MAY_WRITE) : 0;
}

static s32 rename_rights(const struct walk *from, const struct walk *to, u32 flags)
{
    const struct dentry *old = from->found, *new = to->found;
    s32 error = permission_names(from->parent->inode, old->inode);
    if (error)
        return error;
    if (!new)
        error = to->parent->removed ? -ENOENT : permission_names(to->parent->inode, NULL);
    else if (flags & RENAME_EXCHANGE)
        error = permission_names(to->parent->inode, new->inode);
    else
        error = check_victim(to->parent, new, is_directory(old->inode));
    if (!error)
        error = check_move(old, from, to);
    if (!error && flags & RENAME_EXCHANGE)
        error = check_move(new, to, from);
    if (!error && new && !(flags & RENAME_EXCHANGE))
        error = check_empty(new->inode);
    return error;
}

s32 names_rename(struct walk *from, struct walk *to, u32 flags)
{
    s32 error = check_rename(from, to, flags);
    if (error)
        return error;
    struct dentry *old = from->found, *new = to->found;
    struct inode *source = from->parent->inode, *target = to->parent->inode;
    if (new && new->inode == old->inode)
        return 0;
    error = rename_rights(from, to, flags);
    if (error)
        return error;
    if (!source->operations->rename)
        return -EPERM;
    if (flags & RENAME_EXCHANGE) {
        error = source->operations->exchange(source, last_name(from), old->inode, target, last_name(to), new->inode);
        if (!error)
            dentry_move(new, from->parent, last_name(from));
    } else {
        error = source->operations->rename(source, last_name(from), old->inode, target, last_name(to), new ? new->inode : NULL);
        if (!error && new)
            dentry_remove(new);
    }
    if (!error)
        dentry_move(old, to->parent, last_name(to));
    return error;
}
