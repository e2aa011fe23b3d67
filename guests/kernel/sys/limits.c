/*
 * getrlimit, setrlimit, prlimit64. Kept to are RLIMIT_AS and RLIMIT_DATA by mmap and brk, RLIMIT_STACK from the next exec
 * on, RLIMIT_NPROC by fork (though the user is root), RLIMIT_NOFILE. The others can be set and read, so that programs that lower them go on.
 */
#include "limits.h"
#include "../memlayout.h"
#include "../mm/user.h"
#include "../proc/task.h"
#include "syscall.h"

void limits_init(u32 limits[LIMITS][2])
{
    for (u32 i = 0; i < LIMITS; i++)
        limits[i][0] = limits[i][1] = LIMIT_NONE;
    limits[RLIMIT_STACK][0] = STACK_LIMIT;
    limits[RLIMIT_CORE][0] = 0;
    limits[RLIMIT_NPROC][0] = limits[RLIMIT_NPROC][1] = TASKS_MAX;
    limits[RLIMIT_NOFILE][0] = 1024;
    limits[RLIMIT_NOFILE][1] = 4096;
    limits[RLIMIT_MEMLOCK][0] = limits[RLIMIT_MEMLOCK][1] = 8 << 20;
}

static s32 set(u32 resource, const u32 new[2])
{
    u32 *limit = current->process->limits[resource];
    if (new[0] > new[1])
        return -EINVAL;
    limit[0] = new[0];
    limit[1] = new[1];
    return 0;
}

s32 sys_getrlimit(u32 resource, u32 to)
{
    if (resource >= LIMITS)
        return -EINVAL;
    return copy_to_user(to, current->process->limits[resource], 8);
}

s32 sys_old_getrlimit(u32 resource, u32 to)
{
    u32 limit[2];
    if (resource >= LIMITS)
        return -EINVAL;
    for (u32 i = 0; i < 2; i++)   /* signed, then: infinity is the largest positive number */
        limit[i] = current->process->limits[resource][i] > 0x7fffffff ? 0x7fffffff : current->process->limits[resource][i];
    return copy_to_user(to, limit, sizeof limit);
}

s32 sys_setrlimit(u32 resource, u32 from)
{
    u32 limit[2];
    if (resource >= LIMITS)
        return -EINVAL;
    return copy_from_user(limit, from, sizeof limit) ? -EFAULT : set(resource, limit);
}

/* 64 bits each: what needs more than 32 is infinite. */
s32 sys_prlimit64(u32 pid, u32 resource, u32 from, u32 to)
{
    u32 new[4], old[4];
    if (resource >= LIMITS)
        return -EINVAL;
    struct process *process = pid ? process_find(pid) : current->process;
    if (!process)
        return -ESRCH;
    for (u32 i = 0; i < 2; i++) {
        old[2 * i] = process->limits[resource][i];
        old[2 * i + 1] = old[2 * i] == LIMIT_NONE ? LIMIT_NONE : 0;
    }
    if (from) {
        if (copy_from_user(new, from, sizeof new))
            return -EFAULT;
        if (process != current->process)
            return -EPERM;
        u32 narrow[2] = { new[1] ? LIMIT_NONE : new[0], new[3] ? LIMIT_NONE : new[2] };
        s32 error = set(resource, narrow);
        if (error)
            return error;
    }
    return to ? copy_to_user(to, old, sizeof old) : 0;
}
