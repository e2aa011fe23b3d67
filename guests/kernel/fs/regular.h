/* Files whose contents are pages: read, write, their size. */
#pragma once
#include "file.h"

#define FILE_SIZE_MAX 0x7fffffff000ull   /* what 32 bits of page numbers reach, and block numbers too */

s32 regular_read(struct file *file, struct io *io, u64 *position);
s32 regular_write(struct file *file, struct io *io, u64 *position);
/** Changes the size: what is beyond it goes, what is new reads as zeros. 0 or -errno. */
s32 inode_resize(struct inode *inode, u64 size);
extern const struct file_operations regular_operations;
