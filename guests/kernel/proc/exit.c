/*
 * Ending. A thread gives back what it shares; the last one turns its process into a zombie, which keeps only what wait()
 * will ask for. Children go to the kernel itself: their parent is process 1 by name, but that is the program the run is
 * about, no init, so nothing is asked of it and they are freed as they end.
 * The end of process 1 is the end of the run, and comes before anything is torn down (docs/platform.md).
 */
#include "exit.h"
#include "../errno.h"
#include "../fs/task_files.h"
#include "../log.h"
#include "../mm/address_space.h"
#include "schedule.h"
#include "signal.h"

static void end_of_run(u32 wait_status) __attribute__((noreturn));
static void end_of_run(u32 wait_status)
{
    if (!(wait_status & 0x7f))
        log_line("pid 1 (%s) exits with %u after %u page faults", current->name, wait_status >> 8, current->mm->faults);
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
        if (child->ended)
            process_free(child);
    }
}

static void become_zombie(struct process *process)
{
    disown_children(process);
    process->ended = 1;
    if (!process->parent)
        process_free(process);
    else
        wake_up(&process->parent->child_changed);
}

void end_task(u32 wait_status)
{
    struct process *process = current->process;
    int last = process->thread_count == 1;
    if (!process->exiting)
        process->wait_status = wait_status;
    if (last && process->pid == 1)
        end_of_run(process->wait_status);
    files_release(current->files);
    fs_release(current->fs);
    mm_release(mm_switch(NULL));
    current->state = TASK_ENDED;
    task_unlink(current);
    if (last)
        become_zombie(process);
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
    }
    end_task(wait_status);
}
