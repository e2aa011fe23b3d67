/*
 * setpgid, setsid and their like. A group is what a shell makes of a pipeline; a session is all groups of one terminal.
 * A group with a stopped member that becomes orphaned, because the last parent that could continue it has ended, gets
 * SIGHUP and SIGCONT (POSIX, _exit).
 */
#include "session.h"
#include "../sys/syscall.h"
#include "stop.h"

static int has_stopped_member(u32 group)
{
    for (const struct process *process = processes; process; process = process->next)
        if (process->group == group && process->stopping && !process->ended)
            return 1;
    return 0;
}

void group_lost_parent(u32 group)
{
    if (has_stopped_member(group) && is_orphaned_group(group)) {
        raise_in_group(group, SIGHUP);
        raise_in_group(group, SIGCONT);
    }
}

static struct process *by_pid(u32 pid)
{
    return pid ? process_find(pid) : current->process;
}

s32 sys_getpgid(u32 pid)
{
    const struct process *process = by_pid(pid);
    return process ? (s32)process->group : -ESRCH;
}

s32 sys_getpgrp(void)
{
    return (s32)current->process->group;
}

s32 sys_getsid(u32 pid)
{
    const struct process *process = by_pid(pid);
    return process ? (s32)process->session : -ESRCH;
}

/* A group of that number exists in our session. */
static int group_exists(u32 group)
{
    for (const struct process *process = processes; process; process = process->next)
        if (process->group == group && process->session == current->process->session)
            return 1;
    return 0;
}

s32 sys_setpgid(u32 pid, s32 wanted)
{
    struct process *process = by_pid(pid), *us = current->process;
    if (wanted < 0)
        return -EINVAL;
    if (!process || (process != us && process->parent != us))
        return -ESRCH;
    u32 group = wanted ? (u32)wanted : process->pid;
    if (process != us && process->has_execed)
        return -EACCES;
    if (process->session != us->session || process->session == process->pid)
        return -EPERM;
    if (group != process->pid && !group_exists(group))
        return -EPERM;
    process->group = group;
    return 0;
}

s32 sys_setsid(void)
{
    struct process *us = current->process;
    for (const struct process *process = processes; process; process = process->next)
        if (process->group == us->pid)
            return -EPERM;
    us->group = us->session = us->pid;
    return (s32)us->pid;
}
