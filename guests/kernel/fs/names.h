/* Files made, removed and moved, by what a walk with WALK_PARENT found. Rights, types and read-only file systems are checked here. */
#pragma once
#include "walk.h"

#define RENAME_NOREPLACE 1u
#define RENAME_EXCHANGE  2u

/** A new file, directory, device or pipe (the type is in `mode`; umask is applied); its dentry, with a reference, unless `made` is NULL. */
s32 names_create(struct walk *walk, u32 mode, u32 device, struct dentry **made);
s32 names_symlink(struct walk *walk, const char *target);
s32 names_link(struct dentry *target, struct walk *walk);
s32 names_remove(struct walk *walk, int directory);
s32 names_rename(struct walk *from, struct walk *to, u32 flags);
