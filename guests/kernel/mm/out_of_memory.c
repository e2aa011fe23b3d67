/*
 * Memory is promised freely and found to be missing when it is touched: mmap and brk never fail for lack of pages. Then
 * pages of files go that can be had again; when there are none, the process that has the most pages resident is killed. When that is another one, its pages are taken from it at once,
 * while it lies still; it ends by SIGKILL as soon as it runs, and there is room now.
 */
#include "out_of_memory.h"
#include "../fs/page_cache.h"
#include "../log.h"
#include "../memlayout.h"
#include "../proc/signal.h"
#include "../proc/task.h"
#include "address_space.h"
#include "frames.h"

#define SHRINK 64u   /* pages of files that go first, at a time */

static struct task *largest(void)
{
    struct task *found = current;
    for (struct task *task = tasks; task; task = task->next)
        if (task->mm && task->mm->resident > found->mm->resident && !task->process->exiting)
            found = task;
    return found;
}

int make_room(void)
{
    if (pages_shrink(SHRINK))
        return 1;
    struct task *task = largest();
    log_line("out of memory: %u pages, %u free; pid %u (%s) has %u and is killed", frames_total(), frames_free(), task->process->pid, task->name,
             task->mm->resident);
    u32 before = frames_free();
    int ours = task->mm == current->mm;
    raise_signal(task->process, SIGKILL);
    if (!ours)
        mm_take_pages(task->mm);
    if (ours || frames_free() == before) {
        raise_signal(current->process, SIGKILL);
        return 0;
    }
    return 1;
}

u32 frame_for_program(void)
{
    u32 frame;
    while (!(frame = frame_alloc()))
        if (!make_room())
            return 0;
    return frame;
}
