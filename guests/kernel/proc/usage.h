/* Processor time and what else getrusage() tells. */
#pragma once
#include "../types.h"

struct task;

/* Times in clock ticks. */
struct usage {
    u64 user, system;
    u32 faults;          /* page faults served; none waits for a disk that is worth counting */
    u32 most_resident;   /* pages */
    u32 waits, preemptions;
};

void usage_add(struct usage *to, const struct usage *more);
/** The program has come into the kernel. */
void usage_kernel_entered(void);
/** The time since the last of these calls was the kernel's; the next is whoever's turn it is. */
void usage_kernel_left(void);
/** The time since then was nobody's. */
void usage_idle_ended(void);
/** A thread's account goes to its process. */
void usage_ends(struct task *task);
/** Of the current process so far: its ended threads and its living ones. */
struct usage usage_of_process(void);
/** As struct rusage, 72 bytes. 0 or -EFAULT. */
s32 usage_to_user(u32 to, const struct usage *usage);
