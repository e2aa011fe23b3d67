/* Open files and file descriptors. */
#pragma once
#include "inode.h"

#define FILES_OPEN 64u

struct file {
    struct inode *inode;
    u32 position;
    u32 references;     /* descriptors, in all tables, that are this open file */
    u32 access;         /* O_RDONLY, O_WRONLY, O_RDWR */
};

/* What a descriptor is, for the tasks that share the table. */
struct files {
    u32 references;     /* tasks */
    struct file *table[FILES_OPEN];
};

#define O_ACCMODE   3u
#define O_RDONLY    0u
#define O_WRONLY    1u
#define O_RDWR      2u
#define O_CREAT     0100u
#define O_TRUNC     01000u
#define O_DIRECTORY 0200000u

#define AT_FDCWD      (-100)
#define AT_EMPTY_PATH 0x1000u

/** The file a call names by directory descriptor, user path and AT_ flags. 0 or -errno. */
s32 inode_at(u32 directory, u32 path, u32 flags, struct inode **inode);
/** The open file behind a descriptor, or NULL. */
struct file *file_of(u32 descriptor);
/** Opens an inode at the lowest free descriptor; the descriptor or -EMFILE. */
s32 file_open(struct inode *inode, u32 access);
s32 file_close(u32 descriptor);
/** Makes `to` another name of `from`; to = FILES_OPEN: the lowest free one from `lowest` on. The descriptor or -errno. */
s32 file_duplicate(u32 from, u32 to, u32 lowest);
/** One reference to an open file less; the last one closes it. */
void file_release(struct file *file);
