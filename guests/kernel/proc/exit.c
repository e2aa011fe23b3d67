/*
 * Ending. A thread gives back what it shares; the last one turns its process into a zombie, which keeps only what wait()
 * will ask for. Children go to the kernel itself: their parent is process 1 by name, but that is the program the run is
 * about, no init, so nothing is asked of it and they are freed as they end.
 * The end of process 1 is the end of the run, and comes before anything is torn down (docs/platform.md).
 */
#include "exit.h"
#include "../fs/mount.h"
#include "../fs/task_files.h"
#include "../log.h"
#include "../mm/address_space.h"
#include "../mm/user.h"
#include "child.h"
#include "futex.h"
#include "posix_timer.h"
#include "schedule.h"
#include "session.h"
#include "signal.h"
#include "usage.h"
#include "vfork.h"

static void end_of_run(u32 wait_status) __attribute__((noreturn));
static void end_of_run(u32 wait_status)
{
    log_end(wait_status);
    sync_for_good();
    current->process->wait_status = wait_status;
    current->state = TASK_ENDED;
    end_run(wait_status);
}

static void disown_children(struct process *process)
{
    while (process->children) {
        struct process *child = process->children;
        process->children = child->sibling;
        child->parent = NULL;
        group_lost_parent(child->group);
        if (child->ended)
            process_free(child);
    }
}

static void become_zombie(struct process *process)
{
    u32 status = process->wait_status, number = status & 0x7f;
    process->ended = 1;
    alarms_cancel(process);
    posix_timers_delete(process);
    drop_signals(&process->pending, ~0ull);
    disown_children(process);
    group_lost_parent(process->group);
    int unwanted = child_is_unwanted(process);
    child_changed(process, number ? CLD_KILLED : CLD_EXITED, number ? number : status >> 8);
    if (unwanted)
        process_reap(process);
}

/* What threads and a parent in vfork() wait for. The memory is still there. */
static void say_goodbye(void)
{
    u32 zero = 0;
    release_robust_futexes();
    if (current->clear_child_tid && current->mm->references > 1 && !copy_to_user(current->clear_child_tid, &zero, 4))
        futex_wake(current->clear_child_tid, 1);
    vfork_done(current);
}

void end_task(u32 wait_status)
{
    struct process *process = current->process;
    if (!process->exiting)
        process->wait_status = wait_status;
    int last = process->thread_count == 1;
    if (last && process->pid == 1)
        end_of_run(process->wait_status);
    if (last)
        log_end(process->wait_status);
    say_goodbye();
    mm_announce_end(process->wait_status & 0x7f);
    usage_ends(current);
    files_release(current->files);
    fs_release(current->fs);
    struct mm *mm = mm_switch(NULL);
    mm_release(mm);
    current->state = TASK_ENDED;
    task_unlink(current);
    drop_signals(&current->pending, ~0ull);
    last = process->thread_count == 0;
    if (last)
        become_zombie(process);
    else
        wake_up(&process->thread_ended);
    handlers_release(current->handlers);
    schedule_away();
}

void end_process(u32 wait_status)
{
    struct process *process = current->process;
    if (process->pid == 1 && !process->exiting)
        end_of_run(wait_status);
    if (!process->exiting) {
        process->wait_status = wait_status;
        process->exiting = 1;
        for (struct task *task = process->threads; task; task = task->next_thread)
            make_ready(task);   /* they end on their way back to the program */
    }
    end_task(wait_status);
}
