/*
 * The list of timers, by time, and PIT channel 0 in mode 0 (one interrupt, at the end of a count). A count lasts 55 ms
 * at most; what lies further off is reached in steps. Source: Intel 8254 datasheet.
 *
 *   43h control word: 30h = channel 0, low byte then high byte, mode 0       40h count, 1,193,182 a second
 */
#include "timer.h"
#include "../cpu/instructions.h"
#include "../lib/divide.h"
#include "../sys/clock.h"
#include "schedule.h"
#include "wait_queue.h"

#define PIT_HZ    1193182u
#define COUNT_MAX 0xffffu
#define HOLD_OFF  (TICKS_PER_SECOND / 10000)   /* 100 us from one interrupt to the next: some five times what it takes, with a signal */
#define SLICE     (TICKS_PER_SECOND / 100)   /* 10 ms */

static struct timer *first;
static u64 slice_end = FOREVER;   /* looked at only while others want to run */
static u64 armed = FOREVER;       /* when the PIT will interrupt */

void timer_init(void)
{
    out8(0x43, 0x30);   /* the BIOS left it ticking; in mode 0 it waits for a count */
}

static void arm(u64 at, u64 now)
{
    u64 ticks = at > now + HOLD_OFF ? at - now : HOLD_OFF;
    u32 count = COUNT_MAX;
    if (ticks < TICKS_PER_SECOND / 20)
        count = divide((u64)(u32)ticks * PIT_HZ, TICKS_PER_SECOND, NULL) + 1;
    out8(0x43, 0x30);
    out8(0x40, (u8)count);
    out8(0x40, (u8)(count >> 8));
    armed = now + (count == COUNT_MAX ? TICKS_PER_SECOND / 20 : ticks);
}

/* The running process has timers that count what it uses. */
static int counts_cpu_time(void)
{
    return current->state == TASK_RUNNING && cpu_alarms_set(current->process);
}

static void arm_for_next(u64 now)
{
    u64 at = first ? first->at : FOREVER;
    if ((others_ready() || counts_cpu_time()) && slice_end < at)
        at = slice_end;
    if (at < armed)
        arm(at, now);
}

void timer_update(void)
{
    arm_for_next(clock_ticks());
}

void timer_slice_begins(void)
{
    u64 now = clock_ticks();
    slice_end = now + SLICE;
    arm_for_next(now);
}

void timer_set(struct timer *timer, u64 at)
{
    timer_cancel(timer);
    struct timer **link = &first;
    while (*link && (*link)->at <= at)
        link = &(*link)->next;
    timer->at = at;
    timer->next = *link;
    timer->pending = 1;
    *link = timer;
    if (first == timer)
        timer_update();
}

/* Without the leap over missed periods, and the hold-off, a program could keep itself and everybody busy with nothing but interrupts. */
u32 timer_repeat(struct timer *timer, u64 interval)
{
    u64 late = clock_ticks() - timer->at;
    u32 period = interval < HOLD_OFF ? HOLD_OFF : interval < 0xffffffff ? (u32)interval : 0xffffffff, missed = 0;
    if (late >= interval)
        missed = (u32)divide(late, period, NULL);
    timer_set(timer, timer->at + (interval > period ? interval : (u64)period * (missed + 1)));
    return missed;
}

void timer_cancel(struct timer *timer)
{
    if (!timer->pending)
        return;
    struct timer **link = &first;
    while (*link != timer)
        link = &(*link)->next;
    *link = timer->next;
    timer->pending = 0;
}

void timer_interrupt(void)
{
    u64 now = clock_ticks();
    armed = FOREVER;
    while (first && first->at <= now) {
        struct timer *timer = first;
        first = timer->next;
        timer->pending = 0;
        timer->expire(timer);
    }
    if (now >= slice_end) {
        if (counts_cpu_time())
            cpu_alarms_check();
        if (others_ready()) {
            slice_ended();
            return;
        }
        slice_end = now + SLICE;
    }
    arm_for_next(now);
}
