/*
 * What a host may look at: the tasks as the kernel sees them, by the symbols `current` (the one that runs; while none
 * does, the one that did last) and `tasks` (the list of all) in kernel.elf. All fields are 32-bit, little-endian, at the
 * offsets in the comments; pointers are linear addresses of the kernel. A reader checks `magic` and `version` first; any
 * change of layout counts the version up. What follows these fields in their structures is the kernel's own.
 */
#pragma once
#include "types.h"

#define TASK_MAGIC   0x54363852u   /* the bytes "R86T" */
#define TASK_VERSION 3u
#define VMA_NAME     96
#define TASK_NAME    32

/* task.state */
#define TASK_LOADING  0u   /* the first exec is in progress */
#define TASK_RUNNING  1u   /* runs, or could */
#define TASK_SLEEPING 2u   /* waits for something */
#define TASK_ENDED    3u
#define TASK_STOPPED  4u   /* by a signal */

/* vma.prot: as PROT_ of mmap */
#define PROT_READ  1u
#define PROT_WRITE 2u
#define PROT_EXEC  4u

/* vma.flags */
#define VMA_SHARED    1u
#define VMA_GROWSDOWN 2u
#define VMA_MAYWRITE  4u   /* shared, of a file that was opened for writing: mprotect may allow it */
#define VMA_DONTFORK   8u   /* madvise: a child does not get it */
#define VMA_WIPEONFORK 16u  /* a child finds zeros there */

/* vma.kind */
#define VMA_ANONYMOUS 0u   /* mmap without a file */
#define VMA_FILE      1u   /* pages of a file, at vma.offset */
#define VMA_HEAP      2u   /* brk */
#define VMA_STACK     3u
#define VMA_DEVICE    4u   /* physical memory of a device, at vma.offset */
#define VMA_BSS       5u   /* the zeroed end of a program's data segment */

struct dentry;
struct inode;
struct process;
struct shared_pages;
struct task;
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
    struct shared_pages *pages;   /* 128: anonymous and shared: its pages; or 0 */
    u32 device;            /* 132: of a file, the file system it is on: major number in bits 31-8, minor in 7-0 */
    u32 number;            /* 136: of a file, its inode; or 0 */
};

/* An address space: of a process, shared by its threads. */
struct mm {
    u32 page_directory;    /*  0: physical address, what CR3 holds */
    struct vma *vmas;      /*  4: the lowest one */
    u32 vma_count;         /*  8 */
    u32 start_brk;         /* 12: where the heap begins */
    u32 brk;               /* 16: where it ends now */
    u32 mmap_base;         /* 20: mmap places from here downwards */
    u32 stack_top;         /* 24: end of the stack's VMA */
    u32 stack_limit;       /* 28: lowest address the stack may grow to */
    u32 start_stack;       /* 32: ESP at the program's entry: argc is there */
    u32 entry;             /* 36: first instruction */
    u32 start_code;        /* 40: bounds of the program's segments */
    u32 end_code;          /* 44 */
    u32 start_data;        /* 48 */
    u32 end_data;          /* 52 */
    u32 arg_start;         /* 56: the argv strings */
    u32 arg_end;           /* 60 */
    u32 env_start;         /* 64: the environment strings */
    u32 env_end;           /* 68 */
    u32 faults;            /* 72: page faults served */
    char path[128];        /* 76: of the program */
    u32 resident;          /* 204: pages present */
    u32 most_resident;     /* 208 */
    u32 references;        /* 212: tasks that live in it */
    struct dentry *exe;    /* 216: the program's file */
    u32 table_groups;      /* 220: bit n: among slots 32n to 32n+31 of the directory are page tables */
};

struct task_view {
    u32 magic;             /*  0: TASK_MAGIC */
    u32 version;           /*  4: TASK_VERSION */
    u32 pid;               /*  8: of the thread; that of the process for its first one */
    u32 state;             /* 12 */
    struct mm *mm;         /* 16: 0 once it has ended */
    struct task *next;     /* 20: in the list of all tasks, or 0 */
    struct process *process;   /* 24 */
    struct trap_frame *frame;  /* 28: the program's registers at its last way into the kernel (cpu/trap.h) */
    char name[TASK_NAME];  /* 32: last component of the program's path */
};

struct process_view {
    u32 pid;               /*  0 */
    struct process *parent;    /*  4: 0 for process 1 */
    u32 group;             /*  8: process group */
    u32 session;           /* 12 */
    u32 wait_status;       /* 16: once ended */
    u32 death;             /* 20: DEATH_: what the signal that ends it comes of */
    s32 death_code;        /* 24: si_code of that signal */
    u32 death_sender;      /* 28: number of the process that sent it, where one did */
};

/* process.death */
#define DEATH_NONE   0u
#define DEATH_FAULT  1u   /* an exception of its own */
#define DEATH_SENT   2u   /* by a process: kill, tgkill, sigqueue */
#define DEATH_KERNEL 3u   /* by the kernel: a pipe, an alarm, the terminal, want of memory */

/* By the symbol `standard_input`, or 0: the open file that descriptor 0 began as, where the host's is a file. */
struct file_view {
    u32 unused[5];
    u64 position;          /* 20: how far it has been read */
};

_Static_assert(sizeof(struct vma) == 44 + VMA_NAME, "struct vma: layout");
_Static_assert(__builtin_offsetof(struct mm, path) == 76 && sizeof(struct mm) == 224, "struct mm: layout");
_Static_assert(__builtin_offsetof(struct task_view, name) == 32, "struct task_view: layout");
