/* SIGSTOP and its like, SIGCONT, and what the parent hears of it. */
#include "stop.h"
#include "child.h"
#include "schedule.h"

void drop_from_all(struct process *process, u64 set)
{
    drop_signals(&process->pending, set);
    for (struct task *task = process->threads; task; task = task->next_thread)
        drop_signals(&task->pending, set);
}

void process_stop(u32 number)
{
    struct process *process = current->process;
    process->stopping = 1;
    process->stop_status = number << 8 | 0x7f;   /* as wait(2) tells it */
    process->continued = 0;
    for (struct task *task = process->threads; task; task = task->next_thread)
        if (task->state == TASK_SLEEPING && signal_pending(task))
            make_ready(task);   /* to stop on its way back */
    child_changed(process, CLD_STOPPED, number);
    wait_while_stopped();
}

void wait_while_stopped(void)
{
    while (current->process->stopping && !current->process->exiting) {
        current->ready = 0;
        current->state = TASK_STOPPED;
        schedule();
    }
}

void process_continue(struct process *process)
{
    if (!process->stopping)
        return;
    process->stopping = 0;
    process->stop_status = 0;
    process->continued = 1;
    for (struct task *task = process->threads; task; task = task->next_thread)
        if (task->state == TASK_STOPPED)
            make_ready(task);
    child_changed(process, CLD_CONTINUED, SIGCONT);
}

int is_orphaned_group(u32 group)
{
    for (const struct process *process = processes; process; process = process->next) {
        const struct process *parent = process->parent;
        if (process->group == group && !process->ended && parent && parent->group != group && parent->session == process->session)
            return 0;
    }
    return 1;
}
