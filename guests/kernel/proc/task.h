/*
 * Tasks and processes. A task is what the processor runs: a thread, with a kernel stack, registers and a signal mask. A
 * process is what wait() and kill() know: its tasks, its parent and children, its signals. A program without threads is
 * one of each, with the same number. What a host may look at comes first in both (inspect.h).
 */
#pragma once
#include "../cpu/segments.h"
#include "../inspect.h"
#include "../sys/limits.h"
#include "alarm.h"
#include "signal.h"
#include "usage.h"
#include "wait_queue.h"

#define TASKS_MAX 1000u
#define PID_MAX   32768u

struct files;
struct fs;

struct process {
    struct process_view;
    struct process *next;        /* in the list of all processes */
    struct process *children;    /* the newest one; the others by `sibling` */
    struct process *sibling;
    struct task *threads;        /* those that have not ended, by `next_thread` */
    u32 thread_count;
    struct wait_queue child_changed;   /* woken as a child ends, stops or goes on */
    struct wait_queue thread_ended;
    struct wait_queue signal_sent;     /* blocked or not: signalfd */
    struct alarm alarm;
    struct posix_timer *timers;
    struct usage usage;          /* of the threads that have ended */
    struct usage children_usage; /* of the children that have been waited for */
    u32 limits[LIMITS][2];       /* soft, hard: setrlimit() */
    struct task *exec;           /* a thread that is in exec: the others end */
    u32 personality;
    s32 nice;
    u8 has_execed;
    u32 exit_signal;             /* what the parent gets at the end: SIGCHLD, or 0 */
    struct pending pending;      /* signals any thread may take */
    u32 stop_status;             /* while stopped, and not yet told by wait(): its answer */
    u8 continued;                /* the same for going on */
    u8 stopping;                 /* by a signal: threads stop on their way back to the program */
    u8 ended;                    /* no thread is left: a zombie, until its parent has waited for it */
    u8 exiting;                  /* by exit_group or a deadly signal: the threads are on their way out */
};

/* The sleep that restart_syscall() goes on with. */
struct restart_sleep {
    u64 deadline;
    u32 rest_at;                 /* where the rest goes when it is cut short */
    s32 (*write)(u32 to, u64 ticks);
};

struct task {
    struct task_view;
    struct task *next_thread;
    struct task *next_ready;     /* in the scheduler's queue */
    u32 kernel_esp;              /* while it does not run: where switch_stacks() left it */
    u32 kernel_stack;            /* its top */
    struct files *files;
    struct fs *fs;
    u64 tls[TLS_COUNT];          /* descriptors for the GDT */
    struct handlers *handlers;
    struct pending pending;      /* signals for this thread alone */
    u64 blocked;
    u64 saved_mask;              /* what sigsuspend() replaced, to be put back once a handler has been entered */
    u8 restore_mask;
    struct { u32 start, size, flags; } alternate_stack;   /* sigaltstack() */
    struct { u32 vector, error, address, fresh; } fault;   /* the last exception that became a signal, and whether it still is one */
    struct restart_sleep restart_sleep;
    u32 clear_child_tid;         /* cleared, with a futex wake, at the end */
    u32 set_child_tid;           /* gets the number as the task begins */
    u32 robust_list;
    struct vfork *vfork;         /* the parent sleeps until we have left its memory */
    struct usage usage;
    u8 only_killable;            /* sleeps, and only SIGKILL is to wake it */
    u8 ready;                    /* in the scheduler's queue, or running */
    u8 woken;                    /* a queue it waits in was woken since it last slept */
    u8 fpu[512] __attribute__((aligned(16)));   /* x87 and SSE registers while it does not run: FXSAVE or FNSAVE */
};

extern struct task *current;
extern struct task *tasks;
extern struct process *processes;

/** A task in `process`, or in a new one when that is NULL, with a kernel stack and nothing else; NULL: too many, or no memory. */
/** Makes process 1 and its task, with an empty address space, and makes it the current one. */
void first_task(void);
struct task *task_create(struct process *process);
/** Takes it out of all lists. Its stack and itself are freed once it has been switched away from. */
void task_unlink(struct task *task);
void task_free(struct task *task);
/** How many there are. */
u32 tasks_count(void);
struct task *task_find(u32 pid);
struct process *process_find(u32 pid);
void process_free(struct process *process);
/** A child that has ended and was waited for, or that nobody wants to wait for: what it used is its parent's now. */
void process_reap(struct process *process);
/** Where the program's registers are while the task is in the kernel. */
struct trap_frame *task_frame(const struct task *task);
