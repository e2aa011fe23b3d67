/*
 * Names: a tree of those in use. A name that is a mount point leads to the root of what is mounted there, and that root
 * back to it: so a path is one dentry, and all file systems are one tree. Unused names are not kept.
 */
#pragma once
#include "inode.h"

struct dentry {
    struct dentry *next;       /* in its hash chain */
    struct dentry *parent;     /* a reference; the root of a file system is its own */
    struct inode *inode;       /* a reference */
    struct dentry *mounted;    /* root of what is mounted here */
    struct dentry *covers;     /* root of a mounted file system: the mount point */
    u32 references;
    u32 removed;               /* the name is gone, who holds it does not notice */
    u32 length;
    char name[NAME_LIMIT + 1];
};

struct dentry *dentry_share(struct dentry *dentry);
void dentry_release(struct dentry *dentry);
/** The child of that name, looked up when nobody has it. 0 or -errno; -ENOENT: there is none. */
s32 dentry_child(struct dentry *parent, struct name name, struct dentry **child);
/** A name for an inode just made (its reference passes on). 0 or -ENOMEM. */
s32 dentry_make(struct dentry *parent, struct name name, struct inode *inode, struct dentry **child);
/** The name was removed. */
void dentry_remove(struct dentry *dentry);
/** The name was changed, or moved to another directory; a name that was there has been removed. */
void dentry_move(struct dentry *dentry, struct dentry *parent, struct name name);
/** Is `above` the dentry itself, or somewhere above it in its file system? */
int dentry_below(const struct dentry *dentry, const struct dentry *above);
/** Its path from `root`, at the end of `buffer` of PATH_LIMIT bytes; where it begins, or NULL: too long. " (deleted)" after one that is gone. */
char *dentry_path(const struct dentry *dentry, const struct dentry *root, char *buffer);
