/*
 * Inodes: files, directories, devices and the rest, of whatever file system, once each in memory. A file system says
 * with its operations what can be done; NULL: it cannot. Answers are 0, counts, or -errno.
 */
#pragma once
#include "../sys/clock.h"

struct dentry;
struct file;
struct file_operations;
struct inode;
struct lister;
struct page;
struct super;

/* Types, in the upper bits of a mode. */
#define S_IFMT   0170000u
#define S_IFSOCK 0140000u
#define S_IFLNK  0120000u
#define S_IFREG  0100000u
#define S_IFBLK  0060000u
#define S_IFDIR  0040000u
#define S_IFCHR  0020000u
#define S_IFIFO  0010000u
#define S_ISUID  0004000u
#define S_ISGID  0002000u
#define S_ISVTX  0001000u
#define is_directory(inode) (((inode)->mode & S_IFMT) == S_IFDIR)
#define is_regular(inode)   (((inode)->mode & S_IFMT) == S_IFREG)
#define is_symlink(inode)   (((inode)->mode & S_IFMT) == S_IFLNK)

#define NAME_LIMIT 255u    /* bytes of one component */
#define PATH_LIMIT 4096u   /* of a path, with its NUL */

/* Device numbers: major in bits 8-15, minor in bits 0-7. */
#define device_number(major, minor) ((u32)(major) << 8 | (u32)(minor))

struct name {
    const char *text;  /* not ended by a NUL */
    u32 length;
};

struct inode_operations {
    /* Directories. `found` and `made` come with a reference. */
    s32 (*lookup)(struct inode *directory, struct name name, struct inode **found);
    s32 (*create)(struct inode *directory, struct name name, u32 mode, u32 device, struct inode **made);   /* all types but links */
    s32 (*symlink)(struct inode *directory, struct name name, const char *target, struct inode **made);
    s32 (*link)(struct inode *directory, struct name name, struct inode *target);
    s32 (*remove)(struct inode *directory, struct name name, struct inode *target);   /* a directory has been seen to be empty */
    s32 (*rename)(struct inode *from, struct name old, struct inode *moved, struct inode *to, struct name new, struct inode *replaced);
    s32 (*exchange)(struct inode *from, struct name old, struct inode *a, struct inode *to, struct name new, struct inode *b);
    s32 (*is_empty)(struct inode *directory);
    /* Contents. */
    s32 (*readlink)(struct inode *inode, char *to, u32 size);                  /* the length, without a NUL */
    struct dentry *(*follow)(struct inode *inode);                             /* links that lead to a file without a path, or NULL */
    s32 (*read_page)(struct inode *inode, u32 index, void *bytes);
    s32 (*prepare_write)(struct inode *inode, u32 index);                      /* room on the disk for the page */
    s32 (*write_page)(struct inode *inode, u32 index, const void *bytes);      /* NULL: pages live in memory alone */
    s32 (*truncate)(struct inode *inode, u64 size);                            /* frees what lies beyond `size`, the old one is inode->size */
    /* The inode itself. */
    s32 (*changed)(struct inode *inode);                                       /* keep its fields */
    void (*free)(struct inode *inode);                                         /* no name and no user left */
};

struct inode {
    struct inode *next;        /* in its chain of the inode cache */
    struct super *super;
    const struct inode_operations *operations;
    const struct file_operations *file_operations;   /* of files opened on it */
    u32 number, references;
    u32 mode, links, user, group;
    u32 device;                /* of device files */
    u32 sectors;               /* of 512 bytes, that hold it */
    u64 size;
    struct time atime, mtime, ctime;
    struct page *pages;        /* that are in the page cache */
    s32 writers;               /* open files that may write; negative: programs that run from it */
    u32 map;                   /* devices: what mapping it maps */
    u32 map_base, map_size;    /* MAP_PHYSICAL: bytes of physical memory from there */
    struct pipe *pipe;         /* while a pipe is open */
    struct lock *locks;        /* of its records (fs/locks.h) */
    union {
        u32 blocks[15];        /* ext2: where the contents are, or the target of a short link */
        void *data;            /* other file systems */
    };
};

#define MAP_NOTHING  0u
#define MAP_ZERO     1u        /* mapping it is mapping anonymous memory */
#define MAP_PHYSICAL 2u

/* A mounted file system. */
struct super {
    struct super *next;
    const struct super_operations *operations;
    struct dentry *root;
    u32 device;                /* st_dev */
    u32 read_only;
    const char *type;          /* as /proc/mounts names it */
    const char *source;
    void *data;
};

struct statfs;

struct super_operations {
    s32 (*read_inode)(struct inode *inode);            /* fills an inode of that number; NULL: they are made, never read */
    void (*statfs)(struct super *super, struct statfs *to);
    s32 (*sync)(struct super *super);                  /* after the pages of its inodes */
};

struct statfs {
    u32 type, block_size;
    u64 blocks, free_blocks, inodes, free_inodes;
    u32 name_length;
};
