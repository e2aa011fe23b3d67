/* Sending signals: kill, tkill, tgkill and those with a value. All processes are of one user, so any may signal any. */
#include "../mm/user.h"
#include "../proc/signal.h"
#include "../proc/task.h"
#include "credentials.h"
#include "syscall.h"

/* Signal 0 only asks whether somebody is there. */
static s32 send(struct process *process, const struct signal_info *info)
{
    return process->ended || !info->number ? 0 : send_signal(process, info);
}

static s32 send_to_group(u32 group, const struct signal_info *info)
{
    s32 answer = -ESRCH;
    for (struct process *process = processes; process; process = process->next)
        if (process->group == group) {
            s32 error = send(process, info);
            answer = answer > 0 || !error ? 0 : error;
        }
    return answer;
}

/* kill(-1): all but process 1 and the caller. */
static s32 send_to_all(const struct signal_info *info)
{
    s32 answer = -ESRCH;
    for (struct process *process = processes; process; process = process->next)
        if (process->pid != 1 && process != current->process)
            answer = send(process, info);
    return answer;
}

s32 sys_kill(s32 pid, u32 number)
{
    struct signal_info info = { .number = number, .code = SI_USER, .fields = { current->process->pid, USER_ID } };
    if (number > SIGNALS)
        return -EINVAL;
    if (pid == -1)
        return send_to_all(&info);
    if (pid <= 0)
        return send_to_group(pid ? (u32)-pid : current->process->group, &info);
    struct process *process = process_find((u32)pid);
    return process ? send(process, &info) : -ESRCH;
}

static s32 send_to_thread(s32 group, s32 pid, const struct signal_info *info)
{
    if (pid <= 0 || group <= 0 || info->number > SIGNALS)
        return -EINVAL;
    struct task *task = task_find((u32)pid);
    if (!task || task->process->pid != (u32)group)
        return -ESRCH;
    return info->number ? send_to_task(task, info) : 0;
}

s32 sys_tgkill(s32 group, s32 pid, u32 number)
{
    return send_to_thread(group, pid, &(struct signal_info){ .number = number, .code = SI_TKILL, .fields = { current->process->pid, USER_ID } });
}

s32 sys_tkill(s32 pid, u32 number)
{
    struct task *task = pid > 0 ? task_find((u32)pid) : NULL;
    if (!task)
        return pid > 0 ? -ESRCH : -EINVAL;
    return sys_tgkill((s32)task->process->pid, pid, number);
}

/* A siginfo_t from the program: it may not pretend to come from the kernel, but to itself. */
static s32 read_info(u32 number, u32 info_at, u32 to, struct signal_info *info)
{
    if (copy_from_user(info, info_at, sizeof *info))
        return -EFAULT;
    info->number = number;
    if (number - 1 >= SIGNALS)
        return -EINVAL;
    return (info->code >= 0 || info->code == SI_TKILL) && to != current->process->pid ? -EPERM : 0;
}

s32 sys_rt_sigqueueinfo(s32 pid, u32 number, u32 info_at)
{
    struct signal_info info;
    s32 error = read_info(number, info_at, (u32)pid, &info);
    struct process *process = process_find((u32)pid);
    return error ? error : process ? send(process, &info) : -ESRCH;
}

s32 sys_rt_tgsigqueueinfo(s32 group, s32 pid, u32 number, u32 info_at)
{
    struct signal_info info;
    s32 error = read_info(number, info_at, (u32)group, &info);
    return error ? error : send_to_thread(group, pid, &info);
}
