/*
 * Signals: what is sent, what waits, what is to be done. A signal for a process may be taken by any thread that does not
 * block it; one for a thread (a fault, tkill) is its own. Sets are 64 bits, bit 0 for signal 1.
 */
#pragma once
#include "../errno.h"
#include "../types.h"

#define SIGNALS 64u
#define SIGRTMIN 32u
#define signal_bit(number) (1ull << ((number) - 1))

/* si_code: above 0 from the kernel */
#define SI_USER     0
#define SI_KERNEL   0x80
#define SI_QUEUE  (-1)
#define SI_TIMER  (-2)
#define SI_TKILL  (-6)
#define ILL_ILLOPN   2
#define FPE_INTDIV   1
#define FPE_FLTDIV   3
#define FPE_FLTOVF   4
#define FPE_FLTUND   5
#define FPE_FLTRES   6
#define FPE_FLTINV   7
#define SEGV_MAPERR  1
#define SEGV_ACCERR  2
#define BUS_ADRALN   1
#define BUS_ADRERR   2
#define TRAP_BRKPT   1
#define TRAP_TRACE   2
#define CLD_EXITED   1
#define CLD_KILLED   2
#define CLD_STOPPED  5
#define CLD_CONTINUED 6

/* The beginning of siginfo_t; the rest of its 128 bytes is zeros. */
struct signal_info {
    u32 number;
    s32 error, code;
    u32 fields[5];   /* kill: pid, uid, value; child: pid, uid, status, user and system time; fault: address */
};

#define SIG_DFL 0u
#define SIG_IGN 1u
#define SA_NOCLDSTOP 0x00000001u
#define SA_NOCLDWAIT 0x00000002u
#define SA_SIGINFO   0x00000004u
#define SA_RESTORER  0x04000000u
#define SA_ONSTACK   0x08000000u
#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u

struct action {
    u32 handler, flags, restorer;
    u64 mask;
};

/* Shared by threads. */
struct handlers {
    u32 references;
    struct action action[SIGNALS];
};

/* Signals that wait. Those below SIGRTMIN wait at most once each. */
struct pending {
    u64 set;
    struct queued_signal *first;
};

#define FAULT_SIGNALS (signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGILL) | signal_bit(SIGTRAP) | signal_bit(SIGFPE) | signal_bit(SIGSYS))

struct process;
struct task;
struct trap_frame;

/** To a process. 0, or -EAGAIN when too many wait already. */
s32 send_signal(struct process *process, const struct signal_info *info);
/** To one thread. */
s32 send_to_task(struct task *task, const struct signal_info *info);
/** To a process, from the kernel: SIGPIPE, SIGALRM, ^C. */
void raise_signal(struct process *process, u32 number);
/** The same to each process of a group; 0 when there is one, else -ESRCH. */
s32 raise_in_group(u32 group, u32 number);
/** To the current task, for what it did: cannot be ignored, and blocked it kills. */
void force_signal(const struct signal_info *info);
/** Something waits that this task does not block, or it is to end: sleeping is over. */
int signal_pending(const struct task *task);
/** It would be thrown away. */
int is_ignored(const struct task *task, u32 number);

/** On the way back to the program: handlers, ends and stops that are due; and system calls made again. */
void deliver_signals(struct trap_frame *frame);

/* signal_queue.c */
s32 queue_signal(struct pending *pending, const struct signal_info *info);
/** Takes the next signal of `wanted`, faults first; 0 when there is none. */
u32 take_signal(struct pending *pending, u64 wanted, struct signal_info *info);
void drop_signals(struct pending *pending, u64 set);

/* handlers.c */
struct handlers *handlers_create(void);
struct handlers *handlers_copy(const struct handlers *handlers);
void handlers_release(struct handlers *handlers);
/** What exec leaves: handlers become defaults, ignored stays ignored. */
void handlers_reset(struct handlers *handlers);
