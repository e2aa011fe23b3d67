/* What is mounted where. */
#pragma once
#include "dentry.h"

/** The root of everything; set by the first mount. */
extern struct dentry *root_dentry;
/** The mounted file systems, by `next`. */
extern struct super *mounts;

/** Mounts at `place`, or as root when that is NULL. `root` is the file system's root inode; its reference passes on. 0 or -errno. */
s32 mount(struct super *super, struct inode *root, struct dentry *place);
/** From a mount point to what is mounted there; takes and gives a reference. */
struct dentry *mount_enter(struct dentry *dentry);
/** The parent directory, across mounts, not above `root`; takes and gives a reference. */
struct dentry *dentry_above(struct dentry *dentry, const struct dentry *root);
/** Writes a file to the disk; with it goes what describes files, which they share. 0 or -errno. */
s32 sync_inode(struct inode *inode);
/** Writes everything to the disk. 0 or the first error. */
s32 sync_all(void);
/** The same at the end of the run: files that lost their names while they were open go first. */
void sync_for_good(void);
