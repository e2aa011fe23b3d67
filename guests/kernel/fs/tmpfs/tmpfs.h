/* Files that live in memory alone: /tmp, /dev. */
#pragma once
#include "../inode.h"

/** A new file system, and its root directory, with a reference; at most `pages` pages of contents. NULL: no memory. */
struct inode *tmpfs_create(const char *source, u32 minor, u32 pages, u32 mode, struct super **super);
