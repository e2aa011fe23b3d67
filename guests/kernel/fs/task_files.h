/* What a task has of the file system: its descriptors, its current directory and umask. Shared by threads, copied by fork. */
#pragma once
#include "../types.h"

struct files;
struct inode;

struct fs {
    u32 references;   /* tasks */
    u32 umask;
    struct inode *directory;   /* the current one; NULL: the root */
};

struct files *files_create(void);
/** A table of its own with the same open files. NULL: no memory. */
struct files *files_copy(struct files *files);
struct files *files_share(struct files *files);
/** A table that is ours alone, in place of one reference to this: the same one, or a copy. NULL: no memory. */
struct files *files_unshare(struct files *files);
/** exec: closes the descriptors marked so. */
void files_close_on_exec(struct files *files);
/** One task less; the last one closes what is open. */
void files_release(struct files *files);

struct fs *fs_create(void);
struct fs *fs_copy(const struct fs *fs);
struct fs *fs_share(struct fs *fs);
void fs_release(struct fs *fs);
