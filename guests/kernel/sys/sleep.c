/*
 * nanosleep and clock_nanosleep. A handler ends a sleep, with the rest of it written down; a signal without one (SIGSTOP
 * and SIGCONT, say) does not: restart_syscall() goes on to the same point in time.
 */
#include "../proc/schedule.h"
#include "clock.h"
#include "syscall.h"

#define TIMER_ABSTIME 1u

typedef s32 write_time(u32 to, u64 ticks);

static s32 sleep_to(u64 deadline, u32 rest_at, write_time *write)
{
    s32 error;
    current->restart_sleep.deadline = deadline;
    current->restart_sleep.rest_at = rest_at;
    current->restart_sleep.write = write;
    do
        error = sleep_until(deadline);
    while (!error);
    if (error == -ETIMEDOUT)
        return 0;
    u64 now = clock_ticks();
    if (rest_at && write(rest_at, deadline > now ? deadline - now : 0))
        return -EFAULT;
    return -ERESTART_RESTARTBLOCK;
}

s32 sys_restart_syscall(void)
{
    const struct restart_sleep sleep = current->restart_sleep;
    return sleep.write ? sleep_to(sleep.deadline, sleep.rest_at, sleep.write) : -EINTR;
}

static s32 sleep_on_clock(u32 clock, u32 flags, u64 ticks, u32 rest_at, write_time *write)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME && clock != CLOCK_TAI)
        return clock == CLOCK_PROCESS_CPUTIME_ID ? -EOPNOTSUPP : -EINVAL;
    if (!(flags & TIMER_ABSTIME))
        return sleep_to(clock_ticks() + ticks, rest_at, write);
    s32 error = sleep_to(clock_deadline(clock, ticks), 0, write);
    return error == -ERESTART_RESTARTBLOCK ? -ERESTARTNOHAND : error;
}

s32 sys_nanosleep(u32 time_at, u32 rest_at)
{
    u64 ticks;
    s32 error = ticks_from_timespec(time_at, &ticks);
    return error ? error : sleep_on_clock(CLOCK_MONOTONIC, 0, ticks, rest_at, timespec_to_user);
}

s32 sys_clock_nanosleep(u32 clock, u32 flags, u32 time_at, u32 rest_at)
{
    u64 ticks;
    s32 error = ticks_from_timespec(time_at, &ticks);
    return error ? error : sleep_on_clock(clock, flags, ticks, rest_at, timespec_to_user);
}

s32 sys_clock_nanosleep64(u32 clock, u32 flags, u32 time_at, u32 rest_at)
{
    u64 ticks;
    s32 error = ticks_from_timespec64(time_at, &ticks);
    return error ? error : sleep_on_clock(clock, flags, ticks, rest_at, timespec64_to_user);
}
