/* The inodes in memory. */
#pragma once
#include "inode.h"

/** The inode of that number, read when it is not here; a reference more. NULL and *error: -EIO, -ENOMEM. */
struct inode *inode_get(struct super *super, u32 number, s32 *error);
/** A fresh one, with one reference and the current time; NULL: no memory. */
struct inode *inode_make(struct super *super, u32 number, u32 mode);
struct inode *inode_share(struct inode *inode);
/** One reference less. Without names and users it is freed; otherwise it stays for the next time. */
void inode_release(struct inode *inode);
/** Its fields changed: the file system keeps them. */
s32 inode_changed(struct inode *inode);
/** The next inode in memory after this one (NULL: the first). */
struct inode *inode_next(const struct inode *after);
/** Forgets up to `wanted` unused inodes with nothing cached. */
void inodes_shrink(void);
