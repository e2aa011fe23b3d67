/* Accounting: a stamp is taken at each way into the kernel, out of it, and at each change of tasks. */
#include "usage.h"
#include "../lib/divide.h"
#include "../memlayout.h"
#include "../mm/user.h"
#include "../sys/clock.h"
#include "../sys/syscall.h"
#include "task.h"

static u64 stamp;

void usage_kernel_entered(void)
{
    u64 now = clock_ticks();
    current->usage.user += now - stamp;
    stamp = now;
}

void usage_kernel_left(void)
{
    u64 now = clock_ticks();
    current->usage.system += now - stamp;
    stamp = now;
}

void usage_idle_ended(void)
{
    stamp = clock_ticks();
}

void usage_add(struct usage *to, const struct usage *more)
{
    to->user += more->user;
    to->system += more->system;
    to->faults += more->faults;
    to->waits += more->waits;
    to->preemptions += more->preemptions;
    if (more->most_resident > to->most_resident)
        to->most_resident = more->most_resident;
}

void usage_ends(struct task *task)
{
    if (task->mm->most_resident > task->usage.most_resident)
        task->usage.most_resident = task->mm->most_resident;
    usage_add(&task->process->usage, &task->usage);
}

struct usage usage_of_process(void)
{
    struct usage sum = current->process->usage;
    for (const struct task *task = current->process->threads; task; task = task->next_thread)
        usage_add(&sum, &task->usage);
    if (current->mm->most_resident > sum.most_resident)
        sum.most_resident = current->mm->most_resident;
    return sum;
}

static void to_timeval(u64 ticks, u32 timeval[2])
{
    timeval[0] = (u32)divide(ticks, TICKS_PER_SECOND, &timeval[1]);
    timeval[1] /= TICKS_PER_SECOND / 1000000;
}

s32 usage_to_user(u32 to, const struct usage *usage)
{
    u32 rusage[18] = { 0 };
    to_timeval(usage->user, rusage);
    to_timeval(usage->system, rusage + 2);
    rusage[4] = usage->most_resident * (PAGE_SIZE / 1024);
    rusage[8] = usage->faults;
    rusage[16] = usage->waits;
    rusage[17] = usage->preemptions;
    return copy_to_user(to, rusage, sizeof rusage);
}

enum { RUSAGE_CHILDREN = -1, RUSAGE_SELF = 0, RUSAGE_THREAD = 1 };

s32 sys_getrusage(s32 who, u32 to)
{
    struct usage sum;
    if (who == RUSAGE_SELF)
        sum = usage_of_process();
    else if (who == RUSAGE_CHILDREN)
        sum = current->process->children_usage;
    else if (who == RUSAGE_THREAD)
        sum = current->usage;
    else
        return -EINVAL;
    return usage_to_user(to, &sum);
}

/* In hundredths of a second; the answer is the time since boot. */
s32 sys_times(u32 to)
{
    struct usage sum = usage_of_process(), *children = &current->process->children_usage;
    u64 times[4] = { sum.user, sum.system, children->user, children->system };
    u32 hundredths[4];
    for (u32 i = 0; i < 4; i++)
        hundredths[i] = (u32)divide(times[i], TICKS_PER_SECOND / 100, NULL);
    if (to && copy_to_user(to, hundredths, sizeof hundredths))
        return -EFAULT;
    return (s32)divide(clock_ticks(), TICKS_PER_SECOND / 100, NULL);
}
