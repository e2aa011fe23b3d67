/*
 * Waiting for something to happen. The kernel is not preempted and runs with interrupts off, so nothing comes between a
 * condition that was found false and the sleep for it:
 *
 *   while (!condition)                                    wait_begin(&queue_a, &a); wait_begin(&queue_b, &b);
 *       if ((error = sleep_on(&queue)))                   while (!ready_a && !ready_b && !error)
 *           return error;                                     error = sleep_until(deadline);
 *                                                         wait_end(&a); wait_end(&b);
 * A sleeper may be woken for nothing, and must look again.
 */
#pragma once
#include "../types.h"

struct task;

struct waiter {
    struct waiter *next;
    struct wait_queue *queue;   /* NULL: in none */
    struct task *task;
    void (*woken)(struct waiter *waiter);   /* called in place of waking the task, perhaps in an interrupt */
};

struct wait_queue {
    struct waiter *first;
};

#define FOREVER (~0ull)

/** Sleeps until wake_up(). 0, or -ERESTARTSYS when a signal came: to be returned from the system call as it is. */
s32 sleep_on(struct wait_queue *queue);
/** The same up to a point in time: clock ticks as clock_ticks() gives them. Also -ETIMEDOUT. */
s32 sleep_on_until(struct wait_queue *queue, u64 deadline);
/** Sleeps until a queue that wait_begin() put us in is woken; answers as sleep_on_until(). */
s32 sleep_until(u64 deadline);
void wait_begin(struct wait_queue *queue, struct waiter *waiter);
void wait_end(struct waiter *waiter);
/** The queue is about to be freed: who is still in it, to be told, is in none any more. */
void wait_queue_free(struct wait_queue *queue);
/** Makes all who wait runnable. May be called from interrupts. */
void wake_up(struct wait_queue *queue);
