/* Job control: who the terminal belongs to, and who of them is in front. */
#include "../errno.h"
#include "../mm/user.h"
#include "../proc/signal.h"
#include "../proc/stop.h"
#include "../proc/task.h"
#include "tty.h"

s32 tty_job_check(int writing)
{
    const struct process *process = current->process;
    u32 signal = writing ? SIGTTOU : SIGTTIN;
    if (tty.session != process->session || tty.foreground == process->group)
        return 0;
    if (is_ignored(current, signal) || current->blocked & signal_bit(signal))
        return writing ? 0 : -EIO;
    if (is_orphaned_group(process->group))
        return -EIO;
    raise_in_group(process->group, signal);
    return -ERESTARTSYS;
}

void tty_signal(u32 signal)
{
    if (tty.foreground)
        raise_in_group(tty.foreground, signal);
}

/* Is it the caller's terminal? */
static int is_own(void)
{
    return tty.session && tty.session == current->process->session;
}

s32 tty_get_foreground(u32 to)
{
    return is_own() ? copy_to_user(to, &tty.foreground, 4) : -ENOTTY;
}

s32 tty_set_foreground(u32 from)
{
    u32 group;
    s32 error = is_own() ? tty_job_check(1) : -ENOTTY;
    if (error)
        return error;
    if (copy_from_user(&group, from, 4))
        return -EFAULT;
    if ((s32)group < 0)
        return -EINVAL;
    for (const struct process *process = processes; process; process = process->next)
        if (process->group == group && process->session == tty.session) {
            tty.foreground = group;
            return 0;
        }
    return -EPERM;
}

s32 tty_get_session(u32 to)
{
    return is_own() ? copy_to_user(to, &tty.session, 4) : -ENOTTY;
}

s32 tty_acquire(u32 force)
{
    const struct process *process = current->process;
    if (is_own())
        return 0;
    if (process->pid != process->session || (tty.session && !force))
        return -EPERM;
    tty.session = process->session;
    tty.foreground = process->group;
    return 0;
}

s32 tty_give_up(void)
{
    if (!is_own())
        return -ENOTTY;
    if (current->process->pid == current->process->session) {
        u32 group = tty.foreground;
        tty.session = tty.foreground = 0;
        raise_in_group(group, SIGHUP);
        raise_in_group(group, SIGCONT);
    }
    return 0;
}
