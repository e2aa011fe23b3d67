/*
 * alarm, setitimer, getitimer. ITIMER_REAL is a timer; the two that count processor time are looked at with each slice,
 * so they may come 10 ms late, never early.
 */
#include "alarm.h"
#include "../lib/divide.h"
#include "../mm/user.h"
#include "../sys/clock.h"
#include "../sys/syscall.h"
#include "task.h"

#define TICKS_PER_MICROSECOND (TICKS_PER_SECOND / 1000000)

static void rings(struct timer *timer)
{
    struct alarm *alarm = (struct alarm *)timer;
    if (alarm->interval)
        timer_repeat(timer, alarm->interval);
    raise_signal(alarm->process, SIGALRM);
}

void alarms_cancel(struct process *process)
{
    timer_cancel(&process->alarm.timer);
    process->alarm.cpu[0].at = process->alarm.cpu[1].at = 0;
}

int cpu_alarms_set(const struct process *process)
{
    return process->alarm.cpu[0].at || process->alarm.cpu[1].at;
}

/* Time used so far, as ITIMER_VIRTUAL (user) or ITIMER_PROF (user and system) counts it. */
static u64 time_used(u32 which)
{
    struct usage usage = usage_of_process();
    return usage.user + (which == ITIMER_PROF ? usage.system : 0);
}

void cpu_alarms_check(void)
{
    for (u32 which = ITIMER_VIRTUAL; which <= ITIMER_PROF; which++) {
        u64 *at = &current->process->alarm.cpu[which - 1].at, interval = current->process->alarm.cpu[which - 1].interval;
        if (!*at || time_used(which) < *at)
            continue;
        *at = interval ? *at + interval : 0;
        raise_signal(current->process, which == ITIMER_VIRTUAL ? SIGVTALRM : SIGPROF);
    }
}

static void split(u64 ticks, u32 timeval[2])
{
    timeval[0] = (u32)divide(ticks + TICKS_PER_MICROSECOND - 1, TICKS_PER_SECOND, &timeval[1]);
    timeval[1] /= TICKS_PER_MICROSECOND;
}

/* interval, then what is left: each seconds and microseconds */
static void get(u32 which, u32 value[4])
{
    const struct alarm *alarm = &current->process->alarm;
    u64 now = which == ITIMER_REAL ? clock_ticks() : time_used(which);
    u64 at = which == ITIMER_REAL ? (alarm->timer.pending ? alarm->timer.at : 0) : alarm->cpu[which - 1].at;
    split(which == ITIMER_REAL ? (at ? alarm->interval : 0) : alarm->cpu[which - 1].interval, value);
    split(!at ? 0 : at > now ? at - now : 1, value + 2);
}

static void set(u32 which, u64 interval, u64 left)
{
    struct alarm *alarm = &current->process->alarm;
    if (which != ITIMER_REAL) {
        alarm->cpu[which - 1].at = left ? time_used(which) + left : 0;
        alarm->cpu[which - 1].interval = interval;
        timer_update();
        return;
    }
    alarm->process = current->process;
    alarm->interval = interval;
    alarm->timer.expire = rings;
    if (left)
        timer_set(&alarm->timer, clock_ticks() + left);
    else
        timer_cancel(&alarm->timer);
}

s32 sys_getitimer(u32 which, u32 to)
{
    u32 value[4];
    if (which > ITIMER_PROF)
        return -EINVAL;
    get(which, value);
    return copy_to_user(to, value, sizeof value);
}

s32 sys_setitimer(u32 which, u32 from, u32 old_at)
{
    u32 value[4] = { 0, 0, 0, 0 }, old[4];
    if (which > ITIMER_PROF)
        return -EINVAL;
    if (from && copy_from_user(value, from, sizeof value))
        return -EFAULT;
    if (value[1] >= 1000000 || value[3] >= 1000000 || (s32)value[0] < 0 || (s32)value[2] < 0)
        return -EINVAL;
    get(which, old);
    set(which, (u64)value[0] * TICKS_PER_SECOND + value[1] * TICKS_PER_MICROSECOND, (u64)value[2] * TICKS_PER_SECOND + value[3] * TICKS_PER_MICROSECOND);
    return old_at ? copy_to_user(old_at, old, sizeof old) : 0;
}

s32 sys_alarm(u32 seconds)
{
    u32 old[4];
    get(ITIMER_REAL, old);
    set(ITIMER_REAL, 0, (u64)seconds * TICKS_PER_SECOND);
    return (s32)(old[2] + (old[3] >= 500000 || (!old[2] && old[3])));
}
