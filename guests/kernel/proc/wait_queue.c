/* Sleeping and waking. */
#include "wait_queue.h"
#include "../errno.h"
#include "schedule.h"
#include "signal.h"
#include "timer.h"

struct alarm_clock {
    struct timer timer;   /* first: the two have one address */
    struct task *task;
    int rung;
};

static void ring(struct timer *timer)
{
    struct alarm_clock *clock = (struct alarm_clock *)timer;
    clock->rung = 1;
    make_ready(clock->task);
}

s32 sleep_until(u64 deadline)
{
    struct alarm_clock clock = { .timer.expire = ring, .task = current };
    if (!current->woken && signal_pending(current))
        return -ERESTARTSYS;
    if (!current->woken) {
        if (deadline != FOREVER)
            timer_set(&clock.timer, deadline);
        current->ready = 0;
        current->state = TASK_SLEEPING;
        schedule();
        timer_cancel(&clock.timer);
    }
    int woken = current->woken;
    current->woken = 0;
    return woken ? 0 : clock.rung ? -ETIMEDOUT : signal_pending(current) ? -ERESTARTSYS : 0;
}

s32 sleep_on_until(struct wait_queue *queue, u64 deadline)
{
    struct waiter waiter;
    current->woken = 0;
    wait_begin(queue, &waiter);
    s32 error = sleep_until(deadline);
    wait_end(&waiter);
    return error;
}

s32 sleep_on(struct wait_queue *queue)
{
    return sleep_on_until(queue, FOREVER);
}

void wait_begin(struct wait_queue *queue, struct waiter *waiter)
{
    *waiter = (struct waiter){ .next = queue->first, .queue = queue, .task = current };
    queue->first = waiter;
}

void wait_end(struct waiter *waiter)
{
    if (!waiter->queue)
        return;
    struct waiter **link = &waiter->queue->first;
    while (*link != waiter)
        link = &(*link)->next;
    *link = waiter->next;
    waiter->queue = NULL;
}

void wait_queue_free(struct wait_queue *queue)
{
    for (; queue->first; queue->first = queue->first->next)
        queue->first->queue = NULL;
}

void wake_up(struct wait_queue *queue)
{
    for (struct waiter *waiter = queue->first; waiter; waiter = waiter->next) {
        if (waiter->woken) {
            waiter->woken(waiter);
            continue;
        }
        waiter->task->woken = 1;
        make_ready(waiter->task);
    }
}
