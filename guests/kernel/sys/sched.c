/*
 * Calls about scheduling: there is one processor, one policy (SCHED_OTHER) and one priority; nice values are remembered,
 * no more.
 */
#include "../proc/schedule.h"
#include "../lib/string.h"
#include "../mm/user.h"
#include "syscall.h"

#define NICE_MIN (-20)
#define NICE_MAX 19

static struct task *by_pid(u32 pid)
{
    return pid ? task_find(pid) : current;
}

s32 sys_sched_yield(void)
{
    schedule();
    return 0;
}

s32 sys_sched_getaffinity(u32 pid, u32 size, u32 to)
{
    static const u32 first = 1;
    if (!by_pid(pid))
        return -ESRCH;
    if (size < 4 || size & 3)
        return -EINVAL;
    return copy_to_user(to, &first, 4) ? -EFAULT : 4;
}

s32 sys_sched_setaffinity(u32 pid, u32 size, u32 from)
{
    u32 mask = 0;
    if (!by_pid(pid))
        return -ESRCH;
    if (copy_from_user(&mask, from, size < 4 ? size : 4))
        return -EFAULT;
    return mask & 1 ? 0 : -EINVAL;
}

s32 sys_sched_getscheduler(u32 pid)
{
    return (s32)pid < 0 ? -EINVAL : by_pid(pid) ? 0 : -ESRCH;
}

/* struct sched_param is the priority, which is 0. */
s32 sys_sched_getparam(u32 pid, u32 to)
{
    static const u32 priority = 0;
    if ((s32)pid < 0 || !to)
        return -EINVAL;
    return by_pid(pid) ? copy_to_user(to, &priority, 4) : -ESRCH;
}

static s32 check_param(u32 pid, u32 policy, u32 from)
{
    u32 priority;
    if ((s32)pid < 0 || !from)
        return -EINVAL;
    if (!by_pid(pid))
        return -ESRCH;
    if (copy_from_user(&priority, from, 4))
        return -EFAULT;
    if (policy == 1 || policy == 2)   /* SCHED_FIFO, SCHED_RR: for the privileged */
        return -EPERM;
    return policy > 5 || priority ? -EINVAL : 0;
}

s32 sys_sched_setparam(u32 pid, u32 from)
{
    return check_param(pid, 0, from);
}

s32 sys_sched_setscheduler(u32 pid, u32 policy, u32 from)
{
    return check_param(pid, policy, from);
}

s32 sys_sched_priority_max(u32 policy)
{
    return policy == 1 || policy == 2 ? 99 : policy <= 6 ? 0 : -EINVAL;
}

s32 sys_sched_priority_min(u32 policy)
{
    return policy == 1 || policy == 2 ? 1 : policy <= 6 ? 0 : -EINVAL;
}

s32 sys_sched_rr_get_interval(u32 pid, u32 to)
{
    static const u32 slice[2] = { 0, 10000000 };
    return by_pid(pid) ? copy_to_user(to, slice, sizeof slice) : -ESRCH;
}

s32 sys_nice(s32 more)
{
    s32 nice = current->process->nice + (more < -40 ? -40 : more > 40 ? 40 : more);
    current->process->nice = nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;
    return 0;
}

/* The raw answer is 20 - nice, so that it is never negative. Only of processes, not of groups or users. */
s32 sys_getpriority(u32 which, u32 who)
{
    const struct process *process = who && which == 0 ? process_find(who) : current->process;
    if (which > 2)
        return -EINVAL;
    return process ? 20 - process->nice : -ESRCH;
}

s32 sys_setpriority(u32 which, u32 who, s32 nice)
{
    struct process *process = who && which == 0 ? process_find(who) : current->process;
    if (which > 2)
        return -EINVAL;
    if (!process)
        return -ESRCH;
    process->nice = nice < NICE_MIN ? NICE_MIN : nice > NICE_MAX ? NICE_MAX : nice;
    return 0;
}

s32 sys_getcpu(u32 cpu_at, u32 node_at)
{
    static const u32 zero = 0;
    return (cpu_at && copy_to_user(cpu_at, &zero, 4)) || (node_at && copy_to_user(node_at, &zero, 4)) ? -EFAULT : 0;
}
