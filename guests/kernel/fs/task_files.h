/* What a task has open, and where it stands in the tree of names. Threads share both, fork copies them. */
#pragma once
#include "file.h"

#define FILES_MAX  1024u   /* descriptors; also RLIMIT_NOFILE */

struct files {
    u32 references;
    u32 limit;                        /* descriptors from here on are -EMFILE: RLIMIT_NOFILE */
    u32 end;                          /* above the highest descriptor there has been; the table is empty from there */
    struct file **table;              /* a page of FILES_MAX */
    u32 close_on_exec[FILES_MAX / 32];
};

struct fs {
    u32 references;
    u32 umask;
    struct dentry *root, *cwd;
};

struct files *files_create(void);
/** A table with the same open files; NULL: no memory. */
struct files *files_copy(const struct files *from);
struct files *files_share(struct files *files);
/** A table that is ours alone, in place of one reference to this: the same one, or a copy. NULL: no memory. */
struct files *files_unshare(struct files *files);
void files_release(struct files *files);
/** Closes a descriptor that is open. */
void files_close(struct files *files, u32 descriptor);
void files_close_on_exec(struct files *files);

/** The caller's open file behind a descriptor, or NULL; without a reference: hold it where the call may sleep. */
struct file *file_of(u32 descriptor);
/** The same that O_PATH descriptors do not pass. */
struct file *file_of_io(u32 descriptor);
/** The lowest free descriptor from `from` on becomes a name of the file, whose reference passes on, also when there is none: -EMFILE, -EINVAL. */
s32 descriptor_add(struct file *file, u32 from, int close_on_exec);
/** Makes `to` a name of the file, closing what it was; takes the reference. -EBADF beyond the limit. */
s32 descriptor_set(struct file *file, u32 to, int close_on_exec);
s32 descriptor_close(u32 descriptor);
void descriptor_flag(u32 descriptor, int close_on_exec);
int descriptor_closes_on_exec(u32 descriptor);

struct fs *fs_create(void);
struct fs *fs_copy(const struct fs *from);
struct fs *fs_share(struct fs *fs);
void fs_release(struct fs *fs);
