/*
 * Tasks and processes. A task is what the processor runs: a thread, with a kernel stack, registers and a signal mask. A
 * process is what wait() and kill() know: its tasks, its parent and children, its signals. A program without threads is
 * one of each, with the same number. What a host may look at comes first in both (inspect.h).
 */
#pragma once
#include "../cpu/segments.h"
#include "../inspect.h"
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
    u32 exit_signal;             /* what the parent gets at the end: SIGCHLD, or 0 */
    u8 ended;                    /* no thread is left: a zombie, until its parent has waited for it */
    u8 exiting;                  /* by exit_group or a deadly signal: the threads are on their way out */
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
struct task *task_find(u32 pid);
struct process *process_find(u32 pid);
void process_free(struct process *process);
/** Where the program's registers are while the task is in the kernel. */
struct trap_frame *task_frame(const struct task *task);
