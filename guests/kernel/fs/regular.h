/* Files whose contents are pages: read, write, their size. */
#pragma once
#include "file.h"

#define FILE_SIZE_MAX 0x7fffffff000ull   /* what 32 bits of page numbers reach, and block numbers too */

s32 regular_read(struct file *file, struct io *io, u64 *position);
s32 regular_write(struct file *file, struct io *io, u64 *position);
#define SMALL_FILE_MAX 0x7fffffffu       /* of files opened without O_LARGEFILE */

/** Room on the disk for the bytes from `from` to `to`; the size grows with it unless it is to be kept. 0 or -errno. */
s32 inode_make_room(struct inode *inode, u64 from, u64 to, int keep_size);
/** Changes the size: what is beyond it goes, what is new reads as zeros. 0 or -errno. */
s32 inode_resize(struct inode *inode, u64 size);
extern const struct file_operations regular_operations;
