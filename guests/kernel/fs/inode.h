/* Files, directories and devices by name: what the root file system and the kernel itself put there. */
#pragma once
#include "../types.h"

struct file;
struct vma;

#define INODE_FILE      0u
#define INODE_DIRECTORY 1u
#define INODE_DEVICE    2u
#define PATH_LIMIT      256u

/* What a file does when read and written; NULL: cannot. `buffer` is a user address. Answers are counts or -errno. */
struct file_operations {
    s32 (*read)(struct file *file, u32 buffer, u32 count);
    s32 (*write)(struct file *file, u32 buffer, u32 count);
};

struct inode {
    struct inode *next;
    u32 kind;
    u32 number;
    u32 size;                  /* bytes; below 2 GiB */
    u32 sector;                /* first sector of the contents */
    u32 mode, mtime;           /* permission bits; seconds since 1970 */
    u32 device;                /* devices: physical memory to map, or one of the two below */
    const struct file_operations *operations;
    u32 **cache;               /* [page / 1024][page % 1024]: frame that holds the page, 0: not read yet */
    char *path;                /* without a leading slash; "" is the root */
};

#define DEVICE_UNMAPPABLE 0u
#define DEVICE_ZERO       1u   /* mapping it is mapping anonymous memory */

/** Adds a name; `path` is normalised. NULL when there is no memory. Of two files of one name the last counts. */
struct inode *inode_add(const char *path, u32 kind);
/** The file of that name: absolute, or relative to the root; "." and ".." and doubled slashes allowed. NULL: none. */
struct inode *inode_find(const char *path);
/** Walks all inodes: NULL first, then the last one returned. */
struct inode *inode_next(const struct inode *after);
/** Frame of page `page` of a file, reading it when it is not there yet. The cache keeps its own reference.
    0, -EINVAL beyond the end, -EIO, -ENOMEM. */
s32 inode_page(struct inode *inode, u32 page, u32 *frame);
/** A program can write to that page from now on, without further notice, until nobody maps it any more. */
void inode_page_written(struct inode *inode, u32 page);
/** Reads into kernel memory; the number of bytes, short at the end of the file, or -errno. */
s32 inode_read(struct inode *inode, u32 offset, void *to, u32 count);
/** Removes ".", "..", doubled, leading and trailing slashes. 0, or -ENAMETOOLONG. */
s32 path_normalise(char to[PATH_LIMIT], const char *from);
