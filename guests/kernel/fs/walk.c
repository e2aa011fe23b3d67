/*
 * The walk, component by component. A link's target takes the place of the link in the rest of the path, so depth costs
 * nothing; more than 40 links are -ELOOP, as on Linux. Source: POSIX.1-2017, 4.13 Pathname Resolution.
 */
#include "walk.h"
#include "../errno.h"
#include "../lib/string.h"
#include "../memlayout.h"
#include "../mm/frames.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "file.h"
#include "task_files.h"
#include "inode_cache.h"
#include "mount.h"
#include "permission.h"

#define LINKS_MAX 40u

/* A path in a page of its own, and how far it has been walked. */
struct rest {
    char *text;
    const char *at;
};

static int rest_begin(struct rest *rest)
{
    u32 frame = frame_alloc();
    rest->text = frame ? to_virtual(frame) : NULL;
    rest->at = rest->text;
    return frame != 0;
}

static void rest_end(struct rest *rest)
{
    if (rest->text)
        frame_release(to_physical(rest->text));
}

/* Puts a link's target before what is left. */
static s32 rest_insert(struct rest *rest, struct inode *link)
{
    struct rest fresh;
    if (!rest_begin(&fresh))
        return -ENOMEM;
    s32 length = link->operations->readlink(link, fresh.text, PATH_LIMIT - 1);
    u32 left = strlen(rest->at);
    if (length >= 0 && (u32)length + left + 1 > PATH_LIMIT)
        length = -ENAMETOOLONG;
    if (length == 0)
        length = -ENOENT;
    if (length > 0) {
        memcpy(fresh.text + length, rest->at, left + 1);
        struct rest old = *rest;
        *rest = fresh;
        fresh = old;
    }
    rest_end(&fresh);
    return length < 0 ? length : 0;
}

static struct name next_name(struct rest *rest)
{
    struct name name = { rest->at, 0 };
    while (rest->at[name.length] && rest->at[name.length] != '/')
        name.length++;
    rest->at += name.length;
    return name;
}

static int skip_slashes(struct rest *rest)
{
    int any = *rest->at == '/';
    while (*rest->at == '/')
        rest->at++;
    return any;
}

static struct dentry *start(struct dentry *base, struct rest *rest)
{
    const struct fs *fs = current->fs;
    if (skip_slashes(rest))
        return dentry_share(fs->root);
    return dentry_share(base ? base : fs->cwd);
}

static u32 kind_of(struct name name)
{
    if (name.length == 1 && name.text[0] == '.')
        return LAST_DOT;
    return name.length == 2 && name.text[0] == '.' && name.text[1] == '.' ? LAST_ABOVE : LAST_NAME;
}

/* One component from the directory *at on: *found, with a reference. */
static s32 step(struct dentry *at, struct name name, struct dentry **found)
{
    if (!is_directory(at->inode))
        return -ENOTDIR;
    s32 error = permission(at->inode, MAY_EXEC);
    if (error)
        return error;
    switch (kind_of(name)) {
    case LAST_DOT: *found = dentry_share(at); return 0;
    case LAST_ABOVE: *found = dentry_above(dentry_share(at), current->fs->root); return 0;
    default: error = dentry_child(at, name, found);
    }
    if (!error)
        *found = mount_enter(*found);
    return error;
}

/* Replaces the directory by where the link leads: for those that lead to a file directly, the file. */
static s32 follow(struct rest *rest, struct dentry **at, struct dentry *link)
{
    struct inode *inode = link->inode;
    if (inode->operations->follow) {
        struct dentry *to = inode->operations->follow(inode);
        if (!to)
            return -ENOENT;
        dentry_release(*at);
        *at = to;
        return 0;
    }
    s32 error = rest_insert(rest, inode);
    if (error || !skip_slashes(rest))
        return error;
    dentry_release(*at);
    *at = dentry_share(current->fs->root);
    return 0;
}

