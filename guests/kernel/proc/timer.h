/*
 * What is to happen at a point in time: sleeps that end, alarms, the end of a time slice. Time is in clock ticks since
 * boot (sys/clock.h). There is no periodic tick: the PIT is set to the next event, and a program that runs alone and
 * waits for nothing is never interrupted.
 */
#pragma once
#include "../types.h"

struct timer {
    struct timer *next;
    u64 at;
    void (*expire)(struct timer *timer);   /* called in an interrupt */
    u8 pending;
};

void timer_init(void);
/** Sets, or sets anew. */
void timer_set(struct timer *timer, u64 at);
/** Sets a timer that has expired for its next period that is still to come; how many it has missed. */
u32 timer_repeat(struct timer *timer, u64 interval);
void timer_cancel(struct timer *timer);
/** IRQ 0. */
void timer_interrupt(void);
/** A task has got the processor. */
void timer_slice_begins(void);
/** There may be a new first event: sees to it that the PIT will say so in time. */
void timer_update(void);
