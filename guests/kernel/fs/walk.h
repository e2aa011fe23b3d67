/*
 * From a path to a file. Symbolic links are followed, the last one only if asked; names are looked up with the rights of
 * the caller.
 */
#pragma once
#include "dentry.h"

#define WALK_FOLLOW    1u   /* a link at the end is followed */
#define WALK_DIRECTORY 2u   /* it must be a directory */
#define WALK_PARENT    4u   /* the last name need not exist: answer with its directory */

/* The last component of a WALK_PARENT. */
#define LAST_NAME  0u
#define LAST_ROOT  1u       /* the path was all slashes */
#define LAST_DOT   2u
#define LAST_ABOVE 3u       /* ".." */

struct walk {
    struct dentry *found;   /* what the path names; NULL only with WALK_PARENT, when there is no such name */
    struct dentry *parent;  /* with WALK_PARENT: the directory of the last component */
    u32 last;               /* of what kind that is */
    u32 slash;              /* a slash followed it */
    u32 length;
    char name[NAME_LIMIT + 1];
};

/** Walks a path of kernel memory from `base` (NULL: the current directory; a leading slash: the root). 0, and references in *walk, or -errno. */
s32 walk_path(struct dentry *base, const char *path, u32 flags, struct walk *walk);
/** The same for a path of the program, from an open directory or AT_FDCWD; with AT_EMPTY_PATH an empty one names the descriptor itself. */
s32 walk_user(u32 directory, u32 path, u32 at_flags, u32 flags, struct walk *walk);
void walk_end(struct walk *walk);
/** The file of a kernel path, with a reference, or NULL. */
struct dentry *path_find(const char *path);