static void note_last(struct walk *walk, struct name name, int slash)
{
    walk->last = kind_of(name);
    walk->slash = slash != 0;
    walk->length = name.length;
    memcpy(walk->name, name.text, name.length);
    walk->name[name.length] = 0;
}

/* *at begins as the starting directory and ends as what was found. */
static s32 go(struct rest *rest, struct dentry **at, u32 flags, struct walk *walk)
{
    u32 links = 0;
    while (*rest->at) {
        struct dentry *found = NULL;
        struct name name = next_name(rest);
        int slash = skip_slashes(rest), last = !*rest->at;
        if (name.length > NAME_LIMIT)
            return -ENAMETOOLONG;
        s32 error = step(*at, name, &found);
        if (last && flags & WALK_PARENT && (!error || error == -ENOENT)) {
            int through = found && is_symlink(found->inode) && flags & WALK_FOLLOW && !slash;   /* as Linux: rmdir("link/") is about the link */
            if (!through) {
                note_last(walk, name, slash);
                walk->parent = dentry_share(*at);
                walk->found = found;
                return 0;
            }
        }
        if (error)
            return error;
        if (is_symlink(found->inode) && (!last || slash || flags & WALK_FOLLOW)) {
            error = ++links > LINKS_MAX ? -ELOOP : 0;
            if (!error && slash)
                rest->at--;   /* the slash belongs to what follows the link */
            if (!error)
                error = follow(rest, at, found);
            dentry_release(found);
            if (error)
                return error;
            skip_slashes(rest);
            continue;
        }
        dentry_release(*at);
        *at = found;
        if ((slash || !last) && !is_directory(found->inode))
            return -ENOTDIR;
    }
    return 0;
}

s32 walk_path(struct dentry *base, const char *path, u32 flags, struct walk *walk)
{
    struct rest rest;
    *walk = (struct walk){ .last = LAST_ROOT };
    if (!*path)
        return -ENOENT;
    if (!rest_begin(&rest))
        return -ENOMEM;
    s32 error = strlen(path) < PATH_LIMIT ? 0 : -ENAMETOOLONG;
    if (!error) {
        copy_string(rest.text, path, PATH_LIMIT);
        struct dentry *at = start(base, &rest);
        error = go(&rest, &at, flags, walk);
        if (!error && !walk->parent)
            walk->found = dentry_share(at);
        if (!error && flags & WALK_DIRECTORY && walk->found && !is_directory(walk->found->inode))
            error = -ENOTDIR;
        dentry_release(at);
    }
    if (error)
        walk_end(walk);
    rest_end(&rest);
    return error;
}

void walk_end(struct walk *walk)
{
    if (walk->found)
        dentry_release(walk->found);
    if (walk->parent)
        dentry_release(walk->parent);
    walk->found = walk->parent = NULL;
}

s32 walk_user(u32 directory, u32 path, u32 at_flags, u32 flags, struct walk *walk)
{
    struct file *file = file_of(directory);
    u32 frame = frame_alloc();
    *walk = (struct walk){ .last = LAST_ROOT };
    if (!frame)
        return -ENOMEM;
    char *text = to_virtual(frame);
    s32 error = string_from_user(text, path, PATH_LIMIT);
    if (error >= 0) {
        int absolute = text[0] == '/', here = directory == (u32)AT_FDCWD, itself = !text[0] && at_flags & AT_EMPTY_PATH;
        struct dentry *base = here ? current->fs->cwd : file ? file->dentry : NULL;
        error = 0;
        if (!text[0] && !itself)
            error = -ENOENT;
        else if (!absolute && !here && !file)
            error = -EBADF;
        else if (itself && base)
            walk->found = dentry_share(base);
        else if (!absolute && (!base || !is_directory(base->inode)))
            error = -ENOTDIR;
        else
            error = walk_path(base, text, flags, walk);
    }
    frame_release(frame);
    return error;
}

struct dentry *path_find(const char *path)
{
    struct walk walk;
    return walk_path(root_dentry, path, WALK_FOLLOW, &walk) ? NULL : walk.found;
}
