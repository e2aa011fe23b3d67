/* New tasks. */
#pragma once
#include "../types.h"

struct trap_frame;

/* Flags of clone; the low byte is the signal the parent gets at the end. */
#define CLONE_SIGNAL         0x000000ffu
#define CLONE_VM             0x00000100u
#define CLONE_FS             0x00000200u
#define CLONE_FILES          0x00000400u
#define CLONE_SIGHAND        0x00000800u
#define CLONE_VFORK          0x00004000u
#define CLONE_PARENT         0x00008000u
#define CLONE_THREAD         0x00010000u
#define CLONE_SYSVSEM        0x00040000u
#define CLONE_SETTLS         0x00080000u
#define CLONE_PARENT_SETTID  0x00100000u
#define CLONE_CHILD_CLEARTID 0x00200000u
#define CLONE_DETACHED       0x00400000u
#define CLONE_NEW_SPACES     0x7e020000u   /* CLONE_NEWNS and its like */
#define CLONE_CHILD_SETTID   0x01000000u

/* What clone and clone3 ask for. */
struct clone {
    u32 flags;
    u32 stack;        /* ESP of the child; 0: the parent's */
    u32 parent_tid;   /* where the child's number goes, in the parent */
    u32 child_tid;    /* the same in the child; cleared, with a futex wake, at its end */
    u32 tls;          /* struct user_desc */
};

/** Makes a task like the current one. The child's number, or -errno. */
s32 clone_task(const struct clone *request);
