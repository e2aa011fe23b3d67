/* Open files. */
#pragma once
#include "../inspect.h"
#include "dentry.h"
#include "io.h"

struct item;
struct poll;

struct file_operations {
    s32 (*open)(struct file *file);                                   /* NULL: nothing to do */
    void (*close)(struct file *file);                                 /* the last descriptor is gone */
    s32 (*read)(struct file *file, struct io *io, u64 *position);
    s32 (*write)(struct file *file, struct io *io, u64 *position);
    s32 (*list)(struct file *file, struct lister *lister);            /* directories */
    s32 (*ioctl)(struct file *file, u32 request, u32 argument);       /* -ENOTTY: does not know it */
    u32 (*poll)(struct file *file, struct poll *poll);                /* POLLIN and so on; NULL: always ready */
    u32 unseekable;                                                   /* no position: lseek and pread are -ESPIPE */
};

struct file {
    struct dentry *dentry;     /* what it was opened by; of pipes one outside the tree */
    struct inode *inode;
    const struct file_operations *operations;
    u32 references;            /* descriptors, and calls in progress */
    u32 flags;                 /* O_ */
    u64 position;
    void *data;
    struct item *watched;      /* by sets that wait for it (fs/epoll.c) */
};

_Static_assert(__builtin_offsetof(struct file, position) == __builtin_offsetof(struct file_view, position), "struct file: layout");

#define O_ACCMODE   3u
#define O_RDONLY    0u
#define O_WRONLY    1u
#define O_RDWR      2u
#define O_CREAT     0100u
#define O_EXCL      0200u
#define O_NOCTTY    0400u
#define O_TRUNC     01000u
#define O_APPEND    02000u
#define O_NONBLOCK  04000u
#define O_DSYNC     010000u
#define O_ASYNC     020000u
#define O_DIRECT    040000u
#define O_LARGEFILE 0100000u
#define O_DIRECTORY 0200000u
#define O_NOFOLLOW  0400000u
#define O_NOATIME   01000000u
#define O_CLOEXEC   02000000u
#define O_SYNC      04010000u
#define O_PATH      010000000u
#define O_TMPFILE   020200000u

#define may_read(file)  (((file)->flags & O_ACCMODE) != O_WRONLY && !((file)->flags & O_PATH))
#define may_write(file) (((file)->flags & O_ACCMODE) - 1 < 2 && !((file)->flags & O_PATH))

#define AT_FDCWD            (-100)
#define AT_SYMLINK_NOFOLLOW 0x100u
#define AT_REMOVEDIR        0x200u
#define AT_EACCESS          0x200u
#define AT_SYMLINK_FOLLOW   0x400u
#define AT_NO_AUTOMOUNT     0x800u
#define AT_EMPTY_PATH       0x1000u

/** An open file, with one reference, calling its open(); takes a reference to the dentry. NULL and *error. */
struct file *file_open(struct dentry *dentry, u32 flags, s32 *error);
struct file *file_share(struct file *file);
/** One reference less; the last one closes. */
void file_release(struct file *file);
