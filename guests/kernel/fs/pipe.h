/* Pipes, named and not: 64 KiB between who writes and who reads. */
#pragma once
#include "file.h"

#define PIPE_SIZE 0x10000u
#define PIPE_BUF  4096u     /* writes up to this are whole */

/** Both ends of a new pipe, each with a reference. 0 or -ENOMEM. */
s32 pipe_create(u32 flags, struct file **reader, struct file **writer);
/** A file outside the tree of names: "kind:[number]". NULL: no memory. */
struct dentry *nameless(const char *kind, u32 mode, const struct file_operations *operations);
/** An open file outside the tree, to read and write, "anon_inode:" and that kind. NULL: no memory. */
struct file *anonymous_file(const char *kind, const struct file_operations *operations, u32 flags, void *data);
extern const struct file_operations fifo_operations;
