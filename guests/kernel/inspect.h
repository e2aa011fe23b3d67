/*
 * What a host may look at: the process as the kernel sees it, by symbol `current` in kernel.elf. All fields are 32-bit,
 * little-endian, at the offsets in the comments; pointers are kernel addresses (physical = address - 0xC0000000).
 * A reader checks `magic` and `version` first; any change of layout counts the version up.
 */
#pragma once
#include "types.h"

#define TASK_MAGIC   0x54363852u   /* the bytes "R86T" */
#define TASK_VERSION 1u
#define VMA_NAME     96

/* task.state */
#define TASK_LOADING 0u   /* exec in progress */
#define TASK_RUNNING 1u
#define TASK_READING 2u   /* blocked in a read of the console */
#define TASK_ENDED   3u   /* wait_status is final, everything else is as it was at the end */

/* vma.prot: as PROT_ of mmap */
#define PROT_READ  1u
#define PROT_WRITE 2u
#define PROT_EXEC  4u

/* vma.flags */
#define VMA_SHARED    1u
#define VMA_GROWSDOWN 2u

/* vma.kind */
#define VMA_ANONYMOUS 0u   /* mmap without a file */
#define VMA_FILE      1u   /* pages of a file, at vma.offset */
#define VMA_HEAP      2u   /* brk */
#define VMA_STACK     3u
#define VMA_DEVICE    4u   /* physical memory of a device, at vma.offset */
#define VMA_BSS       5u   /* the zeroed end of a program's data segment */

struct inode;
struct trap_frame;

struct vma {
    struct vma *next;      /*  0: the next higher one, or 0 */
    u32 start;             /*  4: first byte */
    u32 end;               /*  8: first byte after it */
    u32 prot;              /* 12 */
    u32 flags;             /* 16 */
    u32 kind;              /* 20 */
    u32 offset;            /* 24: byte in the file, or physical address for a device */
    struct inode *inode;   /* 28: the file, or 0 */
    char name[VMA_NAME];   /* 32: as /proc/self/maps shows it: a path, "[heap]", "[stack]", or empty */
};

struct task {
    u32 magic;             /*   0: TASK_MAGIC */
    u32 version;           /*   4: TASK_VERSION */
    u32 pid;               /*   8 */
    u32 state;             /*  12 */
    u32 page_directory;    /*  16: physical address, what CR3 holds */
    struct vma *vmas;      /*  20: the lowest one */
    u32 vma_count;         /*  24 */
    u32 start_brk;         /*  28: where the heap begins */
    u32 brk;               /*  32: where it ends now */
    u32 mmap_base;         /*  36: mmap places from here downwards */
    u32 stack_top;         /*  40: end of the stack's VMA */
    u32 stack_limit;       /*  44: lowest address the stack may grow to */
    u32 start_stack;       /*  48: ESP at the program's entry: argc is there */
    u32 entry;             /*  52: first instruction */
    u32 start_code;        /*  56: bounds of the program's segments */
    u32 end_code;          /*  60 */
    u32 start_data;        /*  64 */
    u32 end_data;          /*  68 */
    u32 arg_start;         /*  72: the argv strings */
    u32 arg_end;           /*  76 */
    u32 env_start;         /*  80: the environment strings */
    u32 env_end;           /*  84 */
    u32 wait_status;       /*  88: once ended */
    struct trap_frame *frame; /* 92: the program's registers at its last way into the kernel (cpu/trap.h) */
    u32 faults;            /*  96: page faults served */
    u32 seed;              /* 100 */
    char name[32];         /* 104: last component of the program's path */
    char path[128];        /* 136 */
};

_Static_assert(sizeof(struct vma) == 32 + VMA_NAME, "struct vma: layout");
_Static_assert(__builtin_offsetof(struct task, name) == 104 && sizeof(struct task) == 264, "struct task: layout");

/** The process; there is one. */
extern struct task *current;
