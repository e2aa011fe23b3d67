/*
 * Round robin: a queue of tasks that want to run, each for a slice (timer.h), the running one not in it. The kernel itself
 * is never preempted: a switch happens where a task sleeps, ends, or goes back to its program. While nobody wants to
 * run, the task that ran last waits for interrupts, in its own address space and on its own stack.
 */
#include "schedule.h"
#include "../cpu/instructions.h"
#include "../cpu/trap.h"
#include "../memlayout.h"
#include "../mm/pagetable.h"
#include "fpu.h"
#include "timer.h"
#include "usage.h"

void switch_stacks(u32 *save, u32 load);
void task_begin(void);

static struct task *first_ready, *last_ready;
static struct task *ended;   /* its stack was still in use when it ended */
static int must_give_way;

static void append(struct task *task)
{
    task->next_ready = NULL;
    *(first_ready ? &last_ready->next_ready : &first_ready) = task;
    last_ready = task;
}

void make_ready(struct task *task)
{
    if (task->ready || task->state == TASK_ENDED)
        return;
    task->ready = 1;
    task->state = TASK_RUNNING;
    append(task);
    timer_update();
}

int others_ready(void)
{
    return first_ready != NULL;
}

static struct task *take_first(void)
{
    struct task *task = first_ready;
    if (task)
        first_ready = task->next_ready;
    return task;
}

void switched(void)
{
    if (ended) {
        task_free(ended);
        ended = NULL;
    }
}

void prepare_first_run(struct task *task)
{
    u32 *stack = (u32 *)task_frame(task);
    *--stack = (u32)task_begin;
    for (u32 i = 0; i < 4; i++)   /* EBP, EBX, ESI, EDI */
        *--stack = 0;
    task->kernel_esp = (u32)stack;
}

static void switch_to(struct task *next)
{
    struct task *previous = current;
    fpu_switch(previous, next);
    current = next;
    set_kernel_stack(next->kernel_stack);
    load_tls(next->tls);
    directory_select(next->mm->page_directory);
    switch_stacks(&previous->kernel_esp, next->kernel_esp);
    switched();
}

void schedule(void)
{
    struct task *next;
    must_give_way = 0;
    usage_kernel_left();
    if (current->ready) {   /* gives way, but wants to go on */
        if (!first_ready)
            return;
        current->usage.preemptions++;
        append(current);
    } else
        current->usage.waits++;
    while (!(next = take_first()))
        wait_for_interrupt();   /* the current task itself may be what is woken */
    usage_idle_ended();
    timer_slice_begins();
    if (next != current)
        switch_to(next);
}

void schedule_away(void)
{
    current->ready = 0;
    ended = current;
    for (;;)
        schedule();
}

void slice_ended(void)
{
    must_give_way = 1;
}

int give_way(void)
{
    int had_to = must_give_way;
    if (had_to)
        schedule();
    return had_to;
}
