/* What the files of /proc share. */
#pragma once
#include "../../proc/task.h"
#include "../dentry.h"
#include "proc.h"

#define PROC_ROOT 1u

/* A text in the making: pages, as many as it takes. */
struct text;

void text_add(struct text *text, const char *form, ...) __attribute__((format(printf, 2, 3)));
void text_bytes(struct text *text, const void *bytes, u32 count);
u32 text_length(const struct text *text);
/** Blanks up to that column of a line that began at `start`. */
void text_pad(struct text *text, u32 start, u32 column);

/* A file, directory or link of /proc, or of a process's directory in it. */
struct node {
    const char *name;
    u32 mode;
    s32 (*show)(struct text *text, struct process *process);         /* files: `process` is NULL in the root */
    s32 (*link)(char *to, u32 size, struct process *process);        /* links: the text */
    struct dentry *(*follow)(struct process *process);               /* or the file itself, with a reference; NULL: none */
    const struct file_operations *file_operations;                   /* directories */
    const struct inode_operations *operations;
};

#define node_of(inode) ((const struct node *)(inode)->data)
/* Numbers: the root 1; files of the root 2 and on; of a process pid << 8, its own directory 0, then as the table goes; descriptors from bit 31 on. */
#define number_of(pid, index) ((pid) << 8 | (index))
#define pid_of(inode) ((inode)->number >> 31 ? (inode)->number >> 12 & 0x7fff : (inode)->number >> 8)
#define descriptor_of(inode) ((inode)->number & 0xfff)

/** An inode of the tree. NULL: no memory. */
struct inode *proc_inode(struct super *super, u32 number, const struct node *node);
extern const struct file_operations text_operations;
extern const struct inode_operations proc_leaf_operations, proc_follow_operations;

/* tree.c */
extern const struct node proc_process_node;
/* root_files.c, process_files.c */
extern const struct node proc_root_nodes[], proc_process_nodes[];
extern const u32 proc_root_count, proc_process_count;
/* descriptors.c */
extern const struct inode_operations proc_fd_operations;
extern const struct file_operations proc_fd_directory;
/* maps.c */
s32 proc_maps(struct text *text, struct process *process);
s32 proc_smaps(struct text *text, struct process *process);
/* status.c */
s32 proc_status(struct text *text, struct process *process);
s32 proc_stat(struct text *text, struct process *process);
s32 proc_statm(struct text *text, struct process *process);
/* mounts.c */
s32 proc_mounts(struct text *text, struct process *process);

/* memory.c: another's memory, by its page tables */
struct residency {
    u32 pages, anonymous, file, shared, dirty, tables;
};

struct mm *proc_mm(const struct process *process);
/** Bytes of its memory; how many could be read. */
u32 proc_peek(const struct mm *mm, u32 address, void *to, u32 count);
/** Adds up the resident pages of a region. */
void proc_count(const struct mm *mm, const struct vma *vma, struct residency *usage);
