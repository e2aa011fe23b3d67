/* Sending signals: what is thrown away at once, who is woken. */
#include "signal.h"
#include "exit.h"
#include "schedule.h"
#include "stop.h"

#define IGNORED_BY_DEFAULT (signal_bit(SIGCHLD) | signal_bit(SIGCONT) | signal_bit(SIGURG) | signal_bit(SIGWINCH))

int is_ignored(const struct task *task, u32 number)
{
    u32 handler = task->handlers->action[number - 1].handler;
    return handler == SIG_IGN || (handler == SIG_DFL && signal_bit(number) & IGNORED_BY_DEFAULT);
}

int signal_pending(const struct task *task)
{
    const struct process *process = task->process;
    return process->exiting || (process->exec && process->exec != task) || (!task->only_killable && (process->stopping || ((task->pending.set | process->pending.set) & ~task->blocked)));
}

/* A sleeper wakes, and finds signal_pending(). */
static void notify(struct task *task)
{
    if (task->state == TASK_SLEEPING && signal_pending(task))
        make_ready(task);
}

static void kill_all(struct process *process, u32 number)
{
    if (!process->exiting) {
        process->exiting = 1;
        process->wait_status = number;
    }
    for (struct task *task = process->threads; task; task = task->next_thread)
        make_ready(task);
}

static void notify_one(struct process *process, u32 number)
{
    for (struct task *task = process->threads; task; task = task->next_thread)
        if (!(task->blocked & signal_bit(number))) {
            notify(task);
            if (task->ready)
                return;
        }
}

/* Effects a signal has as it is sent. 1: and that was all. */
static int act_now(struct process *process, struct task *task, const struct signal_info *info)
{
    u32 number = info->number;
    if (process->ended || process->exiting)
        return 1;
    if (number == SIGKILL) {
        note_death(process, info, 0);
        kill_all(process, SIGKILL);
        return 1;
    }
    if (number == SIGCONT) {
        drop_from_all(process, STOP_SIGNALS);
        process_continue(process);
    } else if (signal_bit(number) & STOP_SIGNALS)
        drop_from_all(process, signal_bit(SIGCONT));
    return is_ignored(task, number) && !(task->blocked & signal_bit(number));
}

s32 send_signal(struct process *process, const struct signal_info *info)
{
    if (process->ended || act_now(process, process->threads, info))
        return 0;
    s32 error = queue_signal(&process->pending, info);
    wake_up(&process->signal_sent);
    notify_one(process, info->number);
    return error;
}

s32 send_to_task(struct task *task, const struct signal_info *info)
{
    if (act_now(task->process, task, info))
        return 0;
    s32 error = queue_signal(&task->pending, info);
    wake_up(&task->process->signal_sent);
    notify(task);
    return error;
}

void raise_signal(struct process *process, u32 number)
{
    send_signal(process, &(struct signal_info){ .number = number, .code = SI_KERNEL });
}

s32 raise_in_group(u32 group, u32 number)
{
    s32 answer = -ESRCH;
    for (struct process *process = processes; process; process = process->next)
        if (process->group == group && !process->ended) {
            raise_signal(process, number);
            answer = 0;
        }
    return answer;
}

void force_signal(const struct signal_info *info)
{
    struct action *action = &current->handlers->action[info->number - 1];
    u64 bit = signal_bit(info->number);
    if (current->blocked & bit || action->handler == SIG_IGN) {
        action->handler = SIG_DFL;
        current->blocked &= ~bit;
    }
    queue_signal(&current->pending, info);
}
